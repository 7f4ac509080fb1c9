"""Show what a competition's files contain, and whether a valid submission can be made of them.

    python scripts/check.py competition=bbc_news

Trains and writes nothing. The settings are in conf/config.yaml.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["check", *sys.argv[1:]])
