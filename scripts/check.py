"""Show what a competition's files hold, and whether a submission can be made of them.

    python scripts/check.py competition=bbc_news

Settings: conf/config.yaml. Nothing is trained or written.
"""

from pathlib import Path

from regard import pipeline
from regard.competitions import check as inspection
from regard.config import Config, run_script


def check(config: Config) -> None:
    """Look at the files; a shipped data set is written first if it is not there."""
    pipeline.ensure_data(config)
    inspection.check(config)


if __name__ == "__main__":
    run_script(check, Path(__file__).resolve().parent.parent / "conf")
