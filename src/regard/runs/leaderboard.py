"""The runs of a competition: the last, one by its name, and all of them as a leaderboard."""

from pathlib import Path
from typing import Any

import pandas as pd

from regard.artefacts import MANIFEST, is_finished, new_file, read_json
from regard.errors import ConfigError, did_you_mean


def point_latest(run: Path) -> None:
    """Let `outputs/<competition>/latest` point to a run."""
    link = run.parent.parent / "latest"
    with new_file(link) as place:
        place.symlink_to(run.relative_to(link.parent))


def find_run(runs: Path, name: str) -> Path:
    """Return the folder of a finished run.

    Args:
        runs: the folder of a competition's runs.
        name: its own folder's name.

    Raises:
        ConfigError: there is none of this name.
    """
    names = sorted(path.name for path in runs.glob("[!.]*") if is_finished(path))
    if not names:
        raise ConfigError(f"{runs.parent} has no finished run; make train first")
    if name not in names:
        raise ConfigError(f"there is no run {name!r} in {runs}; {did_you_mean(name, names)}")
    return runs / name


def last_predictions(run: Path) -> Path | None:
    """Return the last of the folders with a run's test predictions, which differ in what its report shows; or None."""
    folders = [folder for folder in (run / "predict").glob("[!.]*") if is_finished(folder)]
    return max(folders, key=_when_finished, default=None)


def leaderboard(runs: Path) -> pd.DataFrame:
    """Return a row for each finished run, those of one metric together, the best first.

    Gathered from the runs' own files each time, so that runs side by side cannot spoil it. What the
    leaderboard said of a run's submission is taken from a file `public_score.txt` in its folder, if
    there is one.
    """
    folders = [
        folder
        for folder in sorted(runs.iterdir())
        if is_finished(folder) and not folder.name.startswith(".")
    ]
    rows = [_leaderboard_row(folder) for folder in folders]
    rows.sort(
        key=lambda row: (
            row["metric"],
            -row["oof_score"] if row["greater_is_better"] else row["oof_score"],
        )
    )
    return pd.DataFrame(rows).drop(columns="greater_is_better")


def _when_finished(folder: Path) -> tuple[str, int]:
    """The second in which it was finished; within one, the files' times, which a copy may have lost."""
    manifest = folder / MANIFEST
    return str(read_json(manifest)["finished"]), manifest.stat().st_mtime_ns


def _leaderboard_row(folder: Path) -> dict[str, Any]:
    manifest, scores = read_json(folder / MANIFEST), read_json(folder / "metrics.json")
    submission, public_score = folder / "submission.csv", folder / "public_score.txt"
    return {
        "run": folder.name,
        "differs_from_defaults": " ".join(
            word for word in manifest["overrides"] if not word.startswith("competition=")
        ),
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
