"""Write report.html: scores, learning curves, errors and attention of a run.

    python scripts/report.py competition=bbc_news model.rnn.units=128

Settings: conf/config.yaml. Stages that must come before run first; what is there already is not
    made again.
"""

from pathlib import Path

from regard import pipeline
from regard.config import Config, run_script


def report(config: Config) -> None:
    """Go as far as this stage, and say where what it made is."""
    pipeline.tell(pipeline.report(config))


if __name__ == "__main__":
    run_script(report, Path(__file__).resolve().parent.parent / "conf")
