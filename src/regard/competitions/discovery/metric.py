"""Guess the metric and the submitted values from the task and the sample."""

import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.label_values import negative_and_positive
from regard.competitions.discovery.labels import Labels
from regard.competitions.discovery.numeric_cells import are_numbers, have_fractions

_RARE = 0.25  # with a smaller share of positive labels, f1
_DOMINANT = 2 / 3  # with a larger share of one class, f1_macro


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
    cells = pd.concat([sample[column] for column in labels.predicted])
    if task in ("regression", "soft_labels"):
        return _metric_of_numbers(task, len(labels.columns), pair=pair)
    if labels.column_per_class:
        return _metric_and_submit(
            "log_loss",
            "probabilities",
            "usual for the probability of each class",
            "the sample has a column for each class",
        )
    # Cells that are no labels, such as 0.5 in every row, ask for probabilities.
    known = set(pd.concat([train[column] for column in labels.columns]))
    fractions = are_numbers(cells) and have_fractions(cells)
    if task in ("binary", "multi_label") and (fractions or not set(cells) <= known):
        metric = "roc_auc" if task == "binary" else "mean_column_roc_auc"
        reason = (
            "the sample has fractions"
            if fractions
            else f"the sample has {list_some(cells.unique(), 2)} instead of labels"
        )
        return _metric_and_submit(
            metric, "probabilities", "usual for probabilities of this task", reason
        )
    if task == "ordinal" and fractions:
        return _metric_and_submit(
            "rmse", "numbers", "usual for numbers", "the sample has fractions"
        )
    doubt = ""
    if task == "binary" and are_numbers(cells):
        doubt = (
            "submit: the sample's numbers are assumed to be labels; for probabilities, write "
            "submit: probabilities and metric: roc_auc or log_loss"
        )
    return [
        *_metric_of_labels(train, labels, task),
        Guess("submit", "labels", "the sample has labels", doubt),
    ]


def _metric_of_numbers(task: str, n_columns: int, *, pair: bool) -> list[Guess]:
    """Guess the metric of a task without classes."""
    submit = "numbers" if task == "regression" else "probabilities"
    if pair and n_columns == 1:
        return _metric_and_submit(
            "pearson",
            submit,
            "usual for the similarity of two texts",
            f"the task is {task} of a pair",
        )
    if task == "soft_labels":
        return _metric_and_submit(
            "log_loss", submit, "usual for numbers from 0 to 1", "the task is soft_labels"
        )
    if n_columns > 1:
        return _metric_and_submit(
            "mcrmse", submit, "usual for several columns of numbers", "the task is regression"
        )
    return _metric_and_submit("rmse", submit, "usual for numbers", "the task is regression")


def _metric_of_labels(train: pd.DataFrame, labels: Labels, task: str) -> list[Guess]:
    """Guess the metric where labels are submitted."""
    if task == "multi_label":
        return [Guess("metric", "f1_micro", "usual for several labels per row")]
    if task == "ordinal":
        return [Guess("metric", "quadratic_weighted_kappa", "usual for ordered labels")]
    shares = train[labels.columns[0]].value_counts(normalize=True)
    if task == "binary":
        _, positive = negative_and_positive(train[labels.columns[0]])[0]
        if shares[positive] < _RARE:
            reason = (
                f"usual for a rare positive label: {positive} in {shares[positive]:.1%} of the rows"
            )
            return [Guess("metric", "f1", reason)]
    if task == "multi_class" and shares.max() > _DOMINANT:
        reason = (
            f"{shares.max():.0%} of the rows are of the class {shares.idxmax()}, so accuracy would "
            "hardly depend on the others"
        )
        return [Guess("metric", "f1_macro", reason)]
    reason = f"the sample has labels; the most frequent has {shares.max():.0%} of the rows"
    return [Guess("metric", "accuracy", reason)]


def _metric_and_submit(
    metric: str, submit: str, metric_reason: str, submit_reason: str
) -> list[Guess]:
    return [Guess("metric", metric, metric_reason), Guess("submit", submit, submit_reason)]
