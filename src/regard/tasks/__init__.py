"""Tasks: labels as numbers, and outputs as labels, numbers or submitted values.

Everything in which one kind of task differs from another is in the class of the kind. The losses
of networks are in `network.losses`, scores in `metrics`.

    kind          labels                                 outputs `(rows, n_outputs)`
    binary        `(rows, 1)` of 0 and 1                 the probability of the positive value
    multi_class   `(rows,)` int, the class               a probability for each class
    multi_label   `(rows, columns)` of 0 and 1           a probability for each column
    ordinal       `(rows,)` int, the rank from 0         the probabilities that the rank is
                                                         above 0, above 1, ...
    regression    `(rows, columns)`                      a number for each column, within its range
    soft_labels   `(rows, columns)` from 0 to 1          a probability for each column

A new kind of task is a subclass of `Task`, or of one of the forms in `forms`, and an entry of
`TASKS`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regard.artefacts import read_json
from regard.errors import ArtefactError
from regard.tasks.base import Task
from regard.tasks.binary import Binary
from regard.tasks.marks import KNOWN_PAIRS
from regard.tasks.multi_class import MultiClass
from regard.tasks.multi_label import MultiLabel
from regard.tasks.ordinal import Ordinal
from regard.tasks.regression import Regression
from regard.tasks.soft_labels import SoftLabels
from regard.tasks.targets import Targets

__all__ = [
    "KNOWN_PAIRS",
    "TASKS",
    "Binary",
    "MultiClass",
    "MultiLabel",
    "Ordinal",
    "Regression",
    "SoftLabels",
    "Targets",
    "Task",
    "read_task",
    "task_from",
]

TASKS: dict[str, type[Task]] = {
    task.kind: task for task in (Binary, MultiClass, MultiLabel, Ordinal, Regression, SoftLabels)
}


def task_from(stored: Mapping[str, Any]) -> Task:
    """Build a task from the dictionary of `Task.to_dict`, or from its JSON with lists for tuples.

    Example:
        {"kind": "multi_class", "label_names": ["a", "b"]} -> MultiClass(("a", "b"))
    """
    fields = {name: _with_tuples(value) for name, value in stored.items() if name != "kind"}
    return TASKS[stored["kind"]](**fields)


def read_task(path: Path) -> Task:
    """Read a task from the JSON of `Task.to_dict`.

    Raises:
        ArtefactError: the file is missing, broken or not that of a task.
    """
    stored = read_json(path)
    try:
        task = task_from(stored)
        _check_names(task)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtefactError(f"{path}: not a task ({type(error).__name__}: {error})") from error
    return task


def _check_names(task: Task) -> None:
    """Raise a TypeError unless the names of labels are texts: the file may be of other people."""
    marks = getattr(task, "marks", ())  # a negative and a positive value, or none
    if len(marks) not in (0, 2):
        raise TypeError("marks are no pair")
    for names in (task.label_names, marks):
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            raise TypeError("names of labels are no list of texts")


def _with_tuples(value: Any) -> Any:
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value
