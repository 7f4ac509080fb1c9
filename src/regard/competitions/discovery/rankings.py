"""Guess a ranking: a sample whose cells list several labels of train, the likeliest first."""

import pandas as pd

from regard.competitions.discovery.guess import Guess
from regard.competitions.discovery.labels import Labels
from regard.competitions.discovery.tags import find_tags, is_name_of_tags
from regard.tasks.rankings import SEPARATORS, split_cell


def guess_ranking(train: pd.DataFrame, sample: pd.DataFrame, labels: Labels) -> list[Guess]:
    """Return the task, the metric, and the number of labels in a cell; none for other samples.

    Train has one label in each row: rows of several labels would be tags, which are no ranking.

    Args:
        train: the train rows that have labels, all columns str.
        sample: all columns str.
        labels: the label columns.

    Example:
        labels a, b, c in train, "a b c" in every row of the sample -> map_at_k with top_k 3
    """
    if len(labels.columns) != 1 or len(labels.predicted) != 1:
        return []
    column = labels.columns[0]
    tags = find_tags(train[column], name=column)
    if tags is not None and (tags.sure or is_name_of_tags(column)):
        return []  # the sample may part them by another character
    known = set(train[column].unique())
    cells = sample[labels.predicted[0]].unique()
    for separator in SEPARATORS:
        lists = [split_cell(cell, separator) for cell in cells]
        # The labels of train are lists by this separator themselves: tags.
        has_tags = any(len(split_cell(label, separator)) > 1 for label in known)
        are_lists = all(len(one) > 1 and known.issuperset(one) for one in lists)
        if lists and are_lists and not has_tags:
            return _guesses(max(map(len, lists)), str(cells[0]), len(known))
    return []


def _guesses(k: int, example: str, n_labels: int) -> list[Guess]:
    doubt = (
        f"metric: cells of {k} labels are usual for map_at_k; if only their presence counts and "
        "not their order, write metric: top_k_accuracy"
    )
    reason = f"the cells of the sample list {k} labels, such as {example!r}"
    return [
        Guess("task", "multi_class", f"one of {n_labels} labels in each row of train"),
        Guess("metric", "map_at_k", reason, doubt),
        Guess("top_k", k, "labels in a cell of the sample"),
        Guess("submit", "top_labels", "the likeliest labels, best first"),
    ]
