"""Members of blends: outputs that know the labels, each with its own noise."""

import dataclasses

import numpy as np
import pytest

from regard.config import ThresholdsConfig
from regard.ensembling import METHODS, Objective
from regard.tasks import (
    Binary,
    MultiClass,
    MultiLabel,
    Ordinal,
    Regression,
    SoftLabels,
    Targets,
    Task,
)

TASKS_AND_METRICS: dict[str, tuple[Task, str]] = {
    "binary": (Binary(("y",)), "roc_auc"),
    "multi_class": (MultiClass(("a", "b", "c")), "log_loss"),
    "multi_label": (MultiLabel(("a", "b")), "f1_macro"),
    "ordinal": (Ordinal(("1", "2", "3")), "quadratic_weighted_kappa"),
    "regression": (Regression(("u", "v"), ranges=((-9.0, 9.0), (-9.0, 9.0))), "mcrmse"),
    "soft_labels": (SoftLabels(("a", "b")), "spearman"),
    "exclusive": (SoftLabels(("a", "b", "c"), exclusive=True), "log_loss"),
}
TUNED = ThresholdsConfig(tuned=True, per_label=True)

every_kind = pytest.mark.parametrize("kind", TASKS_AND_METRICS)
# A stacker fits a model for each fold.
every_method = pytest.mark.parametrize(
    "method",
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "stacker")) for name in METHODS],
)


def random_labels(task: Task, random: np.random.Generator, n_rows: int) -> np.ndarray:
    """Return labels of a task; every class occurs."""
    if task.report_section == "confusion" and len(task.classes) == 3:
        return (np.arange(n_rows) % 3).astype(np.int32)
    if task.has_units:
        return random.normal(size=(n_rows, 2)).astype(np.float32)
    cells = random.random((n_rows, task.n_outputs))
    if task.has_classes:
        return (cells < 0.4).astype(np.float32)
    return task.finish_outputs(cells).astype(np.float32)


def blend_case(
    kind: str = "binary",
    *,
    n_members: int = 3,
    n_rows: int = 60,
    seed: int = 0,
    weighted: bool = False,
    metric: str | None = None,
) -> tuple[np.ndarray, Objective, np.ndarray]:
    """Return members, the first with the least noise, their objective and the folds."""
    random = np.random.default_rng(seed)
    task, usual = TASKS_AND_METRICS[kind]
    labels = random_labels(task, random, n_rows)
    weights = random.uniform(0.5, 2.0, n_rows) if weighted else None
    objective = Objective(metric or usual, task, Targets(labels, weights), TUNED)
    ideal = task.ideal_outputs(labels)
    members = []
    for index in range(n_members):
        noisy = ideal + random.normal(size=ideal.shape) * (0.6 + 0.4 * index)
        if not task.has_units:
            noisy = 1 / (1 + np.exp(-3 * (noisy - 0.5)))
        if task.activation == "softmax":
            noisy /= noisy.sum(axis=1, keepdims=True)
        members.append(noisy)
    return np.stack(members).astype(np.float32), objective, np.arange(n_rows) // 2 % 3


def with_labels(objective: Objective, labels: np.ndarray) -> Objective:
    """Return the objective with other labels."""
    targets = dataclasses.replace(objective.targets, labels=labels)
    return dataclasses.replace(objective, targets=targets)
