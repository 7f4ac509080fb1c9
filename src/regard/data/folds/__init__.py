"""Cross-validation folds: every row is held out exactly once, and related rows share a fold.

A validation score is honest only if the model that predicts a row has seen neither the row nor an
identical text. Folds are therefore made of groups of rows, and stratified so that every fold has
its share of every label. Folds may also come with the data or follow the order of time.
"""

from regard.data.folds.columns import (
    check_groups,
    predefined_folds,
    read_times,
    time_ordered_folds,
)
from regard.data.folds.rows import (
    group_rows,
    held_out_rows,
    inner_valid_rows,
    training_rows,
)
from regard.data.folds.stratified import assign_folds, check_enough_groups, check_enough_rows

__all__ = [
    "assign_folds",
    "check_enough_groups",
    "check_enough_rows",
    "check_groups",
    "group_rows",
    "held_out_rows",
    "inner_valid_rows",
    "predefined_folds",
    "read_times",
    "time_ordered_folds",
    "training_rows",
]
