"""Guess the metric and the submitted values from the task and the sample."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.label_values import negative_and_positive
from regard.competitions.discovery.labels import Labels
from regard.competitions.discovery.numeric_cells import are_numbers, have_fractions, is_number
from regard.tasks import TASKS, Task
from regard.tasks.marks import read_columns, read_marks
from regard.text.label_cells import clean_label, label_key, match_labels
from regard.text.numbers import parse_numbers

# Names of labels that are usually scored by a correlation.
_CORRELATED = re.compile("intensity|similarity|relatedness|valence|arousal|dominance|complexity")
_BOOLEANS = {label_key(mark) for mark in ("0", "1", "true", "false", "t", "f", "", "x", "\u2713")}


def guess_metric(
    train: pd.DataFrame,
    sample: pd.DataFrame,
    labels: Labels,
    task: Sequence[Guess],
    *,
    pair: bool,
) -> list[Guess]:
    """Guess the metric and the kind of values to submit.

    Args:
        train: the train rows that have labels, all columns str.
        sample: all columns str.
        labels: the label columns.
        task: the guesses of `guess_task`.
        pair: whether two texts are compared.
    """
    settings = {guess.key: guess.value for guess in task}
    kind = TASKS[settings["task"]]
    cells = pd.concat([sample[column] for column in labels.predicted]).map(clean_label)
    if not kind.has_classes:
        return _metric_of_numbers(kind, labels, pair=pair)
    if labels.column_per_class:
        return _metric_of_each_class(kind)
    if len(labels.columns) > 1 and kind.excludes(len(labels.columns)):
        return _metric_of_exclusive(kind, sample[labels.predicted], cells)
    submit = kind.submissions(compares_labels=False)[0]
    known = set(pd.concat([train[column] for column in labels.columns]))
    separator = settings.get("label_separator")
    no_labels = "" if separator else _no_labels(cells, known, submit)
    if no_labels and kind.fraction_metric is not None and not _are_words(cells):
        doubt = _doubt_of_empty(kind, cells, "probabilities") or _doubt_of_other(kind, cells, known)
        return _metric_and_submit(
            kind.fraction_metric, submit, f"usual for {submit}", no_labels, doubt
        )
    is_single = len(labels.columns) == 1 and not separator
    shares = _shares(train, labels, settings) if is_single else {}
    metric, reason = kind.usual_label_metric(shares)
    is_empty = bool((cells == "").all())
    doubt = _doubt(kind, cells, submit, labels)
    # The probabilities of several classes need a column each.
    if is_empty and kind.fraction_metric is not None and not separator:
        doubt = _doubt_of_empty(kind, cells, "labels")
    if no_labels and _are_words(cells):
        doubt = _doubt_of_words(cells, known)
    found = "the sample is empty" if is_empty else "the sample has labels"
    return [Guess("metric", metric, reason), Guess("submit", "labels", found, doubt)]


def _metric_of_each_class(kind: type[Task]) -> list[Guess]:
    """Guess the metric where the sample has a column for each class, or for each tag."""
    metric = kind.fraction_metric or "log_loss"
    return _metric_and_submit(
        metric,
        "probabilities",
        "usual for the probability of each class",
        "the sample has a column for each class",
    )


def _metric_of_exclusive(kind: type[Task], sample: pd.DataFrame, cells: pd.Series) -> list[Guess]:
    """Guess the metric of label columns that exclude one another."""
    marks = read_columns({str(column): sample[column].map(clean_label) for column in sample})
    numbers = np.stack([parse_numbers(sample[column]) for column in sample], axis=1)
    if marks is not None and not are_numbers(cells) and not (cells == "").all():
        columns = [sample[column].map(clean_label).map(marks[str(column)]) for column in sample]
        numbers = np.stack(columns, axis=1).astype(float)
    if np.isin(numbers, (0.0, 1.0)).all() and (numbers.sum(axis=1) == 1).all():
        metric, reason = kind.default_metric, "usual for classes"
        doubt = (
            "submit: the sample's rows have one 1 each and are assumed to be labels; for "
            "probabilities, write submit: probabilities and metric: log_loss"
        )
        return [
            Guess("metric", metric, reason),
            Guess("submit", "labels", "the sample has labels", doubt),
        ]
    reason = "the sample has fractions" if have_fractions(cells) else "usual for such columns"
    doubt = _doubt_of_empty(kind, cells, "probabilities")
    if not doubt and not have_fractions(cells):
        doubt = (
            "submit: the sample's numbers are assumed to stand for probabilities; for labels, "
            f"write submit: labels and metric: {kind.default_metric}"
        )
    return _metric_and_submit(
        "log_loss", "probabilities", "usual for the probability of each class", reason, doubt
    )


def _no_labels(cells: pd.Series, known: set[str], submit: str) -> str:
    """Return why the cells of the sample cannot be labels; an empty string if they can.

    Example:
        0.5 in every row -> "the sample has fractions"
        2 in every row, known labels 0 and 1 -> "the sample has 2 instead of labels"
    """
    if are_numbers(cells) and have_fractions(cells):
        return "the sample has fractions"
    if submit == "probabilities" and not _are_known(set(cells), known):
        shown = list_some((cell or "nothing" for cell in cells.unique()), 2)
        return f"the sample has {shown} instead of labels"
    return ""


def _are_words(cells: pd.Series) -> bool:
    """Return whether no cell of the sample is a number, nor empty."""
    return bool(((cells != "") & ~is_number(cells)).all())


def _doubt_of_words(cells: pd.Series, known: set[str]) -> str:
    """Return the doubt about words of the sample that are no labels of train."""
    others = [cell for cell in cells.unique() if not _are_known({cell}, known)]
    return (
        f"submit: the sample has {list_some(map(repr, others), 2)}, which is no label of train; "
        f"the submission will have those of train ({list_some(sorted(known), 4)}); if these are "
        "other names for them, rename the labels of train"
    )


def _doubt_of_other(kind: type[Task], cells: pd.Series, known: set[str]) -> str:
    """Return the doubt about whole numbers of the sample that are no labels of train."""
    if have_fractions(cells):
        return ""
    metric, _ = kind.usual_label_metric({"other": 0.5, "label": 0.5})
    return (
        f"submit: the sample's numbers are none of the labels ({list_some(sorted(known), 4)}), so "
        "they are assumed to stand for probabilities; for labels, write submit: labels and metric: "
        f"{metric}"
    )


def _are_known(cells: set[str], known: set[str]) -> bool:
    """Return whether all cells are known labels by their values: 0, 0.0 and False are one."""
    if (match_labels(sorted(cells), sorted(known)) >= 0).all():
        return True
    # 0 is False, and the absence of a cross; but whether it is "no" cannot be told.
    keys = {label_key(cell) for cell in cells | known}
    return keys <= _BOOLEANS and read_marks(cells) is not None and "" not in cells


def _doubt(kind: type[Task], cells: pd.Series, submit: str, labels: Labels) -> str:
    """Return the doubt about cells that may be labels 0 and 1 as well as probabilities."""
    may_be_probabilities = submit == "probabilities" and kind.fraction_metric is not None
    if not (len(labels.columns) == 1 and may_be_probabilities and are_numbers(cells)):
        return ""
    return (
        f"submit: the sample's numbers are assumed to be labels; for {submit}, write "
        f"submit: {submit} and metric: {kind.fraction_metric} or log_loss"
    )


def _doubt_of_empty(kind: type[Task], cells: pd.Series, assumed: str) -> str:
    """Return the doubt about a sample whose column is empty."""
    if not (cells == "").all():
        return ""
    other = {"labels": "probabilities", "probabilities": "labels"}[assumed]
    metric, _ = kind.usual_label_metric({"other": 0.5, "label": 0.5})
    if other == "probabilities":
        metric = kind.fraction_metric or "log_loss"
    return (
        f"submit: the sample's column is empty, so that it cannot be told whether labels or "
        f"probabilities are wanted; {assumed} are assumed; for {other}, write submit: {other} and "
        f"metric: {metric}"
    )


def _metric_of_numbers(kind: type[Task], labels: Labels, *, pair: bool) -> list[Guess]:
    """Guess the metric of a task without classes."""
    n_columns = len(labels.columns)
    submit = kind.submissions(compares_labels=False)[0]
    if pair and n_columns == 1:
        reason = "usual for the similarity of two texts"
        return _metric_and_submit("pearson", submit, reason, f"the task is {kind.kind} of a pair")
    if n_columns == 1 and kind.has_units and _CORRELATED.search(labels.columns[0].lower()):
        reason = f"usual for the name {labels.columns[0]}"
        return _metric_and_submit("pearson", submit, reason, f"the task is {kind.kind}")
    reason = "usual for several columns" if n_columns > 1 else "usual for one column"
    return _metric_and_submit(
        kind.default_metric_of(n_columns), submit, reason, f"the task is {kind.kind}"
    )


def _shares(train: pd.DataFrame, labels: Labels, settings: Mapping[str, Any]) -> dict[str, float]:
    """Return the share of each label, of two labels the positive one last."""
    (column,) = labels.columns
    cells = train[column]
    marks = read_marks(set(cells))
    if marks is not None and set(marks.values()) == {0, 1} and not settings.get("label_values"):
        meant = cells.map(marks)
        names = [str(cells[meant == code].mode().iloc[0]) for code in (0, 1)]
        return {name: float((meant == code).mean()) for code, name in enumerate(names)}
    values = settings.get("label_values") or list(cells.value_counts().index)
    if len(values) == 2 and not settings.get("label_values"):
        values = list(negative_and_positive(cells)[0])
    codes = match_labels(cells, values)
    return {value: float((codes == code).mean()) for code, value in enumerate(values)}


def _metric_and_submit(
    metric: str, submit: str, metric_reason: str, submit_reason: str, doubt: str = ""
) -> list[Guess]:
    return [Guess("metric", metric, metric_reason), Guess("submit", submit, submit_reason, doubt)]
