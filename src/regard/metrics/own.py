"""A metric of one's own: `competition.metric=module:function`, a function in a file of the user.

    def score(labels, predictions):
        return ((labels - predictions) ** 2).mean()

    score.greater_is_better = False
    score.compares = "numbers"

It is the short way; a plugin that adds a record to `METRICS` has more choices. The arrays that the
function gets have one dimension if there is one label column:

    compares        labels                            predictions
    labels          0 and 1, classes by number, or    in the same form
                    the numbers of ranks
    probabilities   the same                          of the positive label, or `(rows, labels)`
    numbers         numbers                           numbers

A parameter `names` gets the names of the classes or columns, a parameter `weights` the weights of
the rows or None.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import numpy as np

from regard.config.plugins import attribute_of_module, plugin_hashes
from regard.errors import ConfigError, one_line
from regard.metrics.record import Metric
from regard.tasks import TASKS, Targets, Task

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

COMPARES: tuple[str, ...] = get_args(get_type_hints(Metric)["compares"])
_KEY = "competition.metric"
_EXTRAS = ("names", "weights")

_REGISTERED: dict[str, Metric] = {}


def is_own(name: str) -> bool:
    """Return whether a metric is named as a function of a module."""
    return ":" in name


def register(competition: CompetitionConfig) -> Metric:
    """Import the function that `competition.metric` names, and return its record.

    Raises:
        ConfigError: there is no such function, it takes other arguments, or it is not known whether
            a greater score is better or whether it compares labels or probabilities.
    """
    name = competition.metric
    function = attribute_of_module(_KEY, name)
    extras = _extra_parameters(name, function)
    word = name.partition(":")[2]
    greater = _stated(competition, function, "greater_is_better")
    if not isinstance(greater, bool):
        raise ConfigError(
            f"{_KEY}={name}: it is not known whether a greater score is better; set "
            f"competition.greater_is_better to true or false, or write {word}."
            "greater_is_better = True below the function"
        )
    compares = _compares(competition, function)
    if compares not in COMPARES:
        raise ConfigError(
            f"{_KEY}={name}: it is not known whether it compares labels or probabilities; set "
            f"competition.metric_compares to one of {', '.join(COMPARES)}, or write "
            f'{word}.compares = "labels" below the function'
        )
    metric = Metric(
        (competition.task,), compares, _scorer(name, function, extras, compares), None, greater
    )
    _REGISTERED[name] = metric
    return metric


def registered(name: str) -> Metric | None:
    """Return a metric that `register` has seen in this process."""
    return _REGISTERED.get(name)


def identity_of(name: str) -> list[Any]:
    """Return what a metric of one's own adds to fingerprints: its source and its two choices."""
    metric = registered(name)
    if metric is None:
        return []
    hashes = plugin_hashes([name.partition(":")[0]])
    return [hashes, metric.greater_is_better, metric.compares]


def try_own(name: str, task: Task, targets: Targets) -> str:
    """Call a metric of one's own on labels that are partly exchanged, before any training.

    Returns:
        A warning if perfect predictions score worse than exchanged ones; else an empty string.

    Raises:
        ConfigError: the function fails, or returns no number.
    """
    metric = registered(name)
    if metric is None:
        return ""
    rows = np.random.default_rng(0).permutation(len(targets.labels))
    exchanged = targets.take(rows).labels
    if metric.compares == "labels":
        forms = [targets.labels.astype(np.int64), exchanged.astype(np.int64)]
    else:
        ideal, other = task.ideal_outputs(targets.labels), task.ideal_outputs(exchanged)
        forms = [task.numbers(part * ideal + (1 - part) * other) for part in (0.9, 0.1)]
    right, wrong = (metric.score(task, targets, form) for form in forms)
    if math.isnan(wrong):
        raise ConfigError(f"{_KEY}={name} returns NaN for the rows of train; return a number")
    if right != wrong and (right > wrong) != metric.greater_is_better:
        better = "greater" if metric.greater_is_better else "lower"
        return (
            f"{_KEY}={name} gives nearly perfect predictions {right:.4g} and exchanged ones "
            f"{wrong:.4g}, but {better} is better; see competition.greater_is_better"
        )
    return ""


def _stated(competition: CompetitionConfig, function: Callable[..., Any], name: str) -> Any:
    """Return a choice: the setting, else the attribute of the function."""
    setting = {"compares": "metric_compares"}.get(name, name)
    value = getattr(competition, setting)
    return getattr(function, name, None) if value is None else value


def _compares(competition: CompetitionConfig, function: Callable[..., Any]) -> Any:
    stated = _stated(competition, function, "compares")
    if stated is None and not TASKS[competition.task].has_classes:
        return "numbers"
    return stated


def _extra_parameters(name: str, function: Callable[..., Any]) -> tuple[str, ...]:
    """Return which of `names` and `weights` a function takes besides labels and predictions."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # of C, without a signature
        return ()
    extras = tuple(extra for extra in _EXTRAS if extra in parameters)
    try:
        inspect.signature(function).bind(0, 0, **dict.fromkeys(extras))
    except TypeError as error:
        raise ConfigError(
            f"{_KEY}={name} cannot be called with labels and predictions ({one_line(error)}); "
            "write it as a function of both, and optionally of names and weights"
        ) from error
    return extras


def _scorer(
    name: str, function: Callable[..., Any], extras: tuple[str, ...], compares: str
) -> Callable[[Task, Targets, np.ndarray], float]:
    def score(task: Task, targets: Targets, predictions: np.ndarray) -> float:
        known = {"names": list(task.label_names), "weights": targets.weights}
        labels = _shown(task, targets.labels)
        if compares == "labels":
            predictions = _shown(task, predictions)
        given = {extra: known[extra] for extra in extras}
        try:
            with warnings.catch_warnings():
                # A warning for each epoch and each candidate would bury the log.
                warnings.simplefilter("ignore")
                found = function(labels, _flat(predictions), **given)
        except Exception as error:  # the function may fail in any way
            raise ConfigError(
                f"{_KEY}={name} raised {type(error).__name__}: {one_line(error)} (labels "
                f"{labels.shape} {labels.dtype}, predictions {_flat(predictions).shape} "
                f"{predictions.dtype})"
            ) from error
        return _number(name, found)

    return score


def _number(name: str, found: Any) -> float:
    """Return a score as a float; a ConfigError for anything that is not one number."""
    values = np.asarray(found)
    if values.size != 1 or values.dtype.kind not in "fiub":
        shown = f"shape {values.shape}" if values.size != 1 else f"{type(found).__name__}"
        raise ConfigError(f"{_KEY}={name} returned {shown} instead of one number")
    return float(values.reshape(-1)[0])


def _shown(task: Task, labels: np.ndarray) -> np.ndarray:
    """Return labels as a user's function gets them: numbers of ranks, else as they are coded."""
    numbers = task.label_numbers(labels.astype(np.int64) if task.has_classes else labels)
    return _flat(numbers.astype(np.int64) if _are_whole(task, numbers) else numbers)


def _are_whole(task: Task, numbers: np.ndarray) -> bool:
    return task.has_classes and bool((numbers == np.round(numbers)).all())


def _flat(values: np.ndarray) -> np.ndarray:
    """Return one column as one dimension."""
    return values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
