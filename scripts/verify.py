"""Compare every file of a competition's outputs, or of one run, with the hash in its list.

    python scripts/verify.py competition=bbc_news run=best

Damaged files are listed with what to do, and the exit status is 1.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["verify", *sys.argv[1:]])
