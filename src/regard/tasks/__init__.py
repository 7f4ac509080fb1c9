"""What is predicted: the labels, their order, and what a network's outputs say about them.

What the kinds of task differ in is said here: labels to numbers, numbers to strata for the folds,
outputs back to the values of a submission. The losses are in `losses`, the scores in `metrics`.

    kind          labels                                  outputs `(rows, n_outputs)`
    binary        `(rows, 1)` of 0 and 1                  the probability of the positive value
    multi_class   `(rows,)` int, a class                  a probability for each class
    multi_label   `(rows, columns)` of 0 and 1            a probability for each column
    ordinal       `(rows,)` int, a rank from 0            the probabilities that the rank is above
    0, above 1, ... regression    `(rows, columns)`                       a number for each column,
    within its range soft_labels   `(rows, columns)` from 0 to 1           a probability for each
    column
"""

from regard.tasks.base import Task, Truth, task_from
from regard.tasks.decisions import (
    decide,
    default_thresholds,
    expected_ranks,
    hard_labels,
    numbers,
    rank_values,
)
from regard.tasks.labels import KNOWN_PAIRS, encode_labels, task_of
from regard.tasks.targets import strata, targets

__all__ = [
    "KNOWN_PAIRS",
    "Task",
    "Truth",
    "decide",
    "default_thresholds",
    "encode_labels",
    "expected_ranks",
    "hard_labels",
    "numbers",
    "rank_values",
    "strata",
    "targets",
    "task_from",
    "task_of",
]
