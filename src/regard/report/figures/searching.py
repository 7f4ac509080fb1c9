"""Figures of a search of settings: its history, its trials side by side, and shares as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from regard.report.figures.drawing import BLUE, GREY, ORANGE, WIDE, draw_figure

_BAR_HEIGHT = 0.26  # inches
_MAX_CHARACTERS = 16


@dataclass(frozen=True)
class History:
    """Scores by the number of the trial.

    Attributes:
        complete: of complete trials.
        others: of trials that were given up, on the folds that they trained.
        best: the best score of the complete trials so far.
    """

    complete: Sequence[tuple[int, float]]
    others: Sequence[tuple[int, float]]
    best: Sequence[tuple[int, float]]


@dataclass(frozen=True)
class ParallelAxis:
    """An axis of parallel coordinates.

    Attributes:
        name: its title.
        low: the text at its lower end.
        high: the text at its upper end.
    """

    name: str
    low: str
    high: str


def draw_history(history: History, metric: str) -> Markup:
    """Draw the score of each trial, and the best one so far as a line."""

    def draw(axes: Any) -> None:
        from matplotlib.ticker import MaxNLocator

        if history.others:
            axes.scatter(*zip(*history.others, strict=True), s=14, color=GREY, alpha=0.6,
                         linewidths=0, label="pruned")  # fmt: skip
        axes.scatter(*zip(*history.complete, strict=True), s=18, color=BLUE, linewidths=0,
                     label="complete")  # fmt: skip
        axes.step(*zip(*history.best, strict=True), where="post", color=ORANGE, linewidth=1.4,
                  label="best so far")  # fmt: skip
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))

    return draw_figure(draw, salt="history", x_label="trial", y_label=metric, size=WIDE)


def parallel_coordinates(
    axes: Sequence[ParallelAxis], trials: Sequence[Sequence[float]], *, n_good: int
) -> Markup:
    """Draw a line across all axes for each trial.

    Args:
        axes: the settings, and the score last.
        trials: the place on each axis, from 0 to 1; the best trial first.
        n_good: how many of the first lines stand out.
    """
    places = range(len(axes))

    def draw(figure: Any) -> None:
        for rank in reversed(range(len(trials))):
            is_good = rank < n_good
            figure.plot(
                places,
                trials[rank],
                color=ORANGE if rank == 0 else BLUE if is_good else GREY,
                linewidth=2.2 if rank == 0 else 1.3 if is_good else 0.9,
                alpha=1.0 if rank == 0 else 0.8 if is_good else 0.35,
                label={0: "the best", 1: "the best quarter", n_good: "others"}.get(rank),
            )
        for place, axis in enumerate(axes):
            figure.axvline(place, color=GREY, linewidth=0.8, alpha=0.6)
            for height, text, side in ((-0.03, axis.low, "top"), (1.03, axis.high, "bottom")):
                figure.text(place, height, _short(text), color=GREY, fontsize=7.5, ha="center",
                            va=side)  # fmt: skip
        figure.set_xticks(places, [axis.name for axis in axes], rotation=28, ha="right")
        figure.set_yticks([])
        figure.set_ylim(-0.12, 1.12)
        figure.spines["left"].set_visible(False)

    return draw_figure(draw, salt="parallel", size=(WIDE[0], 4.2))


def bars(shares: Sequence[tuple[str, float]], x_label: str) -> Markup:
    """Draw a bar for each name, the first one on top."""
    names = [name for name, _ in reversed(shares)]
    values = [value for _, value in reversed(shares)]

    def draw(axes: Any) -> None:
        axes.barh(names, values, color=BLUE, height=0.6)
        axes.grid(axis="y", visible=False)

    height = 0.7 + _BAR_HEIGHT * len(shares)
    return draw_figure(draw, salt="importance", x_label=x_label, size=(WIDE[0], height))


def _short(text: str) -> str:
    return text if len(text) <= _MAX_CHARACTERS else f"{text[: _MAX_CHARACTERS - 1]}…"
