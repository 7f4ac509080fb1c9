"""Write a competition's page from its files, with a reason for each guess.

    python scripts/new.py foo data_dir=data

Reads data/foo/ and writes conf/competition/foo.yaml, which must not exist.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["new", *sys.argv[1:]])
