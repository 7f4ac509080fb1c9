"""Rankings: the likeliest labels of a row, best first, in one cell of the submission."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from regard.errors import ConfigError
from regard.text.label_cells import match_labels

if TYPE_CHECKING:
    from regard.config import CompetitionConfig
    from regard.tasks.base import Task

SEPARATORS = (" ", ",", ", ", ";", "; ", "|", "\t")


def top_labels(probabilities: np.ndarray, k: int) -> np.ndarray:
    """Return the indices of the k likeliest labels of each row, best first, `(rows, k)` int64.

    Of equal ones the first comes first. Fewer than k if there are not so many labels.

    Example:
        k = 2, [[0.2, 0.5, 0.3]] -> [[1, 2]]
    """
    # argsort alone would put equal ones last to first once they are reversed.
    return (-probabilities).argsort(axis=1, kind="stable")[:, :k]


def top_label_cells(
    outputs: np.ndarray, labels: Sequence[str], k: int, separator: str
) -> np.ndarray:
    """Return the cells of a submission of rankings, `(rows, 1)` str.

    Example:
        labels ("a", "b", "c"), k = 2, [[0.2, 0.5, 0.3]], blank -> [["b c"]]
    """
    names = np.array(labels, dtype=object)
    return np.array([[separator.join(row)] for row in names[top_labels(outputs, k)]], dtype=object)


def cell_separator(cells: Iterable[str], labels: Sequence[str]) -> str:
    """Return the separator of labels in the cells of a sample submission.

    It is the one by which every cell consists of labels, and at least one of several.

    Args:
        cells: of the sample.
        labels: the known labels.

    Returns:
        One of `SEPARATORS`; a blank if none of them fits.

    Example:
        ["a,b", "b,c"], labels a, b, c -> ","
    """
    some = list(dict.fromkeys(cells))[:100]
    for separator in SEPARATORS:
        parts = [split_cell(cell, separator) for cell in some]
        is_joined = any(
            len(one) > 1 and separator.join(one) == cell.strip()
            for one, cell in zip(parts, some, strict=True)
        )
        found = [label for one in parts for label in one]
        if is_joined and (match_labels(found, labels) >= 0).all():
            return separator
    return " "


def split_cell(cell: str, separator: str) -> list[str]:
    """Return the labels of a cell, without empty ones.

    Example:
        "a  b", blank -> ["a", "b"]
    """
    parts = map(str.strip, cell.split(separator.strip(" ") or None))
    return [part for part in parts if part]


def ranks_from_cells(cells: Iterable[str], task: Task, separator: str) -> np.ndarray:
    """Return the ranking of each cell as numbers that fall with the place; -inf if not listed.

    Returns:
        `(rows, n_labels)` float64.

    Example:
        labels ("a", "b", "c"), cell "c a" -> [[-1, -inf, 0]]
    """
    rows = []
    for cell in cells:
        row = np.full(len(task.label_names), -np.inf)
        indices = match_labels(split_cell(cell, separator), task.label_names)
        for place, index in enumerate(dict.fromkeys(indices[indices >= 0].tolist())):
            row[index] = -place
        rows.append(row)
    return np.array(rows).reshape(len(rows), len(task.label_names))


def ranked_submissions(*, compares_labels: bool, ranks_labels: bool) -> tuple[str, ...]:
    """Return the values that a task of several classes or labels may submit, see `Task`."""
    if ranks_labels:
        return ("top_labels", "probabilities")
    return ("labels",) if compares_labels else ("probabilities", "labels", "top_labels")


def check_separable(task: Task, separator: str, competition: CompetitionConfig) -> None:
    """Refuse labels that hold the separator, for their cells could not be read.

    Raises:
        ConfigError: there are such labels.
    """
    mark = separator.strip(" ") or " "
    wrong = [name for name in task.label_names if mark in name]
    if wrong:
        raise ConfigError(
            f"competition.submit=top_labels joins labels by {separator!r}, but {len(wrong)} labels "
            f"hold it ({', '.join(map(repr, wrong[:3]))}); write another separator between the "
            f"labels of {competition.sample_file}, or rename them in {competition.train_file}"
        )
