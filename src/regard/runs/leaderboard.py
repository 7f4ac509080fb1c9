"""The leaderboard of the finished runs of a competition, and the link to the latest one."""

import math
from pathlib import Path
from typing import Any

import pandas as pd

from regard.artefacts import MANIFEST, is_finished, new_file, read_json
from regard.errors import ArtefactError


def point_latest(run: Path) -> None:
    """Make `outputs/<competition>/latest` a link to a run."""
    link = run.parent.parent / "latest"
    with new_file(link) as temporary:
        temporary.symlink_to(run.relative_to(link.parent))


def leaderboard(runs: Path) -> pd.DataFrame:
    """Return a row for each finished run, grouped by metric, the best first.

    The rows are read from the runs' own files each time, so concurrent runs cannot corrupt them.
    The public score of a run is read from `public_score.txt` in its folder, if there is one.

    Raises:
        ArtefactError: the files of a run are broken, or those of another version.
    """
    folders = [
        folder
        for folder in sorted(runs.iterdir())
        if is_finished(folder) and not folder.name.startswith(".")
    ]
    rows = []
    for folder in folders:
        try:
            rows.append(_leaderboard_row(folder))
        except (KeyError, TypeError) as error:
            raise ArtefactError(
                f"{folder}: its manifest.json or metrics.json are not those of a run of this "
                f"version ({type(error).__name__}: {error}); move the folder elsewhere"
            ) from error
    rows.sort(key=_rank)
    return pd.DataFrame(rows).drop(columns="greater_is_better")


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
