"""The losses and scores of the folds over their epochs."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from regard.report.figures.drawing import draw_figure


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

    return draw_figure(draw, salt=",".join(colors))
