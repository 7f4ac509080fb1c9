"""The registry of metrics: score outputs by the name of a metric, and check the name.

Labels and outputs are in the form of their task, see `regard.tasks`. Metrics of labels compare the
labels that `Task.decide` makes of outputs. All others compare the numbers of `Task.numbers`, which
are the probabilities where a task has those.

A new metric is one entry of `table.METRICS`, or of a plugin:

    METRICS["worst_recall"] = Metric(
        tasks=("binary", "multi_class"),
        compares="labels",
        from_confusion=lambda found: ratio(found.right, found.true).min(axis=1),
    )
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from regard.errors import ConfigError, did_you_mean
from regard.metrics.own import identity_of
from regard.metrics.record import Metric, Metrics
from regard.metrics.table import METRICS
from regard.tasks import TASKS, Targets, Task

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

__all__ = [
    "METRICS",
    "Metric",
    "Metrics",
    "check_metric",
    "greater_is_better",
    "metric_identity",
    "score",
]


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
    # Only labels, and numbers of a grid, depend on thresholds.
    if metric.compares == "labels" or task.grids:
        return metric.score(task, targets, task.decide(outputs, thresholds))
    return metric.score(task, targets, task.numbers(outputs))


def greater_is_better(name: str) -> bool:
    """Return whether higher scores of a metric are better."""
    return METRICS[name].greater_is_better


def metric_identity(competition: CompetitionConfig) -> list[Any]:
    """Return all that determines the scores of a competition, for fingerprints."""
    return [competition.metric, competition.subgroup_columns, *identity_of(competition.metric)]


def check_metric(competition: CompetitionConfig) -> None:
    """Make sure that there is such a metric, and that it suits the task and the columns.

    Raises:
        ConfigError: there is none, or it does not suit them.
    """
    name, task = competition.metric, TASKS[competition.task]
    where = f"competition.metric={name}"
    suiting = sorted(key for key, metric in METRICS.items() if metric.suits(task))
    choices = f"{task.kind} there are: {', '.join(suiting)}"
    metric = METRICS.find(name)
    if metric is None:
        hint = did_you_mean(name, METRICS)
        near = f"{hint} " if hint.endswith("?") else ""
        raise ConfigError(
            f"{where} is not known; {near}your own is given as module:function; for {choices}"
        )
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
