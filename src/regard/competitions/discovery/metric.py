"""Guess the metric and the submitted values from the task and the sample."""

import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.label_values import negative_and_positive
from regard.competitions.discovery.labels import Labels
from regard.competitions.discovery.numeric_cells import are_numbers, have_fractions
from regard.tasks import TASKS, Task


def guess_metric(
    train: pd.DataFrame, sample: pd.DataFrame, labels: Labels, task: str, *, pair: bool
) -> list[Guess]:
    """Guess the metric and the kind of values to submit.

    Args:
        train: the train rows that have labels, all columns str.
        sample: all columns str.
        labels: the label columns.
        task: the kind of task.
        pair: whether two texts are compared.
    """
    kind = TASKS[task]
    cells = pd.concat([sample[column] for column in labels.predicted])
    if not kind.has_classes:
        return _metric_of_numbers(kind, len(labels.columns), pair=pair)
    if labels.column_per_class:
        return _metric_and_submit(
            "log_loss",
            "probabilities",
            "usual for the probability of each class",
            "the sample has a column for each class",
        )
    submit = kind.submissions(compares_labels=False)[0]
    known = set(pd.concat([train[column] for column in labels.columns]))
    reason = _no_labels(cells, known, submit)
    if reason and kind.fraction_metric is not None:
        return _metric_and_submit(kind.fraction_metric, submit, f"usual for {submit}", reason)
    shares = _shares(train, labels) if kind.one_label_column else {}
    metric, reason = kind.usual_label_metric(shares)
    doubt = _doubt(kind, cells, submit)
    return [
        Guess("metric", metric, reason),
        Guess("submit", "labels", "the sample has labels", doubt),
    ]


def _no_labels(cells: pd.Series, known: set[str], submit: str) -> str:
    """Return why the cells of the sample are no labels; an empty string if they may be.

    Example:
        0.5 in every row -> "the sample has fractions"
        2 in every row, known labels 0 and 1 -> "the sample has 2 instead of labels"
    """
    if are_numbers(cells) and have_fractions(cells):
        return "the sample has fractions"
    if submit == "probabilities" and not set(cells) <= known:
        return f"the sample has {list_some(cells.unique(), 2)} instead of labels"
    return ""


def _doubt(kind: type[Task], cells: pd.Series, submit: str) -> str:
    """Return the doubt about cells that may be labels 0 and 1 as well as probabilities."""
    may_be_probabilities = submit == "probabilities" and kind.fraction_metric is not None
    if not (kind.one_label_column and may_be_probabilities and are_numbers(cells)):
        return ""
    return (
        f"submit: the sample's numbers are assumed to be labels; for {submit}, write "
        f"submit: {submit} and metric: {kind.fraction_metric} or log_loss"
    )


def _metric_of_numbers(kind: type[Task], n_columns: int, *, pair: bool) -> list[Guess]:
    """Guess the metric of a task without classes."""
    submit = kind.submissions(compares_labels=False)[0]
    if pair and n_columns == 1:
        reason = "usual for the similarity of two texts"
        return _metric_and_submit("pearson", submit, reason, f"the task is {kind.kind} of a pair")
    reason = "usual for several columns" if n_columns > 1 else "usual for one column"
    return _metric_and_submit(
        kind.default_metric_of(n_columns), submit, reason, f"the task is {kind.kind}"
    )


def _shares(train: pd.DataFrame, labels: Labels) -> dict[str, float]:
    """Return the share of each label, of two labels the positive one last."""
    (column,) = labels.columns
    shares = train[column].value_counts(normalize=True)
    values = list(shares.index)
    if len(values) == 2:
        values = list(negative_and_positive(train[column])[0])
    return {value: float(shares[value]) for value in values}


def _metric_and_submit(
    metric: str, submit: str, metric_reason: str, submit_reason: str
) -> list[Guess]:
    return [Guess("metric", metric, metric_reason), Guess("submit", submit, submit_reason)]
