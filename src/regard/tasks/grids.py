"""Grids: the only values that the numbers of a task take, such as multiples of one half.

Outputs are cut to the values by cut points between neighbouring ones. The middles give the nearest
value. Other cut points can be fitted to out-of-fold predictions, see `metrics.thresholds.grids`.
The cut points of all columns follow one another in one array.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from regard.errors import ConfigError

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

Grids = Sequence[Sequence[float]]

_MAX_VALUES = 200


def find_grids(
    numbers: np.ndarray, competition: CompetitionConfig
) -> tuple[tuple[float, ...], ...]:
    """Return the values of each column by `competition.label_grid`; none if it is null.

    Args:
        numbers: `(rows, columns)` the labels of train.
        competition: its setting is auto, for the values of train, or a step.

    Raises:
        ConfigError: there are too many values for a grid.

    Example:
        step 0.5, labels from 1 to 2 -> (1.0, 1.5, 2.0)
    """
    step = competition.label_grid
    if step is None:
        return ()
    grids = [_values(column, step) for column in numbers.T]
    for name, values in zip(competition.label_columns, grids, strict=True):
        if not 2 <= len(values) <= _MAX_VALUES:
            raise ConfigError(
                f"competition.label_grid={step}: column {name!r} has {len(values):,} values, but a "
                f"grid has 2 to {_MAX_VALUES}; set it to another step, or to null"
            )
    return tuple(tuple(map(float, values)) for values in grids)


def _values(column: np.ndarray, step: Any) -> np.ndarray:
    if step == "auto":
        return np.unique(column)
    first, last = np.round(np.array([column.min(), column.max()]) / step)
    # Rounded, so that 3 * 0.1 is 0.3.
    return np.round(np.arange(first, last + 1) * step, 12)


def nearest_cuts(grids: Grids) -> np.ndarray:
    """Return the cut points that give each number the nearest value, float64.

    Example:
        ((0, 1, 3), (0, 0.5)) -> [0.5, 2, 0.25]
    """
    middles = [np.convolve(values, [0.5, 0.5], "valid") for values in grids]
    return np.concatenate(middles)


def slices(grids: Grids) -> Iterator[slice]:
    """Yield the slice of each column's cut points."""
    start = 0
    for values in grids:
        yield slice(start, start + len(values) - 1)
        start += len(values) - 1


def cut_to_grids(numbers: np.ndarray, grids: Grids, cuts: np.ndarray) -> np.ndarray:
    """Return the value of the grid for each number; columns with cut points of NaN stay.

    Args:
        numbers: `(rows, columns)`.
        grids: the values of each column, ascending.
        cuts: the cut points of all columns.

    Returns:
        `(rows, columns)` float64.

    Example:
        values (0, 1, 3), cut points [0.5, 2]: [[0.6], [2.5]] -> [[1], [3]]
    """
    found = numbers.astype(np.float64)
    for column, (values, part) in enumerate(zip(grids, slices(grids), strict=True)):
        if not np.isnan(cuts[part]).any():
            places = np.searchsorted(cuts[part], found[:, column], side="right")
            found[:, column] = np.asarray(values)[places]
    return found


def cut_names(names: Sequence[str], grids: Grids) -> tuple[str, ...]:
    """Return the name of each cut point.

    Example:
        one column, (0, 0.5, 1) -> ("0 | 0.5", "0.5 | 1")
    """
    several = len(names) > 1
    return tuple(
        f"{name}: {low:g} | {high:g}" if several else f"{low:g} | {high:g}"
        for name, values in zip(names, grids, strict=True)
        for low, high in pairwise(values)
    )
