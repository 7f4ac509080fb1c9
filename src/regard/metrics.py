"""The scores of competitions, computed by scikit-learn.

Labels and probabilities are those of `task`: classes `(rows,)` with `(rows, classes)`, or cells of 0 and 1 with a
probability each, `(rows, outputs)`. Metrics of hard labels take the likeliest class, or yes from 0.5 upwards.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from regard.errors import ConfigError, did_you_mean

Function = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Metric:
    """A score.

    Attributes:
        function: labels and probabilities to a number.
        tasks: the kinds of task it fits.
        greater_is_better: whether a greater number is a better one.
    """

    function: Function
    tasks: tuple[str, ...]
    greater_is_better: bool = True


def score(name: str, labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the score of some probabilities.

    Args:
        name: of the metric.
        labels: `(rows,)` int classes, or `(rows, outputs)` of 0 and 1.
        probabilities: `(rows, outputs)`.

    Returns:
        The score; NaN where it is not defined: an AUC of labels that are all alike, anything if a probability is NaN.

    Example:
        score("accuracy", [0, 1], [[0.9, 0.1], [0.6, 0.4]]) -> 0.5
    """
    if np.isnan(probabilities).any():  # argmax would call NaN the likeliest class
        return float("nan")
    return float(METRICS[name].function(labels, probabilities.astype(np.float64)))


def greater_is_better(name: str) -> bool:
    """Return whether a greater score is a better one."""
    return METRICS[name].greater_is_better


def check_metric(name: str, task: str) -> None:
    """Make sure that there is such a metric, and that it fits the kind of task.

    Raises:
        ConfigError: there is none, or it does not fit.
    """
    fitting = sorted(other for other, metric in METRICS.items() if task in metric.tasks)
    if name not in METRICS:
        near = did_you_mean(name, METRICS)
        raise ConfigError(f"competition.metric={name} is not known; {near} For {task} there are: {', '.join(fitting)}")
    if task not in METRICS[name].tasks:
        raise ConfigError(
            f"competition.metric={name} does not fit the task {task}, only {', '.join(METRICS[name].tasks)}; "
            f"for {task} there are: {', '.join(fitting)}"
        )


def predicted_labels(probabilities: np.ndarray, *, classes: bool) -> np.ndarray:
    """Return the likeliest class of each row, or 1 from 0.5 upwards in each cell.

    Example:
        [[0.2, 0.8]] -> [1] of classes, [[0, 1]] of cells
    """
    labels: np.ndarray = probabilities.argmax(axis=1) if classes else (probabilities >= 0.5).astype(np.int64)
    return labels


def _accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The share of right rows; of right cells, for several labels a row."""
    return float((predicted_labels(probabilities, classes=labels.ndim == 1) == labels).mean())


def _log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Of the classes, normalised to a sum of one; else the mean over the columns."""
    from sklearn.metrics import log_loss

    if labels.ndim == 1:
        probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
        return float(log_loss(labels, probabilities, labels=np.arange(probabilities.shape[1])))
    columns = zip(labels.T, probabilities.T, strict=True)
    return float(np.mean([log_loss(column, found, labels=[0, 1]) for column, found in columns]))


def _column_mean(name: str) -> Function:
    """The mean over columns of a scikit-learn score that needs both labels; columns without both do not count."""

    def function(labels: np.ndarray, probabilities: np.ndarray) -> float:
        from sklearn import metrics

        columns = zip(labels.T, probabilities.T, strict=True)
        scores = [getattr(metrics, name)(column, found) for column, found in columns if 0 < column.mean() < 1]
        return float(np.mean(scores)) if scores else float("nan")

    return function


def _f1(average: str) -> Function:
    def function(labels: np.ndarray, probabilities: np.ndarray) -> float:
        from sklearn.metrics import f1_score

        predicted = predicted_labels(probabilities, classes=labels.ndim == 1)
        return float(f1_score(labels, predicted, average=average, zero_division=0.0))

    return function


def _matthews_correlation(labels: np.ndarray, probabilities: np.ndarray) -> float:
    from sklearn.metrics import matthews_corrcoef

    predicted = predicted_labels(probabilities, classes=labels.ndim == 1).reshape(len(labels))
    if np.ptp(predicted) == 0:  # 0 in scikit-learn too, but with a warning where the labels are alike as well
        return 0.0
    return float(matthews_corrcoef(labels.reshape(len(labels)), predicted))


_ANY = ("binary", "multi_class", "multi_label")
_CELLS = ("binary", "multi_label")

METRICS = {
    "accuracy": Metric(_accuracy, _ANY),
    "log_loss": Metric(_log_loss, _ANY, greater_is_better=False),
    "roc_auc": Metric(_column_mean("roc_auc_score"), ("binary",)),
    "mean_column_roc_auc": Metric(_column_mean("roc_auc_score"), ("multi_label",)),
    "pr_auc": Metric(_column_mean("average_precision_score"), _CELLS),
    "f1": Metric(_f1("binary"), ("binary",)),
    "f1_macro": Metric(_f1("macro"), _ANY),
    "f1_micro": Metric(_f1("micro"), _ANY),
    "f1_weighted": Metric(_f1("weighted"), _ANY),
    "matthews_correlation": Metric(_matthews_correlation, ("binary", "multi_class")),
}
