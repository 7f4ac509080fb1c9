"""How often numbers fall into ranges."""

from typing import Any

import numpy as np
from markupsafe import Markup

from regard.report.figures.drawing import BLUE, GREY, draw_figure

_N_BINS = 40


def histogram(
    values: np.ndarray, *, x_label: str, salt: str, y_label: str = "rows", zero: bool = False
) -> Markup:
    """Draw how many values are in each of 40 ranges of equal width.

    Args:
        values: `(rows,)`.
        x_label: the title of the horizontal axis.
        salt: makes the ids inside the figure unique; another one for each figure of a page.
        y_label: the title of the vertical axis: the unit of the counts.
        zero: whether to draw a line at zero.
    """
    counts, edges = np.histogram(values, bins=_N_BINS)

    def draw(axes: Any) -> None:
        # One outline instead of 40 bars, which would each be an element of the page.
        axes.stairs(counts, edges, fill=True, color=BLUE, alpha=0.6)
        if zero:
            axes.axvline(0.0, color=GREY, linewidth=1)

    return draw_figure(draw, salt=salt, x_label=x_label, y_label=y_label)
