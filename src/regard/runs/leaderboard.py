"""The leaderboard of the finished runs of a competition, and the link to the latest one."""

import contextlib
import logging
import math
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regard.artefacts import MANIFEST, hash_file, new_file, read_json, write_text
from regard.errors import ArtefactError, DataError, one_line
from regard.runs.board_page import render_board
from regard.runs.finding import finished_runs, goodness

_log = logging.getLogger(__name__)

TEST_SCORE = "test_score.json"
# The overrides of folders, of trackers, of pages and of the places where folds are trained.
_PLACES = re.compile(
    r"\+*(competition=|(data_dir|output_dir)=|(hydra|tracking|serve|report|tune)[.=]"
    r"|compute=|compute\.(?!budget_minutes))"
)


def point_latest(run: Path) -> None:
    """Make `outputs/<competition>/latest` a link to a run."""
    link = run.parent.parent / "latest"
    target = run.relative_to(link.parent)
    if not link.is_symlink() or link.readlink() != target:
        with new_file(link) as temporary:
            temporary.symlink_to(target)


def update_leaderboard(home: Path) -> pd.DataFrame:
    """Bring `leaderboard.csv` and `leaderboard.html` up to date and return the rows.

    Args:
        home: the folder of the competition's artefacts.
    """
    board = leaderboard(home / "runs")
    texts = {
        "leaderboard.csv": board.to_csv(index=False, lineterminator="\n"),
        "leaderboard.html": render_board(board, home),
    }
    for name, text in texts.items():
        file = home / name
        # A file that stays as it is keeps its time, which tells tools that nothing changed.
        if not file.is_file() or file.read_bytes() != text.encode():
            write_text(file, text)
    return board


def leaderboard(runs: Path) -> pd.DataFrame:
    """Return a row for each finished run, grouped by metric, the best first.

    The rows are read from the runs' own files each time, so concurrent runs cannot corrupt them.
    The public score of a run is read from `public_score.txt` in its folder and the test score from
    `test_score.json`, if there are any. A run that is broken, or of another version, is left out
    with a warning.
    """
    rows = []
    for folder in finished_runs(runs):
        try:
            rows.append(_leaderboard_row(folder))
        except (ArtefactError, KeyError, TypeError, ValueError) as error:
            # The run that was just trained is fine, whatever became of another one.
            _log.warning(
                "leaderboard: %s is left out, as it is broken or of another version (%s: %s)",
                folder,
                type(error).__name__,
                one_line(error),
            )
    # Scores of different metrics cannot be compared, so each metric has a block of its own.
    rows.sort(key=lambda row: (row["metric"], -row["goodness"]))
    for _, block in groupby(rows, key=lambda row: row["metric"]):
        for place, row in enumerate(block, start=1):
            row["rank"] = place
    return pd.DataFrame(rows).drop(columns="goodness", errors="ignore")


def telling(overrides: Sequence[str]) -> list[str]:
    """Return the overrides without those that change no prediction.

    Example:
        ["competition=toxic", "seed=2", "output_dir=/tmp", "report.n_worst_rows=5"] -> ["seed=2"]
    """
    return [word for word in overrides if not _PLACES.match(word)]


def _leaderboard_row(folder: Path) -> dict[str, Any]:
    manifest = read_json(folder / MANIFEST)
    scores = read_json(folder / "metrics.json")
    submission = folder / "submission.csv"
    public_score = folder / "public_score.txt"
    return {
        "rank": 0,  # the first column; known once the rows are sorted
        "run": folder.name,
        "model": _model(folder, manifest),
        "differs_from_defaults": " ".join(telling(manifest["overrides"])),
        "metric": scores["metric"],
        "goodness": goodness(scores),
        "oof_score": round(scores["oof_score"], 6),
        "std_of_folds": round(_std(scores["fold_scores"]), 6),
        "fold_scores": " ".join(f"{score:.6f}" for score in scores["fold_scores"]),
        "folds": _folds_in_words(scores),
        "seconds_of_all_folds": scores["seconds_of_all_folds"],
        "finished": manifest["finished"],
        "submission": str(submission) if submission.exists() else "",
        "public_score": public_score.read_text(encoding="utf-8").strip()
        if public_score.exists()
        else "",
        "test_score": noted_test_score(folder),
    }


def noted_test_score(folder: Path) -> float | None:
    """Return the score of a run's submission by the labels of the test rows, if it was noted.

    A note on another submission than the present one is not counted.
    """
    try:
        note = read_json(folder / TEST_SCORE)
        if note["submission_hash"] == hash_file(folder / "submission.csv"):
            return round(float(note["score"]), 6)
    except (ArtefactError, DataError, KeyError, TypeError, ValueError):
        return None
    return None


def _model(folder: Path, manifest: Mapping[str, Any]) -> str:
    """Return the name of the model of a run; empty if its settings cannot be read."""
    if "members" in manifest:
        return "blend"
    with contextlib.suppress(ArtefactError, KeyError, TypeError):
        return str(read_json(folder / "config.json")["model"]["name"])
    return ""


def _folds_in_words(scores: dict[str, Any]) -> str:
    """Return how many folds a score counts, such as "1 of 5"; nothing for all of them."""
    n_trained = len(scores["fold_scores"])
    n_folds = scores.get("n_folds", n_trained)
    return "" if n_trained == n_folds else f"{n_trained} of {n_folds}"


def _std(scores: Sequence[float]) -> float:
    """Return the standard deviation over folds; NaN for a single fold."""
    return float(np.std(scores, ddof=1)) if len(scores) > 1 else math.nan
