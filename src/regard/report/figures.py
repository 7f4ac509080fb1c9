"""Drawings, as SVG that stands in the page."""

import io
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from regard.report.content import ReportData
from regard.report.markup import escape

GREY, ORANGE, TEAL = "#8d929b", "#cc7a3d", "#2f939b"  # legible on white and on black
_MAX_POINTS = 2000


def learning_curves(data: ReportData, colors: Mapping[str, str]) -> str:
    """Draw a line for each fold and each column of the histories.

    Args:
        data: histories and best epochs.
        colors: of each column of the histories that is drawn.
    """

    def draw(axes: Any) -> None:
        from matplotlib.ticker import MaxNLocator

        for history, best_epoch in zip(data.histories, data.best_epochs, strict=True):
            epochs = [record["epoch"] for record in history]
            for column, color in colors.items():
                marker = None if column == "loss" else "o"
                best = [epochs.index(best_epoch)] if best_epoch in epochs else []
                values = [record[column] for record in history]
                axes.plot(
                    epochs,
                    values,
                    color=color,
                    alpha=0.75,
                    marker=marker,
                    markevery=best,
                    linewidth=1.4,
                )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))

    return _figure(draw, f"{' and '.join(colors)} over epochs")


def scatter(truth: np.ndarray, predicted: np.ndarray, label: str) -> str:
    """Draw predicted numbers over true ones; of very many, some thousand evenly chosen ones.

    Args:
        truth: `(rows,)`.
        predicted: `(rows,)`.
        label: what the drawing shows, for those who cannot see it.
    """
    rows = np.unique(np.linspace(0, len(truth) - 1, _MAX_POINTS).astype(np.int64))

    def draw(axes: Any) -> None:
        ends = [truth.min(), truth.max()]
        axes.plot(ends, ends, color=GREY, linewidth=1, alpha=0.7)
        axes.scatter(truth[rows], predicted[rows], s=5, color=TEAL, alpha=0.35, linewidths=0)
        axes.set_xlabel("true", color=GREY)
        axes.set_ylabel("predicted", color=GREY)

    return _figure(draw, label)


def _figure(draw: Callable[[Any], None], label: str) -> str:
    """Draw without the state that pyplot keeps; the same drawing gives the same text."""
    from matplotlib import style
    from matplotlib.figure import Figure

    with style.context(
        ["default", {"svg.hashsalt": label, "svg.fonttype": "none", "font.size": 9}]
    ):
        figure = Figure(figsize=(4.4, 2.9), layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GREY)
        axes.tick_params(color=GREY, labelcolor=GREY, length=3)
        axes.grid(axis="y", color=GREY, alpha=0.2)
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _inline_svg(buffer.getvalue(), label)


def _inline_svg(svg: str, label: str) -> str:
    """Take away what only a file of its own needs, and the ids that two figures would share."""
    svg = re.sub(
        r"<metadata>.*?</metadata>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.DOTALL
    )
    svg = re.sub(r' id="[\w.]+_\d+"', "", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)
