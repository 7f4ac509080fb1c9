"""Train rows that belong together: a split of the rows keeps them in one part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from regard.data.folds import group_rows

if TYPE_CHECKING:
    from regard.runs.run import Run


def related_rows(run: Run) -> np.ndarray:
    """Return equal numbers for train rows with identical texts or of one group, `(rows,)` int64.

    They share a fold, see `group_rows`.
    """
    column = run.config.competition.group_column
    cells = run.columns("train", [column])[column].tolist() if column else None
    return group_rows(run.identical, cells)
