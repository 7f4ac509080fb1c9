"""The rows that a report explains: the most wrong ones, and some of every kind; and how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from regard.runs.explaining.faithfulness import N_DRAWS, SHARES
from regard.runs.explaining.methods.leave_one_out import MAX_LEFT_OUT

MAX_MEASURED = 40  # rows on which methods are measured
_FEW = 10  # a method that is too costly for so many rows is not measured
N_VARIANTS = 2 * len(SHARES)  # of a row: without some words, and with these alone


def ordered_rows(
    kinds: Sequence[str], correctness: np.ndarray | None, random: np.random.Generator
) -> np.ndarray:
    """Return all rows, so that the first ones show the mistakes and every kind of row.

    Every third row is the most wrong one that is left. The others take turns by kind.

    Args:
        kinds: `(rows,)` the kind of each row, such as its label.
        correctness: `(rows,)`, the greater, the better; None if it is not known.
        random: draws the rows of each kind.

    Returns:
        `(rows,)` int64.

    Example:
        kinds [a, a, a, b], correctness [0.9, 0.8, 0.1, 0.7] -> 2, then an a and the b in turn, ...
    """
    by_turns = _by_turns(kinds, random)
    if correctness is None:
        return by_turns
    worst = np.argsort(correctness, kind="stable")
    # worst [2, 3], by turns [1, 3, 0, 2] -> 2, 1, 3, 3, 0, 2 -> without repetitions 2, 1, 3, 0
    merged: list[int] = []
    for index, row in enumerate(by_turns.tolist()):
        merged += [row] if index % 2 else [int(worst[index // 2]), row]
    return np.array(list(dict.fromkeys(merged)), np.int64)


def _by_turns(kinds: Sequence[str], random: np.random.Generator) -> np.ndarray:
    """Return all rows in random order, the first of each kind before the second of any.

    Example:
        kinds [a, a, a, b] -> 1, 3, 0, 2
    """
    order = random.permutation(len(kinds))
    counts: dict[str, int] = {}
    turns = np.empty(len(kinds), np.int64)
    for position, row in enumerate(order):
        turns[position] = counts.get(kinds[row], 0)
        counts[kinds[row]] = int(turns[position]) + 1
    return np.asarray(order[np.argsort(turns, kind="stable")], np.int64)


def weighed_rows(reads: int | None, n_words: np.ndarray, budget: float) -> np.ndarray:
    """Return the rows that a method can weigh without reading too many words.

    Args:
        reads: about how many predictions of a row a method takes, see `Method.reads`.
        n_words: `(rows,)` the words of each row, once for each model.
        budget: the number of words to read.

    Returns:
        `(n,)` int64, in order.

    Example:
        reads 2, words [10, 90, 10], budget 60 -> [0, 2]
    """
    return _within(_n_read(reads, n_words), budget)


def choose_measured(
    reads: Mapping[str, int | None], n_words: np.ndarray, budget: float
) -> tuple[np.ndarray, list[str]]:
    """Choose the methods whose faithfulness is measured, and on which rows.

    Args:
        reads: see `weighed_rows`, by method.
        n_words: `(rows,)` the words of each row.
        budget: the number of words to read.

    Returns:
        The rows, `(n,)` int64, and the methods: those too costly for a few usual rows are left out.
    """
    n_few = min(_FEW, len(n_words))
    usual = np.median(n_words) if n_few else 0  # not the mean: a single row may be very long
    few = np.full(n_few, usual)
    names = [name for name, one in reads.items() if _n_read(one, few).sum() <= budget / 2]
    # Each row is predicted again for every method and every draw of random words.
    n_variants = N_VARIANTS * (len(names) + N_DRAWS)
    costs = np.add.reduce([_n_read(reads[name], n_words) for name in names]) + n_variants * n_words
    return _within(costs, budget), names


def _n_read(reads: int | None, n_words: np.ndarray) -> np.ndarray:
    """Return the number of words that are read for each row; None: once for each word."""
    return n_words * (np.minimum(n_words, MAX_LEFT_OUT) if reads is None else reads)


def _within(costs: np.ndarray, budget: float) -> np.ndarray:
    """Return the rows that cost no more than a budget, all together.

    A row that costs more than is left is skipped, so that a long text takes no other row's place.

    Example:
        [3, 9, 4, 2], 8 -> [0, 2]
    """
    chosen = []
    left = budget
    for row, cost in enumerate(costs.tolist()):
        if cost <= left:
            chosen.append(row)
            left -= cost
    return np.array(chosen, np.int64)
