"""Upload a run's submission to Kaggle and note its public score in leaderboard.csv.

    python scripts/upload.py competition=toxic run=lstm_attention-0123 message="own vectors"

Without `run`, the latest run. A run is named by its name or the beginning of it, `best`, `latest`
or a path. Needs Kaggle's client (`make upload` installs it) and a token from
https://www.kaggle.com/settings.
"""

import sys

from regard.cli import main

if __name__ == "__main__":
    main(["upload", *sys.argv[1:]])
