"""The scores of competitions, computed by scikit-learn and scipy where they have them.

Labels and outputs are in the form of their task, see `task`. Metrics of labels see what
`task.decide` makes of the outputs, all others the numbers that outputs stand for, which are the
probabilities where a task has those.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regard.errors import ConfigError, did_you_mean
from regard.tasks import Targets, Task

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

Function = Callable[[Task, Targets, np.ndarray], float]

_POWER = -5.0  # of the mean over subgroups, as Jigsaw had it: the worst of them count most


@dataclass(frozen=True)
class Metric:
    """A score.

    Attributes:
        function: the task, the truth, and what is predicted (labels, or `task.numbers`) to a
            number.
        tasks: the kinds of task it fits.
        greater_is_better: whether a greater number is a better one.
        of_labels: whether it compares labels.
        one_column: whether there may be one label column only.
    """

    function: Function
    tasks: tuple[str, ...]
    greater_is_better: bool = True
    of_labels: bool = False
    one_column: bool = False


def score(
    name: str, task: Task, truth: Targets, outputs: np.ndarray, thresholds: np.ndarray | None = None
) -> float:
    """Return the score of some outputs.

    Args:
        name: of the metric.
        task: what is predicted.
        truth: labels of a row each, and their weights and subgroups if any.
        outputs: `(rows, n_outputs)`.
        thresholds: for metrics of labels, see `task.decide`.

    Returns:
        The score; NaN where it is not defined: an AUC of labels that are all alike, anything if an
        output is NaN.

    Example:
        accuracy of the classes [0, 1], [[0.9, 0.1], [0.6, 0.4]] -> 0.5
    """
    if np.isnan(outputs).any():  # argmax would call NaN the likeliest class
        return math.nan
    metric = METRICS[name]
    predicted = task.decide(outputs, thresholds) if metric.of_labels else task.numbers(outputs)
    return float(metric.function(task, truth, predicted))


def greater_is_better(name: str) -> bool:
    """Return whether a greater score is a better one."""
    return METRICS[name].greater_is_better


def needs_labels(name: str) -> bool:
    """Return whether a metric compares labels, which thresholds decide."""
    return METRICS[name].of_labels


def check_metric(competition: CompetitionConfig) -> None:
    """Make sure that there is such a metric, and that it fits the task and the columns.

    Raises:
        ConfigError: there is none, or it does not fit.
    """
    name, task, where = (
        competition.metric,
        competition.task,
        f"competition.metric={competition.metric}",
    )
    fitting = f"{task} there are: {', '.join(sorted(key for key in METRICS if task in METRICS[key].tasks))}"
    if name not in METRICS:
        raise ConfigError(f"{where} is not known; {did_you_mean(name, METRICS)} For {fitting}")
    metric = METRICS[name]
    if task not in metric.tasks:
        raise ConfigError(
            f"{where} does not fit the task {task}, only {', '.join(metric.tasks)}; for {fitting}"
        )
    if metric.one_column and len(competition.label_columns) > 1:
        raise ConfigError(
            f"{where} is for one label column, not {len(competition.label_columns)}; for {fitting}"
        )
    if competition.submit == "labels" and not metric.of_labels and task != "ordinal":
        raise ConfigError(
            f"{where} scores probabilities, but competition.submit=labels; set it to probabilities"
        )
    if name == "bias_roc_auc" and not competition.subgroup_columns:
        raise ConfigError(
            f"{where} compares subgroups of rows; name their columns in competition.subgroup_columns"
        )
    if name != "bias_roc_auc" and competition.subgroup_columns:
        raise ConfigError(
            f"{where} compares no subgroups, but competition.subgroup_columns has {len(competition.subgroup_columns)}; "
            "set competition.metric=bias_roc_auc, or competition.subgroup_columns=[]"
        )


def _accuracy(task: Task, truth: Targets, labels: np.ndarray) -> float:
    """The share of right rows; of right cells, for several labels a row."""
    right = (labels == truth.labels).reshape(len(labels), -1)
    return float(np.average(right.mean(axis=1), weights=truth.weights))


def _f1(average: str) -> Function:
    def function(task: Task, truth: Targets, labels: np.ndarray) -> float:
        from sklearn.metrics import f1_score

        return float(
            f1_score(
                truth.labels,
                labels,
                average=average,
                sample_weight=truth.weights,
                zero_division=0.0,
            )
        )

    return function


def _matthews_correlation(task: Task, truth: Targets, labels: np.ndarray) -> float:
    from sklearn.metrics import matthews_corrcoef

    # 0 in scikit-learn too, but with a warning where the true ones are alike as well
    if np.ptp(labels) == 0:
        return 0.0
    return float(
        matthews_corrcoef(truth.labels.ravel(), labels.ravel(), sample_weight=truth.weights)
    )


def _quadratic_weighted_kappa(task: Task, truth: Targets, ranks: np.ndarray) -> float:
    """No better than chance, 0, where one rank is predicted throughout, even if it is the only one there is."""
    from sklearn.metrics import cohen_kappa_score

    if np.ptp(ranks) == 0:
        return 0.0
    options = {"labels": np.arange(len(task.label_names)), "sample_weight": truth.weights}
    return float(cohen_kappa_score(truth.labels, ranks, weights="quadratic", **options))


def _log_loss(task: Task, truth: Targets, probabilities: np.ndarray) -> float:
    """The mean over rows of the cross-entropy; over rows and columns, where columns are predicted one by one."""
    # as scikit-learn has it: certain and wrong costs much, and not without end
    smallest = np.finfo(np.float64).eps
    if task.activation == "softmax":
        target = _yes(task, truth) if truth.labels.ndim == 1 else truth.labels
        likely = (probabilities / probabilities.sum(axis=1, keepdims=True)).clip(smallest, 1.0)
        losses = -(target * np.log(likely)).sum(axis=1)
    else:
        target, likely = (
            truth.labels.astype(np.float64),
            probabilities.clip(smallest, 1.0 - smallest),
        )
        losses = -(target * np.log(likely) + (1.0 - target) * np.log1p(-likely)).mean(axis=1)
    return float(np.average(losses, weights=truth.weights))


def _column_mean(name: str) -> Function:
    """The mean over columns, or classes against all others, of a score that needs both labels; others do not count."""

    def function(task: Task, truth: Targets, probabilities: np.ndarray) -> float:
        columns = zip(_yes(task, truth).T, probabilities.T, strict=True)
        scores = _defined(_of_both(name, yes, found, truth.weights) for yes, found in columns)
        return float(np.mean(scores)) if scores else math.nan

    return function


def _bias_roc_auc(task: Task, truth: Targets, probabilities: np.ndarray) -> float:
    """The AUC, and over subgroups within them, of their negatives and of their positives against
    all other rows.

    Reference:
        Borkan, Dixon, Sorensen, Thain & Vasserman (2019), Nuanced Metrics for Measuring Unintended
        Bias with Real Data for Text Classification, arXiv:1903.04561.
    """
    from scipy.stats import pmean

    yes, found = truth.labels[:, 0] >= 0.5, probabilities[:, 0]
    weights = np.ones(len(yes)) if truth.weights is None else truth.weights
    members = [] if truth.subgroups is None else list(truth.subgroups.T)
    means = [_of_both("roc_auc_score", yes, found, weights)]
    for kind in (
        members,
        [member != yes for member in members],
        [member == yes for member in members],
    ):
        aucs = _defined(
            _of_both("roc_auc_score", yes[rows], found[rows], weights[rows]) for rows in kind
        )
        means.append(pmean(aucs, _POWER) if aucs else math.nan)
    return float(np.mean(means))


def _error(name: str, *, root: bool = False) -> Function:
    """A scikit-learn error of numbers, averaged over columns."""

    def function(task: Task, truth: Targets, predicted: np.ndarray) -> float:
        from sklearn import metrics

        error = float(
            getattr(metrics, name)(
                task.label_numbers(truth.labels), predicted, sample_weight=truth.weights
            )
        )
        return math.sqrt(error) if root else error

    return function


def _correlation(name: str) -> Function:
    """The mean over columns of a scipy correlation; NaN if a column is constant."""

    def function(task: Task, truth: Targets, predicted: np.ndarray) -> float:
        from scipy import stats

        pairs = list(zip(task.label_numbers(truth.labels).T, predicted.T, strict=True))
        if any(np.ptp(column) <= 1e-12 * np.abs(column).max() for pair in pairs for column in pair):
            return math.nan
        return float(np.mean([getattr(stats, name)(*pair).statistic for pair in pairs]))

    return function


def _yes(task: Task, truth: Targets) -> np.ndarray:
    """`(rows, n_outputs)` bool: of the class; has the label; a share of at least one half."""
    classes = truth.labels.ndim == 1
    yes: np.ndarray = (
        truth.labels[:, None] == np.arange(task.n_outputs) if classes else truth.labels >= 0.5
    )
    return yes


def _of_both(name: str, yes: np.ndarray, found: np.ndarray, weights: np.ndarray | None) -> float:
    """A scikit-learn score of one column; NaN where one of the labels is missing."""
    from sklearn import metrics

    both = yes.any() and not yes.all()
    return float(getattr(metrics, name)(yes, found, sample_weight=weights)) if both else math.nan


def _defined(values: Iterable[float]) -> list[float]:
    return [value for value in values if not math.isnan(value)]


_LABELS = ("binary", "multi_class", "multi_label", "ordinal")
_NUMBERS = ("regression", "soft_labels", "ordinal")

METRICS = {
    "accuracy": Metric(_accuracy, _LABELS, of_labels=True),
    "f1": Metric(_f1("binary"), ("binary",), of_labels=True),
    "f1_macro": Metric(_f1("macro"), _LABELS, of_labels=True),
    "f1_micro": Metric(_f1("micro"), _LABELS, of_labels=True),
    "f1_weighted": Metric(_f1("weighted"), _LABELS, of_labels=True),
    "matthews_correlation": Metric(
        _matthews_correlation, ("binary", "multi_class", "ordinal"), of_labels=True
    ),
    "quadratic_weighted_kappa": Metric(_quadratic_weighted_kappa, ("ordinal",), of_labels=True),
    "log_loss": Metric(
        _log_loss, ("binary", "multi_class", "multi_label", "soft_labels"), greater_is_better=False
    ),
    "roc_auc": Metric(
        _column_mean("roc_auc_score"), ("binary", "multi_class", "soft_labels"), one_column=True
    ),
    "mean_column_roc_auc": Metric(_column_mean("roc_auc_score"), ("multi_label", "soft_labels")),
    "pr_auc": Metric(
        _column_mean("average_precision_score"), ("binary", "multi_label", "soft_labels")
    ),
    "bias_roc_auc": Metric(_bias_roc_auc, ("binary", "soft_labels"), one_column=True),
    "rmse": Metric(_error("mean_squared_error", root=True), _NUMBERS, greater_is_better=False),
    "mcrmse": Metric(
        _error("root_mean_squared_error"), ("regression", "soft_labels"), greater_is_better=False
    ),
    "mae": Metric(_error("mean_absolute_error"), _NUMBERS, greater_is_better=False),
    "spearman": Metric(_correlation("spearmanr"), _NUMBERS),
    "pearson": Metric(_correlation("pearsonr"), _NUMBERS),
}
