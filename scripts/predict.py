"""Predict the test texts with the model of every fold, trained before if need be.

    python scripts/predict.py competition=bbc_news model.rnn.units=128

Settings: conf/config.yaml. Stages that must come before run first; what is there already is not
    made again.
"""

from pathlib import Path

from regard import pipeline
from regard.config import run_script

if __name__ == "__main__":
    run_script(pipeline.predict, Path(__file__).resolve().parent.parent / "conf")
