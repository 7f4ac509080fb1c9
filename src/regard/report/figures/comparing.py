"""Figures of two runs: their curves, and the draws of their difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from regard.report.figures.drawing import BLUE, GREY, ORANGE, draw_figure

_NAMES = ("first run", "second run")
_STYLES = ("solid", (0, (4, 1.5)))  # told apart without colours, too
_N_BARS = 40


def curves_of_two(
    histories: Sequence[Sequence[Mapping[str, Any]]], column: str, y_label: str
) -> Markup:
    """Draw a line for each fold of two runs.

    Args:
        histories: for both runs and each fold `epochs`, a record each.
        column: the key of a value in a record.
        y_label: the title of the y axis.
    """

    def draw(axes: Any) -> None:
        from matplotlib.ticker import MaxNLocator

        for folds, color, style, name in zip(
            histories, (BLUE, ORANGE), _STYLES, _NAMES, strict=True
        ):
            for number, history in enumerate(folds):
                epochs = [record["epoch"] for record in history["epochs"]]
                values = [record.get(column, np.nan) for record in history["epochs"]]
                axes.plot(
                    epochs,
                    values,
                    color=color,
                    linestyle=style,
                    linewidth=1.3,
                    # A run of a single epoch, such as a linear one, is a row of points.
                    marker="o" if len(epochs) == 1 else None,
                    label=None if number else name,
                )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))

    return draw_figure(draw, salt=f"compared {column}", x_label="epoch", y_label=y_label)


def spread_of_draws(draws: np.ndarray, metric: str) -> Markup | None:
    """Draw the differences of all draws as a histogram; None if there are none."""
    if len(draws) == 0:
        return None

    def draw(axes: Any) -> None:
        axes.hist(draws, bins=_N_BARS, color=BLUE)
        axes.axvline(0.0, color=GREY, linewidth=1.2, linestyle=(0, (4, 2)))

    x_label = f"second less first, {metric}"
    return draw_figure(draw, salt="draws", x_label=x_label, y_label="draws")
