"""The leaderboard of the finished runs of a competition, and the link to the latest one."""

import logging
import math
from pathlib import Path
from typing import Any

import pandas as pd

from regard.artefacts import MANIFEST, new_file, read_json
from regard.errors import ArtefactError, one_line
from regard.runs.finding import finished_runs

_log = logging.getLogger(__name__)


def point_latest(run: Path) -> None:
    """Make `outputs/<competition>/latest` a link to a run."""
    link = run.parent.parent / "latest"
    with new_file(link) as temporary:
        temporary.symlink_to(run.relative_to(link.parent))


def leaderboard(runs: Path) -> pd.DataFrame:
    """Return a row for each finished run, grouped by metric, the best first.

    The rows are read from the runs' own files each time, so concurrent runs cannot corrupt them.
    The public score of a run is read from `public_score.txt` in its folder, if there is one.
    A run that is broken, or of another version, is left out with a warning.
    """
    rows = []
    for folder in finished_runs(runs):
        try:
            rows.append(_leaderboard_row(folder))
        except (ArtefactError, KeyError, TypeError) as error:
            # The run that was just trained is fine, whatever became of another one.
            _log.warning(
                "leaderboard: %s is left out, as it is broken or of another version (%s: %s)",
                folder,
                type(error).__name__,
                one_line(error),
            )
    # Scores of different metrics cannot be compared, so each metric has a block of its own.
    rows.sort(key=_rank)
    return pd.DataFrame(rows).drop(columns="greater_is_better", errors="ignore")


def _rank(row: dict[str, Any]) -> tuple[str, bool, float]:
    """Return the key that sorts rows by metric, then from the best score to undefined ones."""
    score = row["oof_score"]
    return row["metric"], math.isnan(score), -score if row["greater_is_better"] else score


def _leaderboard_row(folder: Path) -> dict[str, Any]:
    manifest = read_json(folder / MANIFEST)
    scores = read_json(folder / "metrics.json")
    submission = folder / "submission.csv"
    public_score = folder / "public_score.txt"
    overrides = [word for word in manifest["overrides"] if not word.startswith("competition=")]
    return {
        "run": folder.name,
        "differs_from_defaults": " ".join(overrides),
        "metric": scores["metric"],
        "greater_is_better": scores["greater_is_better"],
        "oof_score": round(scores["oof_score"], 6),
        "fold_scores": " ".join(f"{score:.6f}" for score in scores["fold_scores"]),
        "seconds_of_all_folds": scores["seconds_of_all_folds"],
        "finished": manifest["finished"],
        "submission": str(submission) if submission.exists() else "",
        "public_score": public_score.read_text(encoding="utf-8").strip()
        if public_score.exists()
        else "",
    }
