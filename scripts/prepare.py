"""Turn a competition's CSV files into a vocabulary, token ids, labels and folds.

    python scripts/prepare.py competition=bbc_news text.min_count=3

Settings: conf/config.yaml. Stages that must come before run first; what is there already is not
    made again.
"""

from pathlib import Path

from regard import pipeline
from regard.config import run_script

if __name__ == "__main__":
    run_script(pipeline.divide, Path(__file__).resolve().parent.parent / "conf")
