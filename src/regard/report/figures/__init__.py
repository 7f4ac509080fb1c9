"""Figures as inline SVG: a file for each kind.

No figure holds text from the data, so templates insert them unescaped and label them themselves.
"""

from regard.report.figures.drawing import GREY, ORANGE, TEAL, draw_figure
from regard.report.figures.learning_curves import learning_curves
from regard.report.figures.scatter import scatter

__all__ = ["GREY", "ORANGE", "TEAL", "draw_figure", "learning_curves", "scatter"]
