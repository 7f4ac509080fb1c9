"""Figures as inline SVG: a file for each kind.

No figure holds text from the data, so templates insert them unescaped and label them themselves.
"""

from regard.report.figures.drawing import (
    BLUE,
    COLORS,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SIZE,
    WIDE,
    css_color,
    draw_figure,
)
from regard.report.figures.histogram import histogram
from regard.report.figures.learning_curves import loss_curves, score_curves
from regard.report.figures.lines import Line, lines
from regard.report.figures.scatter import scatter

__all__ = [
    "BLUE",
    "COLORS",
    "GREEN",
    "GREY",
    "INK",
    "ORANGE",
    "PURPLE",
    "SIZE",
    "WIDE",
    "Line",
    "css_color",
    "draw_figure",
    "histogram",
    "lines",
    "loss_curves",
    "scatter",
    "score_curves",
]
