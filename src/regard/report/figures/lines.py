"""Lines in the unit square, such as ROC curves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from regard.report.figures.drawing import GREY, draw_figure

_MAX_POINTS = 120  # of a line; more would not be seen, and make the page larger


@dataclass(frozen=True, eq=False)
class Line:
    """One line of a figure. The page names lines of labels: figures hold no text from the data.

    Attributes:
        x: `(points,)`.
        y: `(points,)`.
        color: of `figures.drawing`.
        marked: whether each point has a dot.
        label: its name in the legend, not from the data; empty for none.
    """

    x: np.ndarray
    y: np.ndarray
    color: str
    marked: bool = False
    label: str = ""


def lines(
    drawn: Sequence[Line],
    *,
    x_label: str,
    y_label: str,
    salt: str,
    diagonal: bool = False,
) -> Markup:
    """Draw lines in the unit square.

    Args:
        drawn: the lines; each is thinned to 120 points.
        x_label: the title of the x axis, with its unit.
        y_label: the title of the y axis, with its unit.
        salt: makes the ids inside the figure unique; another one for each figure of a page.
        diagonal: whether to draw a dashed line from corner to corner.
    """

    def draw(axes: Any) -> None:
        if diagonal:
            axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, alpha=0.7, linestyle="--")
        for line in drawn:
            x, y = thinned(line.x, line.y)
            marker = "o" if line.marked else None
            axes.plot(
                x,
                y,
                color=line.color,
                linewidth=1.6,
                marker=marker,
                markersize=4,
                label=line.label or None,
            )
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(-0.02, 1.02)

    return draw_figure(draw, salt=salt, x_label=x_label, y_label=y_label)


def thinned(x: np.ndarray, y: np.ndarray, n: int = _MAX_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Return at most `n` points of a line, evenly spaced along it, its ends included.

    Example:
        x [0, 0, 0.5, 1], y [0, 0.5, 1, 1], n=3 -> x [0, 0.5, 1], y [0, 1, 1]
    """
    if len(x) <= n:
        return x, y
    # Steps of equal length on the path: a steep part keeps as many points as a flat one.
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    kept = np.searchsorted(way, np.linspace(0.0, way[-1], n))
    kept[-1] = len(x) - 1
    kept = np.unique(kept)
    return x[kept], y[kept]
