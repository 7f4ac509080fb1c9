"""Download a competition's files from Kaggle.

    python scripts/download.py competition=toxic

Needs Kaggle's client (`make download` installs it) and a token from
https://www.kaggle.com/settings.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["download", *sys.argv[1:]])
