"""Train a finished run again, and tell where the result differs.

    python scripts/reproduce.py competition=bbc_news run=best

The exit status is 1 if the score differs by more than its standard error over the folds.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["reproduce", *sys.argv[1:]])
