"""The kinds of task: what is predicted, and what it is scored against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Task:
    """What is predicted.

    Attributes:
        kind: one of `config.competition.TASKS`.
        label_names: the classes of multi_class, those of ordinal from the lowest to the highest;
            else the columns.
        values: the cells that say no and yes in a label column; means something to binary and
            multi_label only.
        ranges: regression: the lowest and the highest number of each column.
        exclusive: soft_labels: whether the columns of every row sum to one.
    """

    kind: str
    label_names: tuple[str, ...]
    values: tuple[str, str] = ("0", "1")
    ranges: tuple[tuple[float, float], ...] = ()
    exclusive: bool = False

    @property
    def n_outputs(self) -> int:
        """The number of outputs of a row."""
        return len(self.output_names)

    @property
    def output_names(self) -> tuple[str, ...]:
        """What each output stands for, as the columns of oof.csv are called."""
        if self.kind == "ordinal":
            return tuple(f"above {name}" for name in self.label_names[:-1])
        return self.label_names

    @property
    def activation(self) -> str:
        """The Keras name of the activation of the outputs."""
        if self.kind == "regression":
            return "linear"
        return "softmax" if self.kind == "multi_class" or self.exclusive else "sigmoid"

    @property
    def classes(self) -> tuple[str, ...]:
        """The values among which a single label is one; none for tasks of several label columns or of numbers."""
        if self.kind in ("multi_class", "ordinal"):
            return self.label_names
        return self.values if self.kind == "binary" else ()


@dataclass(frozen=True, eq=False)
class Truth:
    """What predictions are scored against.

    Attributes:
        labels: as the task has them, a row each.
        weights: `(rows,)` float64, how much a row counts; None: all the same.
        subgroups: `(rows, subgroups)` bool, for metrics that compare subgroups; None: there are
            none.
    """

    labels: np.ndarray
    weights: np.ndarray | None = None
    subgroups: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> "Truth":
        """Return some of the rows."""
        parts = (part if part is None else part[rows] for part in (self.weights, self.subgroups))
        return Truth(self.labels[rows], *parts)


def task_from(stored: Mapping[str, Any]) -> Task:
    """Return a task from its attributes as JSON keeps them: lists for tuples."""
    values: Any = {
        name: tuple(map(_tuple, value)) if isinstance(value, list) else value
        for name, value in stored.items()
    }
    return Task(**values)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
