"""Serve a finished run: a page to try texts on, and an HTTP endpoint.

    python scripts/serve.py competition=bbc_news run=latest host=127.0.0.1 port=8000

Needs the extra `serve` (`make serve` installs it). The settings are in conf/config.yaml, under
serve.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
