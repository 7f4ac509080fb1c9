"""Upload a run's submission to Kaggle, wait for its public score, and note it in leaderboard.csv.

    python scripts/upload.py competition=toxic message="GloVe and own vectors"
    run=lstm_attention-0123456789ab

Without `run`, the last one. Needs Kaggle's client (`make upload` installs it) and a token of
https://www.kaggle.com/settings.
"""

import functools
import sys
from pathlib import Path

from regard.competitions.kaggle import split_words, upload_run
from regard.config import run_script

if __name__ == "__main__":
    sys.argv[1:], own = split_words(sys.argv[1:], ("run", "message"))
    stage = functools.partial(
        upload_run, run=own.get("run") or None, message=own.get("message", "")
    )
    run_script(stage, Path(__file__).resolve().parent.parent / "conf")
