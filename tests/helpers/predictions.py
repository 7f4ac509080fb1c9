"""Labels and outputs of every kind of task: worked cases, random problems, and noisy models."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regard.tasks import (
    TASKS,
    Binary,
    MultiClass,
    MultiLabel,
    Ordinal,
    Regression,
    SoftLabels,
    Targets,
    Task,
)

CASES: dict[str, tuple[Task, Targets, np.ndarray]] = {
    "multi_class": (
        MultiClass(("a", "b", "c")),
        Targets(np.array([0, 0, 1, 2], np.int32)),
        # decided as 0 1 1 2
        np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.8, 0.1], [0.1, 0.3, 0.6]], np.float32),
    ),
    "binary": (
        Binary(("toxic",)),
        Targets(
            np.array([[0], [1], [1], [0], [1]], np.float32),
            subgroups=np.array([[1], [1], [0], [0], [0]], bool),
        ),
        # decided as 0 1 1 1 0
        np.array([[0.1], [0.9], [0.5], [0.6], [0.2]], np.float32),
    ),
    "multi_label": (
        MultiLabel(("a", "b", "c")),
        Targets(np.array([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]], np.float32)),
        np.array([[0.9, 0.4, 0.2], [0.7, 0.3, 0.6], [0.6, 0.8, 0.1], [0.2, 0.1, 0.1]], np.float32),
    ),
    "ordinal": (
        Ordinal(("1", "2", "4")),
        Targets(np.array([0, 1, 2, 2], np.int32)),
        # decided as 0 1 1 2; the numbers are 1.25 1.75 2.75 3.5
        np.array([[0.25, 0.0], [0.75, 0.0], [0.75, 0.5], [1.0, 0.75]], np.float32),
    ),
    "regression": (
        Regression(("a", "b"), ranges=((0.0, 4.0), (0.0, 10.0))),
        Targets(np.array([[1, 10], [2, 4], [4, 2]], np.float32)),
        np.array([[2, 12], [3, 4], [3, 6]], np.float32),  # 12 is out of range and counts as 10
    ),
    "soft_labels": (
        SoftLabels(("target",)),
        Targets(
            np.array([[0.0], [0.5], [1.0], [0.25]], np.float32),
            subgroups=np.array([[1], [1], [0], [0]], bool),
        ),
        np.array([[0.25], [0.5], [0.75], [0.5]], np.float32),
    ),
}

chance = st.integers(0, 20).map(lambda number: number / 20)  # few values, so that there are ties


@st.composite
def problems(draw: Any, kind: str) -> tuple[Task, Targets, np.ndarray]:
    """A task of a kind, labels, and outputs of few values; labels may be all alike."""
    n_rows, n_names = draw(st.integers(1, 12)), draw(st.integers(2, 4))
    names = tuple("abcd"[:n_names])
    if kind == "multi_class":
        raw = draw(arrays(np.float32, (n_rows, n_names), elements=st.integers(1, 20)))
        labels = draw(arrays(np.int32, n_rows, elements=st.integers(0, n_names - 1)))
        return MultiClass(names), Targets(labels), raw / raw.sum(axis=1, keepdims=True)
    if kind == "ordinal":
        labels = draw(arrays(np.int32, n_rows, elements=st.integers(0, n_names - 1)))
        outputs = draw(arrays(np.float64, (n_rows, n_names - 1), elements=chance))
        return Ordinal(names), Targets(labels), -np.sort(-outputs, axis=1).astype(np.float32)
    names = names[:1] if kind == "binary" else names
    cell = chance if kind in ("regression", "soft_labels") else st.sampled_from([0.0, 1.0])
    labels = draw(arrays(np.float64, (n_rows, len(names)), elements=cell)).astype(np.float32)
    outputs = draw(arrays(np.float64, labels.shape, elements=chance)).astype(np.float32)
    if kind == "regression":
        return Regression(names, ((0.0, 1.0),) * len(names)), Targets(labels), outputs
    return TASKS[kind](names), Targets(labels), outputs


@st.composite
def label_problems(draw: Any, kind: str, most: int = 12) -> tuple[Task, Targets, np.ndarray]:
    """A task of labels, labels, outputs of few values, and weights or none."""
    n_rows, n_names = draw(st.integers(1, most)), draw(st.integers(2, 4))
    weight = st.sampled_from([0.5, 1.0, 3.0])
    weights = draw(st.none() | arrays(np.float64, n_rows, elements=weight))
    classes = arrays(np.int32, n_rows, elements=st.integers(0, n_names - 1))
    if kind == "ordinal":
        labels = draw(classes)
        steps = draw(arrays(np.float64, (n_rows, n_names - 1), elements=chance))
        outputs = -np.sort(-steps, axis=1)
    elif kind == "multi_class":
        labels = draw(classes)
        outputs = draw(arrays(np.float64, (n_rows, n_names), elements=chance))
    else:
        n_names = 1 if kind == "binary" else draw(st.integers(1, 4))
        labels = draw(arrays(np.float32, (n_rows, n_names), elements=st.sampled_from([0.0, 1.0])))
        outputs = draw(arrays(np.float64, labels.shape, elements=chance))
    task = TASKS[kind](tuple("abcd"[:n_names]))
    return task, Targets(labels, weights), outputs.astype(np.float32)


def noisy_predictions(
    kind: str, n_rows: int, n_names: int = 4, seed: int = 0
) -> tuple[Task, Targets, np.ndarray]:
    """A task with outputs that know something of the labels, which are rare in most columns."""
    dice = np.random.default_rng(seed)
    names = tuple("abcdefgh"[: 1 if kind == "binary" else n_names])
    if kind == "multi_class":
        rates = 0.5 ** np.arange(n_names)
        labels = dice.choice(n_names, n_rows, p=rates / rates.sum())
        likely = rates * np.exp(2 * np.eye(n_names)[labels] + dice.normal(0, 1, (n_rows, n_names)))
        outputs = likely / likely.sum(axis=1, keepdims=True)
        return MultiClass(names), Targets(labels), outputs.astype(np.float32)
    if kind == "ordinal":
        rates = np.arange(n_names, 0, -1)
        labels = dice.choice(n_names, n_rows, p=rates / rates.sum())
        steps = labels[:, None] + dice.normal(0, 1, (n_rows, 1)) - np.arange(n_names - 1) - 1.0
    else:
        rates = 0.3 / np.arange(1, len(names) + 1)
        labels = (dice.random((n_rows, len(names))) < rates).astype(np.float32)
        steps = 2 * labels - 2 + dice.normal(0, 1, (n_rows, len(names)))
    return TASKS[kind](names), Targets(labels), (1 / (1 + np.exp(-steps))).astype(np.float32)
