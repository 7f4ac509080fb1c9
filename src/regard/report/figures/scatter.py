"""Predicted over true numbers."""

from typing import Any

import numpy as np
from markupsafe import Markup

from regard.report.figures.drawing import BLUE, GREY, draw_figure

# An SVG has an element for each point, so their number decides the size of the page.
_MAX_POINTS = 2000


def scatter(labels: np.ndarray, predicted: np.ndarray, *, salt: str) -> Markup:
    """Draw predicted over true numbers; of very many rows, evenly spaced ones.

    Args:
        labels: `(rows,)`.
        predicted: `(rows,)`.
        salt: makes the ids inside the figure unique; another one for each figure of a page.
    """
    # Of 3 rows, 5 points have the indices [0, 0.5, 1, 1.5, 2], rounded down [0, 0, 1, 1, 2]; each
    # once they are [0, 1, 2].
    rows = np.unique(np.linspace(0, len(labels) - 1, _MAX_POINTS).astype(np.int64))

    # Many points overlap, and their number shows by the depth of the colour.
    alpha = 0.8 if len(rows) <= 200 else 0.4

    def draw(axes: Any) -> None:
        # The diagonal, on which a perfect prediction would be.
        ends = [labels.min(), labels.max()]
        axes.plot(ends, ends, color=GREY, linewidth=1, alpha=0.7)
        axes.scatter(labels[rows], predicted[rows], s=9, color=BLUE, alpha=alpha, linewidths=0)

    return draw_figure(draw, salt=salt, x_label="true value", y_label="predicted value")
