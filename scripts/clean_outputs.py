"""List interrupted runs, and folders that no finished run uses.

    python scripts/clean_outputs.py competition=bbc_news remove=yes

Without `remove=yes` nothing is removed but temporary files of processes that were killed.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["clean-outputs", *sys.argv[1:]])
