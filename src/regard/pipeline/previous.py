"""The run that a report compares its run with: the one that was finished before it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from regard.artefacts import read_json
from regard.errors import ArtefactError
from regard.report.content import PreviousRun
from regard.runs.finding import run_before
from regard.runs.leaderboard import noted_test_score

if TYPE_CHECKING:
    from regard.runs.run import Run

# Settings and sections that change no prediction: no stage before the report reads them.
_OTHER = (
    "name",
    "overrides",
    "data_dir",
    "output_dir",
    "report",
    "serve",
    "tracking",
    "tune.study",
    "tune.minutes",
    "tune.trials",
    "tune.space",
    "compute.engine",
    "compute.n_workers",
    "compute.threads_per_worker",
    "compute.cpus_per_fold",
    "compute.gpus_per_fold",
    "compute.memory_gb_per_fold",
    "compute.ray",
    "compute.slurm",
    "competition.name",
    "competition.slug",
    "competition.source",
    "competition.kind",
)
_MAX_CHANGES = 20
_MAX_CHARACTERS = 60


def previous_run(run: Run) -> PreviousRun | None:
    """Return the run of the competition that was finished before a run, and how they differ.

    Returns:
        None if it is the first one, or if the one before it is broken or of another version.
    """
    folder = run_before(run.folder)
    if folder is None:
        return None
    try:
        scores = read_json(folder / "metrics.json")
        then = read_json(folder / "config.json")
        changes, n_others = setting_changes(then, dataclasses.asdict(run.config))
        return PreviousRun(
            name=folder.name,
            metric=str(scores["metric"]),
            oof_score=float(scores["oof_score"]),
            test_score=noted_test_score(folder),
            changes=changes[:_MAX_CHANGES],
            n_more_changes=len(changes[_MAX_CHANGES:]) + n_others,
        )
    except (ArtefactError, AttributeError, KeyError, TypeError, ValueError):
        return None


def setting_changes(
    then: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[list[tuple[str, str, str]], int]:
    """Return the settings that differ between two runs, and the number of those that one run lacks.

    Args:
        then: the content of a config.json.
        now: that of another one.

    Example:
        {"seed": 1, "text": {"min_df": 2}}, {"seed": 2, "text": {"min_df": 2, "stem": True}}
            -> [("seed", "1", "2")], 1
    """
    before = dict(_values(then))
    after = dict(_values(now))
    changes = [
        (key, _shown(before[key]), _shown(value))
        for key, value in after.items()
        if before.get(key, value) != value
    ]
    # A model of another kind has other settings, which are no differences one by one.
    return changes, len(before.keys() ^ after.keys())


def _values(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name of each setting and its value as text."""
    for key, value in settings.items():
        if f"{prefix}{key}" in _OTHER:
            continue
        if isinstance(value, Mapping) and value:
            yield from _values(value, f"{prefix}{key}.")
        else:
            # Tuples of settings are lists in a file.
            yield f"{prefix}{key}", json.dumps(value, ensure_ascii=False)


def _shown(value: str) -> str:
    text = value.strip('"')
    return text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]} …"
