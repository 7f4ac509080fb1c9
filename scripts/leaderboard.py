"""List the finished runs of a competition, best first, and bring leaderboard.csv up to date.

    python scripts/leaderboard.py competition=bbc_news

Trains nothing. The settings are in conf/config.yaml.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["leaderboard", *sys.argv[1:]])
