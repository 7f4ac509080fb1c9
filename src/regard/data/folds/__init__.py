"""Rows to fold numbers: every row is held out exactly once, rows that belong together share a fold.

A score is honest only if the model that predicts a row saw neither it nor an identical text. So
folds are made of groups of rows, and stratified, so that every fold has its share of every label.
Rows may also come with folds, or be divided in the order of time.
"""

from regard.data.folds.columns import check_groups, ready_made_folds, time_ordered_folds
from regard.data.folds.rows import (
    choosing_rows,
    group_rows,
    held_out_rows,
    training_rows,
)
from regard.data.folds.stratified import assign_folds, check_enough_rows

__all__ = [
    "assign_folds",
    "check_enough_rows",
    "check_groups",
    "choosing_rows",
    "group_rows",
    "held_out_rows",
    "ready_made_folds",
    "time_ordered_folds",
    "training_rows",
]
