"""The frame of a figure, and its colors."""

import io
import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

GREY = "#8d929b"  # each color is legible on white and on black
ORANGE = "#cc7a3d"
TEAL = "#2f939b"


def draw_figure(draw: Callable[[Any], None], *, salt: str) -> Markup:
    """Draw a figure without pyplot's global state: the same drawing always gives the same SVG.

    Args:
        draw: draws on the axes that it is called with.
        salt: makes the ids inside the figure unique; another one for each figure of a page.
    """
    from matplotlib import style
    from matplotlib.figure import Figure

    # The default style hides the matplotlibrc of the user. Without a salt, ids are random in every
    # run. Text stays text: as outlines it would be larger and could not be searched.
    with style.context(["default", {"svg.hashsalt": salt, "svg.fonttype": "none", "font.size": 9}]):
        figure = Figure(figsize=(4.4, 2.9), layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GREY)
        axes.tick_params(color=GREY, labelcolor=GREY, length=3)
        axes.grid(axis="y", color=GREY, alpha=0.2)
        buffer = io.StringIO()
        # The date, for one, would make each drawing of the same figure differ.
        no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=no_metadata)
    return Markup(_inline_svg(buffer.getvalue()))


def _inline_svg(svg: str) -> str:
    """Remove the XML prologue and ids such as `line2d_1`, which several figures would share."""
    # Ids that others refer to are hashes without a number at the end; they stay.
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    return re.sub(r' id="[\w.]+_\d+"', "", svg)
