"""Write submission.csv of a finished run, for the test file as it is now.

    python scripts/submit.py competition=bbc_news run=best

A run is named by its name or the beginning of it, `best`, `latest` (the default) or a path. Nothing
is trained.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["submit", *sys.argv[1:]])
