"""The page of a search: all trials, how the best score rose, and which settings mattered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from regard.report.figures.searching import (
    History,
    ParallelAxis,
    bars,
    draw_history,
    parallel_coordinates,
)
from regard.report.page import Part, render_page

# Beyond these, rows of the table are folded.
_N_OPEN = 20
_TITLES = {
    "best": "Best settings",
    "history": "History",
    "parallel": "Parallel coordinates",
    "importance": "Importance",
    "trials": "Trials",
}


@dataclass(frozen=True)
class Axis:
    """A setting that was varied.

    Attributes:
        key: its dotted name.
        short: the end of its name that no other setting has.
        low: the lowest number of a range.
        high: the highest.
        log: whether the range is logarithmic.
        choices: the values to choose from, as they are typed; empty for a range.
    """

    key: str
    short: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[str, ...] = ()

    def place(self, value: Any) -> float:
        """Return where a value lies, from 0, the lowest or first one, to 1.

        Example:
            low 1, high 100, log=True: 10 -> 0.5
        """
        if self.choices:
            return self.choices.index(value) / max(len(self.choices) - 1, 1)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class TracedTrial:
    """A trial.

    Attributes:
        number: from 0.
        result: "complete", "pruned", "failed" or "unfinished".
        score: of the folds that were trained; NaN if none was.
        fold_scores: of each of these folds.
        seconds: of their training.
        params: the drawn value of each setting: a number, or a typed choice.
        settings: the value of each setting as it is typed; that of the defaults may be in no range.
        run: the name of its run, if it is complete.
        reason: why it failed.
    """

    number: int
    result: str
    score: float
    fold_scores: tuple[float, ...]
    seconds: float
    params: Mapping[str, Any]
    settings: Mapping[str, str]
    run: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Trace:
    """A search.

    Attributes:
        competition: its name.
        study: the name of the search.
        model: the name of the model.
        metric: the metric of the scores.
        greater_is_better: whether a greater score is better.
        axes: the settings that were varied.
        trials: by their numbers.
        best: the number of the best trial.
        folds_better: in how many folds it is better than the defaults, and the number of folds.
        importance: the share of settings in the spread of the scores; empty if it is not known.
        page: the name of the page of the best settings.
        command: the command that trains it.
    """

    competition: str
    study: str
    model: str
    metric: str
    greater_is_better: bool
    axes: Sequence[Axis]
    trials: Sequence[TracedTrial]
    best: int
    folds_better: tuple[int, int]
    importance: Mapping[str, float]
    page: str
    command: str

    @property
    def complete(self) -> list[TracedTrial]:
        """The complete trials, the best first."""
        sign = -1 if self.greater_is_better else 1
        complete = [trial for trial in self.trials if trial.result == "complete"]
        return sorted(complete, key=lambda trial: (sign * trial.score, trial.number))


def render_trace(data: Trace) -> str:
    """Return the search as one HTML page; the same data gives the same page."""
    by_number = {trial.number: trial for trial in data.trials}
    best, first = by_number[data.best], by_number[0]
    n_failed = sum(trial.result == "failed" for trial in data.trials)
    values = {
        "data": data,
        "best": best,
        "first": first,
        "has_defaults": first.result == "complete",
        "counts": {
            result: sum(trial.result == result for trial in data.trials)
            for result in ("complete", "pruned", "failed", "unfinished")
        },
        "history": draw_history(_history(data), data.metric),
        "parallel": _parallel(data),
        "importance": bars(_importance(data), "share of the spread") if data.importance else None,
        "rows": _rows(data),
        "n_open": _N_OPEN,
        "has_reasons": n_failed > 0,
    }
    sections = [name for name in _TITLES if name != "importance" or data.importance]
    parts = [Part(_TITLES[name], [(name, Markup(_TITLES[name]))]) for name in sections]
    return render_page("tuning.html", values, parts=parts)


def _history(data: Trace) -> History:
    """Return the score of each trial, and the best complete one until then."""
    known = [trial for trial in data.trials if not math.isnan(trial.score)]
    complete = [trial for trial in known if trial.result == "complete"]
    better = max if data.greater_is_better else min
    best_so_far: list[float] = []
    for trial in complete:
        best_so_far.append(better([*best_so_far[-1:], trial.score]))
    return History(
        complete=[(trial.number, trial.score) for trial in complete],
        others=[(trial.number, trial.score) for trial in known if trial.result == "pruned"],
        best=list(zip([trial.number for trial in complete], best_so_far, strict=True)),
    )


def _parallel(data: Trace) -> Markup:
    """Draw a line for each complete trial; the best quarter stands out."""
    complete = data.complete
    scores = [trial.score for trial in complete]
    low, high = min(scores), max(scores)
    span = (high - low) or 1.0
    lines = [
        [*(axis.place(trial.params[axis.key]) for axis in data.axes), (trial.score - low) / span]
        for trial in complete
    ]
    axes = [ParallelAxis(axis.short, *_ends(axis)) for axis in data.axes]
    return parallel_coordinates(
        [*axes, ParallelAxis(data.metric, f"{low:.4f}", f"{high:.4f}")],
        lines,
        n_good=max(len(lines) // 4, 1),
    )


def _ends(axis: Axis) -> tuple[str, str]:
    if axis.choices:
        return axis.choices[0], axis.choices[-1]
    return f"{axis.low:g}", f"{axis.high:g}"


def _importance(data: Trace) -> list[tuple[str, float]]:
    names = {axis.key: axis.short for axis in data.axes}
    shares = sorted(data.importance.items(), key=lambda item: -item[1])
    return [(names.get(key, key), share) for key, share in shares]


def _rows(data: Trace) -> list[TracedTrial]:
    """Return the trials as the table lists them: complete ones by score, then the others."""
    others = [trial for trial in data.trials if trial.result != "complete"]
    return [*data.complete, *others]
