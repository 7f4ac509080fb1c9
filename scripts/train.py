"""Go the whole way: prepare, embed, train every fold, predict, submit, report.

    python scripts/train.py competition=bbc_news model.rnn.units=128

Settings: conf/config.yaml. Stages that must come before run first; what is there already is not
    made again.
"""

from pathlib import Path

from regard import pipeline
from regard.config import run_script

if __name__ == "__main__":
    run_script(pipeline.run, Path(__file__).resolve().parent.parent / "conf")
