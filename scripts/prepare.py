"""Prepare a competition: clean and tokenize the texts, assign the folds.

    python scripts/prepare.py competition=bbc_news text.min_count=3

Missing earlier stages run first; finished ones are not repeated. The settings are in
conf/config.yaml.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["prepare", *sys.argv[1:]])
