"""The stage "folds": assign the train rows to folds, once for all runs with the same settings."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.data.folds import (
    assign_folds,
    check_enough_groups,
    check_enough_rows,
    check_groups,
    group_rows,
    predefined_folds,
    time_ordered_folds,
)
from regard.text.near_duplicates import groups_of, similar_pairs

if TYPE_CHECKING:
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


def make_folds(run: Run, folder: Path) -> None:
    """Write `folds.npy` `(train rows,)` int64: the fold that holds each row out, -1 for none."""
    np.save(folder / "folds.npy", _fold_numbers(run))


def _fold_numbers(run: Run) -> np.ndarray:
    competition = run.config.competition
    settings = run.config.folds
    related = run.identical
    if settings.near_duplicates is not None:
        related = _similar_rows(run, settings.near_duplicates)
    groups = group_rows(related, _cells(run, competition.group_column))
    if column := competition.fold_column:
        folds = predefined_folds(_cells(run, column) or [], column=column, groups=groups)
        if group_column := competition.group_column:
            check_groups(
                _cells(run, group_column) or [],
                folds,
                column=group_column,
                fold_column=column,
            )
        return folds
    if settings.follow_time and (column := competition.time_column):
        times = _cells(run, column) or []
        return time_ordered_folds(times, column=column, n_folds=settings.n_folds)
    strata = run.task.strata(run.labels)
    column = competition.group_column
    if column:
        check_enough_groups(groups, column=column, n_folds=settings.n_folds)
    if run.task.classes:
        check_enough_rows(
            strata, groups, run.task.classes, n_folds=settings.n_folds, group_column=column
        )
    return assign_folds(strata, groups, n_folds=settings.n_folds, seed=settings.seed)


def _similar_rows(run: Run, similarity: float) -> np.ndarray:
    """Return the first row of the group of identical and similar rows, `(train rows,)` int64."""
    identical = np.stack([run.identical, np.arange(len(run.identical))], axis=1)
    pairs = similar_pairs(run.train_inputs.texts, similarity)
    groups = groups_of(np.concatenate([identical, pairs]), len(identical))
    sizes = np.bincount(groups)
    _log.info(
        "folds: %d of %d rows are similar or identical to another one and share its fold; the "
        "largest group has %d",
        sizes[sizes > 1].sum(),
        len(groups),
        sizes.max(),
    )
    return groups


def _cells(run: Run, column: str | None) -> list[str] | None:
    """Return the train cells of a column; None without a column."""
    return run.columns("train", [column])[column].tolist() if column else None
