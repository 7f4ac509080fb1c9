"""The frame of a figure, and its colours.

A figure is drawn in the colours below. In the page, CSS variables take their place, so that each
colour reads well on light and on dark paper.
"""

import io
import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

# Legible on light and on dark paper, and apart from each other for those who see fewer colours.
BLUE = "#0067a3"
ORANGE = "#b84e00"
GREEN = "#00795c"
PURPLE = "#8a2a6b"
INK = "#22262b"  # of text
GREY = "#62676e"  # of axes and of whatever stays in the background
# For lines or bars of several kinds, in this order.
COLORS = (BLUE, ORANGE, GREEN, PURPLE, INK)
VARIABLES = {
    BLUE: "--blue",
    ORANGE: "--orange",
    GREEN: "--green",
    PURPLE: "--purple",
    INK: "--ink",
    GREY: "--muted",
}
SIZE = (4.6, 3.1)  # inches; the page scales all figures to one width
WIDE = (9.2, 3.1)


def draw_figure(
    draw: Callable[[Any], None],
    *,
    salt: str,
    x_label: str = "",
    y_label: str = "",
    size: tuple[float, float] = SIZE,
) -> Markup:
    """Draw a figure without pyplot's global state: the same drawing always gives the same SVG.

    A legend is drawn above the figure if anything in it has a label.

    Args:
        draw: draws on the axes that it is called with, in the colours of this module.
        salt: makes the ids inside the figure unique; another one for each figure of a page.
        x_label: the title of the x axis, with its unit.
        y_label: the title of the y axis, with its unit.
        size: width and height in inches; SIZE unless the figure spans the page.
    """
    from matplotlib import style
    from matplotlib.figure import Figure

    # The default style hides the matplotlibrc of the user. Without a salt, ids are random in every
    # run. Text stays text: as outlines it would be larger and could not be searched.
    with style.context(["default", {"svg.hashsalt": salt, "svg.fonttype": "none", "font.size": 9}]):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.set_xlabel(x_label, color=GREY)
        axes.set_ylabel(y_label, color=GREY)
        _frame(axes)
        buffer = io.StringIO()
        # The date, for one, would make each drawing of the same figure differ.
        no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=no_metadata)
    return Markup(_inline_svg(buffer.getvalue()))


def css_color(color: str) -> str:
    """Return a colour of this module as CSS, for a legend in HTML.

    Example:
        BLUE -> "var(--blue)"
    """
    return f"var({VARIABLES[color]})"


def _frame(axes: Any) -> None:
    """Draw the axes, the grid and the legend."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(color=GREY, labelcolor=GREY, length=3)
    axes.grid(axis="y", color=GREY, alpha=0.2)
    axes.set_axisbelow(True)
    labels = axes.get_legend_handles_labels()[1]
    if labels:
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=min(len(labels), 5),
            frameon=False,
            labelcolor=GREY,
            borderpad=0.2,
            borderaxespad=0.2,
            columnspacing=1.2,
            handlelength=1.6,
        )


def _inline_svg(svg: str) -> str:
    """Remove the XML prologue and ids such as `line2d_1`, which several figures would share."""
    # Ids that others refer to are hashes without a number at the end; they stay.
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r' id="[\w.]+_\d+"', "", svg)
    svg = re.sub(r"\n *", "\n", svg)
    return re.sub("|".join(VARIABLES), lambda color: css_color(color[0]), svg)
