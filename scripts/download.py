"""Download a competition's files from Kaggle.

    python scripts/download.py competition=toxic

Needs Kaggle's client (`make download` installs it) and a token of https://www.kaggle.com/settings.
"""

from pathlib import Path

from regard.competitions.kaggle import download_competition
from regard.config import run_script

if __name__ == "__main__":
    run_script(download_competition, Path(__file__).resolve().parent.parent / "conf")
