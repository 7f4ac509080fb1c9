"""The record of a metric, and the dictionary of all metrics.

A metric may have an argument: `f_beta` has beta, `map_at_k` has k. With the argument its name is
`f_2` or `map_at_3`, and the dictionary returns such metrics, too.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from regard.errors import ConfigError
from regard.metrics.confusion import RatioOfSums, Scores, count_labels
from regard.tasks import Targets, Task

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

Function = Callable[[Task, Targets, np.ndarray], float]

# The word of a name that stands for the argument, and the setting that holds it.
ARGUMENTS = {"beta": "beta", "k": "top_k"}


@dataclass(frozen=True)
class Metric:
    """A score.

    Attributes:
        tasks: the kinds of task that it suits; kinds that inherit from these are suited too.
        compares: "labels"; "ranks", for which only the order of each column counts; "rankings", for
            which only the order of the labels in each row counts; "probabilities"; or "numbers".
        function: the score of the task, the targets, and the predictions: decided labels if labels
            are compared, else `Task.numbers`.
        from_confusion: of labels, instead of `function`: the scores `(candidates,)` of confusion
            counts, from which thresholds are tuned fastest.
        greater_is_better: whether higher scores are better.
        one_column: whether it is for one label column only.
        needs_subgroups: whether it compares subgroups of rows.
        best_at_likeliest: whether every mistake costs the same, so that the likeliest class is the
            best decision and thresholds of classes gain nothing.
        quick: the same score of rows without weights, computed faster.
        make: of a metric with an argument: the metric of a value of it.
    """

    tasks: tuple[str, ...]
    compares: Literal["labels", "ranks", "rankings", "probabilities", "numbers"]
    function: Function | None = None
    from_confusion: Scores | None = None
    greater_is_better: bool = True
    one_column: bool = False
    needs_subgroups: bool = False
    best_at_likeliest: bool = False
    quick: Function | None = None
    make: Callable[[float], Metric] | None = None

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

    @property
    def raised(self) -> Scores | None:
        """The scores of `from_confusion`, negated if lower ones are better."""
        scores_of = self.from_confusion
        if scores_of is None or self.greater_is_better:
            return scores_of
        if isinstance(scores_of, RatioOfSums):
            return scores_of.negated()
        return lambda found: -scores_of(found)


def with_argument(make: Callable[[float], Metric], default: float) -> Metric:
    """Return a metric with an argument, which without a value has the default one."""
    return dataclasses.replace(make(default), make=make)


class Metrics(dict[str, Metric]):
    """The metrics by name; also those with a value of their argument, which are not listed.

    Example:
        METRICS["f_2"] is METRICS["f_beta"].make(2.0); METRICS["map_at_3"] that of k = 3
    """

    def __missing__(self, name: str) -> Metric:
        """Return the metric of a name with a value, or a metric of a user's module.

        Raises:
            KeyError: there is none.
        """
        from regard.metrics.own import registered

        found = registered(name) or self._with_value(name)
        if found is None:
            raise KeyError(name)
        return found

    def find(self, name: str) -> Metric | None:
        """Return a metric by its name; None if there is none."""
        try:
            return self[name]
        except KeyError:
            return None

    def split(self, name: str) -> tuple[str, float] | None:
        """Return the listed name and the value of a name with a value; None for other names.

        Example:
            "f_0.5_macro" -> ("f_beta_macro", 0.5)
        """
        for family, metric in self.items():
            if metric.make is not None:
                word = argument_of(family)
                value = r"([0-9]+)" if word == "k" else r"([0-9]+(?:\.[0-9]+)?)"
                before, after = map(re.escape, re.split(rf"(?<![a-z]){word}(?![a-z])", family))
                found = re.fullmatch(before + value + after, name)
                if found and float(found[1]) > 0:
                    return family, float(found[1])
        return None

    def resolve(self, competition: CompetitionConfig) -> str:
        """Return the name of a competition's metric with its argument; import one of the user.

        A name that holds a value, such as map_at_3, also sets `competition.top_k` or `beta`.

        Raises:
            ConfigError: an argument is missing, out of range or of no use.
        """
        from regard.metrics.own import is_own, register

        name = competition.metric
        if is_own(name):
            register(competition)
        elif competition.greater_is_better is not None or competition.metric_compares is not None:
            raise ConfigError(
                f"competition.metric={name} has its own direction and form; set "
                "competition.greater_is_better=null and competition.metric_compares=null, which "
                "are for a metric of your own, module:function"
            )
        parts = self.split(name)
        family, value = parts or (name, None)
        word = argument_of(family) if family in self and self[family].make else ""
        if competition.beta is not None and word != "beta":
            raise ConfigError(
                f"competition.beta={competition.beta} is for f_beta, f_beta_macro, f_beta_micro "
                f"and f_beta_samples, not for competition.metric={name}; set it to null"
            )
        if not word:
            return name
        return name_with(family, _argument(competition, name, word, value))

    def _with_value(self, name: str) -> Metric | None:
        parts = self.split(name)
        if parts is None:
            return None
        family, value = parts
        make = self[family].make
        return _made(make, value) if make is not None else None


def argument_of(name: str) -> str:
    """Return the word for the argument in the name of a metric that has one.

    Example:
        "top_k_accuracy" -> "k"
    """
    return next(word for word in name.split("_") if word in ARGUMENTS)


def name_with(name: str, value: float) -> str:
    """Return the name of a metric with a value of its argument.

    Example:
        "f_beta_macro", 0.5 -> "f_0.5_macro"
    """
    word = argument_of(name)
    return re.sub(rf"(?<![a-z]){word}(?![a-z])", f"{value:.15g}", name)


def is_value(word: str, value: float) -> bool:
    """Return whether a number can be the argument: k is whole and at least 1."""
    if word == "k":
        return value >= 1 and value == int(value)
    return 0.01 <= value <= 100


def _argument(competition: CompetitionConfig, name: str, word: str, value: float | None) -> float:
    """Return the value of an argument, from the name of the metric or from its setting."""
    setting = ARGUMENTS[word]
    given = getattr(competition, setting)
    if value is not None and given is not None and given != value:
        raise ConfigError(
            f"competition.metric={name}, but competition.{setting}={given}; set "
            f"competition.{setting}=null, or competition.metric without its number"
        )
    found = value if given is None else float(given)
    if found is None:
        example = "2 (recall counts more) or 0.5" if word == "beta" else "3"
        raise ConfigError(
            f"competition.metric={name} needs competition.{setting}, such as {example}"
        )
    if not is_value(word, found):
        limits = "from 0.01 to 100" if word == "beta" else "that is whole and at least 1"
        raise ConfigError(
            f"competition.{setting}={found:g} is out of range; give a number {limits}"
        )
    setattr(competition, setting, int(found) if word == "k" else found)
    return found


@functools.cache
def _made(make: Callable[[float], Metric], value: float) -> Metric:
    return make(value)
