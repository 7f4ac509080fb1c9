"""The registry of metrics: a record for each score of competitions.

Labels and outputs are in the form of their task, see `regard.tasks`. Metrics of labels compare the
labels that `Task.decide` makes of outputs. All others compare the numbers of `Task.numbers`, which
are the probabilities where a task has those.

A new metric is one entry:

    METRICS["balanced_accuracy"] = Metric(
        tasks=("binary", "multi_class"),
        compares="labels",
        from_confusion=lambda found: ratio(found.right, found.true).mean(axis=1),
    )
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from regard.errors import ConfigError, did_you_mean
from regard.metrics import confusion, numbers, probabilities
from regard.metrics.confusion import Scores, count_labels
from regard.tasks import TASKS, Targets, Task

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

Function = Callable[[Task, Targets, np.ndarray], float]


@dataclass(frozen=True)
class Metric:
    """A score.

    Attributes:
        tasks: the kinds of task that it suits; kinds that inherit from these are suited too.
        compares: "labels"; "ranks", for which only the order of each column counts;
            "probabilities"; or "numbers".
        function: the score of the task, the targets, and the predictions: decided labels if labels
            are compared, else `Task.numbers`.
        from_confusion: of labels, instead of `function`: the scores `(candidates,)` of confusion
            counts, from which thresholds can be tuned.
        greater_is_better: whether higher scores are better.
        one_column: whether it is for one label column only.
        needs_subgroups: whether it compares subgroups of rows.
        best_at_likeliest: whether every mistake costs the same, so that the likeliest class is the
            best decision and thresholds of classes gain nothing.
        quick: the same score of rows without weights, computed faster.
    """

    tasks: tuple[str, ...]
    compares: Literal["labels", "ranks", "probabilities", "numbers"]
    function: Function | None = None
    from_confusion: Scores | None = None
    greater_is_better: bool = True
    one_column: bool = False
    needs_subgroups: bool = False
    best_at_likeliest: bool = False
    quick: Function | None = None

    def suits(self, task: type[Task] | Task) -> bool:
        """Return whether it suits a task, or a kind of task."""
        return bool(set(self.tasks) & set(task.kinds()))

    def score(self, task: Task, targets: Targets, predictions: np.ndarray) -> float:
        """Return the score of decided labels or of numbers, whichever it compares."""
        if self.from_confusion is not None:
            return float(self.from_confusion(count_labels(task, targets, predictions))[0])
        if self.function is None:
            raise TypeError("a Metric needs a function or a from_confusion")
        return float(self.function(task, targets, predictions))


def score(
    name: str,
    task: Task,
    targets: Targets,
    outputs: np.ndarray,
    thresholds: np.ndarray | None = None,
) -> float:
    """Return the score of outputs.

    Args:
        name: of the metric.
        task: the task.
        targets: labels of the rows, and their weights and subgroups if any.
        outputs: `(rows, n_outputs)`.
        thresholds: for metrics of labels, see `Task.decide`.

    Returns:
        The score; NaN where it is undefined, such as an AUC of labels that are all alike, or any
        score if an output is NaN.

    Example:
        accuracy of the classes [0, 1], [[0.9, 0.1], [0.6, 0.4]] -> 0.5
    """
    if np.isnan(outputs).any():  # argmax would take NaN for the likeliest class
        return math.nan
    metric = METRICS[name]
    # Only labels depend on thresholds.
    if metric.compares == "labels":
        return metric.score(task, targets, task.decide(outputs, thresholds))
    return metric.score(task, targets, task.numbers(outputs))


def greater_is_better(name: str) -> bool:
    """Return whether higher scores of a metric are better."""
    return METRICS[name].greater_is_better


def check_metric(competition: CompetitionConfig) -> None:
    """Make sure that there is such a metric, and that it suits the task and the columns.

    Raises:
        ConfigError: there is none, or it does not suit them.
    """
    name, task = competition.metric, TASKS[competition.task]
    where = f"competition.metric={name}"
    suiting = sorted(key for key, metric in METRICS.items() if metric.suits(task))
    choices = f"{task.kind} there are: {', '.join(suiting)}"
    if name not in METRICS:
        raise ConfigError(f"{where} is not known; {did_you_mean(name, METRICS)} For {choices}")
    metric = METRICS[name]
    if not metric.suits(task):
        raise ConfigError(
            f"{where} does not fit the task {task.kind}, only {', '.join(metric.tasks)}; "
            f"for {choices}"
        )
    n_columns = len(competition.label_columns)
    if metric.one_column and n_columns > 1 and not task.excludes(n_columns):
        raise ConfigError(f"{where} is for one label column, not {n_columns}; for {choices}")
    # Ordinal labels may be submitted whatever the metric, for they are numbers as well.
    by_default = task.submissions(compares_labels=metric.compares == "labels")[0]
    if competition.submit == "labels" and by_default == "probabilities":
        raise ConfigError(
            f"{where} scores probabilities, but competition.submit=labels; set it to probabilities"
        )
    _check_subgroups(metric, competition)


def _check_subgroups(metric: Metric, competition: CompetitionConfig) -> None:
    where = f"competition.metric={competition.metric}"
    if metric.needs_subgroups and not competition.subgroup_columns:
        raise ConfigError(
            f"{where} compares subgroups of rows; name their columns in "
            "competition.subgroup_columns"
        )
    if not metric.needs_subgroups and competition.subgroup_columns:
        others = [key for key, other in METRICS.items() if other.needs_subgroups]
        raise ConfigError(
            f"{where} compares no subgroups, but competition.subgroup_columns has "
            f"{len(competition.subgroup_columns)}; set competition.metric={' or '.join(others)}, "
            "or competition.subgroup_columns=[]"
        )


_LABELS = ("binary", "multi_class", "multi_label", "ordinal")
_NUMBERS = ("regression", "soft_labels", "ordinal")

METRICS: dict[str, Metric] = {
    # Of labels, by confusion tables.
    "accuracy": Metric(
        _LABELS, "labels", from_confusion=confusion.accuracy, best_at_likeliest=True
    ),
    "f1": Metric(("binary",), "labels", from_confusion=confusion.f1),
    "f1_macro": Metric(_LABELS, "labels", from_confusion=confusion.f1_macro),
    "f1_micro": Metric(
        _LABELS, "labels", from_confusion=confusion.f1_micro, best_at_likeliest=True
    ),
    "f1_weighted": Metric(_LABELS, "labels", from_confusion=confusion.f1_weighted),
    "matthews_correlation": Metric(
        ("binary", "multi_class", "ordinal"),
        "labels",
        from_confusion=confusion.matthews_correlation,
    ),
    "quadratic_weighted_kappa": Metric(
        ("ordinal",), "labels", from_confusion=confusion.quadratic_weighted_kappa
    ),
    # Of probabilities, and of the order that they give to rows.
    "log_loss": Metric(
        ("binary", "multi_class", "multi_label", "soft_labels"),
        "probabilities",
        probabilities.log_loss,
        greater_is_better=False,
    ),
    "roc_auc": Metric(
        ("binary", "multi_class", "soft_labels"),
        "ranks",
        probabilities.column_mean("roc_auc_score"),
        one_column=True,
        quick=probabilities.quick_roc_auc,
    ),
    "mean_column_roc_auc": Metric(
        ("multi_label", "soft_labels"),
        "ranks",
        probabilities.column_mean("roc_auc_score"),
        quick=probabilities.quick_roc_auc,
    ),
    "pr_auc": Metric(
        ("binary", "multi_label", "soft_labels"),
        "ranks",
        probabilities.column_mean("average_precision_score"),
    ),
    "bias_roc_auc": Metric(
        ("binary", "soft_labels"),
        "ranks",
        probabilities.bias_roc_auc,
        one_column=True,
        needs_subgroups=True,
    ),
    # Of numbers.
    "rmse": Metric(
        _NUMBERS,
        "numbers",
        numbers.error("mean_squared_error", root=True),
        greater_is_better=False,
    ),
    "mcrmse": Metric(
        ("regression", "soft_labels"),
        "numbers",
        numbers.error("root_mean_squared_error"),
        greater_is_better=False,
    ),
    "mae": Metric(
        _NUMBERS, "numbers", numbers.error("mean_absolute_error"), greater_is_better=False
    ),
    "spearman": Metric(_NUMBERS, "ranks", numbers.correlation("spearmanr")),
    "pearson": Metric(_NUMBERS, "numbers", numbers.correlation("pearsonr")),
}
