"""How a fold chooses the strength of its regularization: the candidates and the rows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

import numpy as np

from regard.data.folds import inner_valid_rows

if TYPE_CHECKING:
    from regard.config import LinearConfig
    from regard.linear.model import LinearInputs
    from regard.runs.run import Run

_WEIGHTS = [0.0, 0.1, 0.3, 1.0]  # of n-grams, by model.ngram_weights=null
_N_PARTS = 3  # of the groups of the training rows; each part is predicted once


def weighs_ngrams(run: Run, inputs: LinearInputs) -> bool:
    """Return whether folds choose how much n-grams count next to numbers and categories.

    The words of one group of texts, such as the answers to one question, mislead on other groups,
    but their length does not.
    """
    competition = run.config.competition
    is_grouped = competition.group_column is not None and run.task.rates_texts
    return is_grouped and bool(inputs.numbers.shape[1] or inputs.n_values)


def settings_of(run: Run, inputs: LinearInputs) -> LinearConfig:
    """Return the settings of the model, with weights of n-grams instead of null."""
    model = cast("LinearConfig", run.config.model)
    if model.ngram_weights is not None:
        return model
    weights = _WEIGHTS if weighs_ngrams(run, inputs) else [1.0]
    return dataclasses.replace(model, ngram_weights=weights)


def inner_rows(
    run: Run, inputs: LinearInputs, rows: np.ndarray, fold: int | None
) -> np.ndarray | None:
    """Return the inner validation rows of a fold, see `fit_linear`.

    Args:
        run: gives the folds and the groups.
        inputs: of all rows.
        rows: the rows to learn from, int64.
        fold: number of the fold; None for the model of all rows.

    Returns:
        `(len(rows),)` bool, or `(parts, len(rows))` bool of whole groups where n-grams are weighed;
        None: every fifth row.
    """
    column = run.config.competition.group_column
    if column is not None and weighs_ngrams(run, inputs):
        cells = run.columns("train", [column])[column].to_numpy()[rows]
        parts = parts_of_groups(cells)
        if parts is not None:
            return parts
    return None if fold is None else inner_valid_rows(run.folds, rows, fold)


def parts_of_groups(groups: np.ndarray) -> np.ndarray | None:
    """Divide the groups of rows into parts of about equally many rows.

    Args:
        groups: `(rows,)` the group of each row.

    Returns:
        `(parts, rows)` bool; None if all rows are of one group.

    Example:
        a a b b c -> [a a . . .], [. . b b .], [. . . . c]
    """
    _, codes, sizes = np.unique(groups.astype(str), return_inverse=True, return_counts=True)
    n_parts = min(_N_PARTS, len(sizes))
    if n_parts < 2:
        return None
    part_sizes = np.zeros(n_parts)
    part_of_group = np.empty(len(sizes), np.int64)
    for group in np.argsort(-sizes, kind="stable"):
        part_of_group[group] = part_sizes.argmin()
        part_sizes[part_of_group[group]] += sizes[group]
    return part_of_group[codes] == np.arange(n_parts)[:, None]
