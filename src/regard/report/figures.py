"""Figures as inline SVG.

No figure holds text from the data, so templates insert them unescaped and label them themselves.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

GREY = "#8d929b"  # each color is legible on white and on black
ORANGE = "#cc7a3d"
TEAL = "#2f939b"
# An SVG has an element for each point, so their number decides the size of the page.
_MAX_POINTS = 2000


def learning_curves(histories: Sequence[Mapping[str, Any]], colors: Mapping[str, str]) -> Markup:
    """Draw a line for each fold and column, with a dot at the best epoch.

    Args:
        histories: for each fold `best_epoch` and `epochs`, a record each.
        colors: the columns to draw and their colors.
    """

    def draw(axes: Any) -> None:
        from matplotlib.ticker import MaxNLocator

        for history in histories:
            epochs = [record["epoch"] for record in history["epochs"]]
            best = [index for index, epoch in enumerate(epochs) if epoch == history["best_epoch"]]
            for column, color in colors.items():
                # `markevery` puts the marker only on the best epoch.
                axes.plot(
                    epochs,
                    [record[column] for record in history["epochs"]],
                    color=color,
                    alpha=0.75,
                    # The validation rows choose the best epoch, so the training loss gets no dot.
                    marker=None if column == "loss" else "o",
                    markevery=best,
                    linewidth=1.4,
                )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))

    return _figure(draw, salt=",".join(colors))


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

    def draw(axes: Any) -> None:
        # The diagonal, on which a perfect prediction would be.
        ends = [labels.min(), labels.max()]
        axes.plot(ends, ends, color=GREY, linewidth=1, alpha=0.7)
        axes.scatter(labels[rows], predicted[rows], s=5, color=TEAL, alpha=0.35, linewidths=0)
        axes.set_xlabel("true", color=GREY)
        axes.set_ylabel("predicted", color=GREY)

    return _figure(draw, salt=salt)


def _figure(draw: Callable[[Any], None], *, salt: str) -> Markup:
    """Draw without pyplot's global state: the same drawing always gives the same SVG."""
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
