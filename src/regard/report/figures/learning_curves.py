"""The losses and scores of the folds over their epochs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from regard.report.figures.drawing import BLUE, COLORS, ORANGE, draw_figure

_STYLES = ("solid", (0, (4, 1.5)), (0, (1, 1)))


def loss_curves(histories: Sequence[Mapping[str, Any]]) -> Markup:
    """Draw the training and validation loss: the mean of the folds, and a thin line for each fold.

    Args:
        histories: for each fold `best_epoch` and `epochs`, a record each.
    """

    def draw(axes: Any) -> None:
        for column, label, color in (
            ("loss", "training", BLUE),
            ("valid_loss", "validation", ORANGE),
        ):
            for history in histories if len(histories) > 1 else ():
                axes.plot(*_line(history, column), color=color, alpha=0.35, linewidth=0.9)
            axes.plot(*_mean_line(histories, column), color=color, linewidth=2, label=label)
        _whole_epochs(axes)

    return draw_figure(draw, salt="losses", x_label="epoch", y_label="loss")


def score_curves(
    histories: Sequence[Mapping[str, Any]], folds: Sequence[int], column: str, y_label: str
) -> Markup:
    """Draw the validation score of each fold, with a dot at the epoch whose weights are kept.

    Args:
        histories: for each fold `best_epoch` and `epochs`, a record each.
        folds: the numbers of the folds.
        column: the key of the score in a record.
        y_label: the title of the y axis.
    """

    def draw(axes: Any) -> None:
        for index, (fold, history) in enumerate(zip(folds, histories, strict=True)):
            epochs, values = _line(history, column)
            style, color = divmod(index, len(COLORS))
            axes.plot(
                epochs,
                values,
                color=COLORS[color],
                linestyle=_STYLES[style % len(_STYLES)],
                linewidth=1.4,
                marker="o",
                markersize=5,
                # The marker is only on the best epoch.
                markevery=np.flatnonzero(epochs == history["best_epoch"]).tolist(),
                label=f"fold {fold}",
            )
        _whole_epochs(axes)

    return draw_figure(draw, salt="scores", x_label="epoch", y_label=y_label)


def _line(history: Mapping[str, Any], column: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the epochs of a fold and the values of a column, `(epochs,)` each."""
    epochs = np.array([record["epoch"] for record in history["epochs"]])
    # An epoch may lack a value that others have; a line has a gap there.
    return epochs, np.array([record.get(column, np.nan) for record in history["epochs"]], float)


def _mean_line(
    histories: Sequence[Mapping[str, Any]], column: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the epochs that all folds reached, and the mean of the folds.

    Example:
        losses [0.9, 0.5] and [0.7, 0.5, 0.4] -> epochs [1, 2], means [0.8, 0.5]
    """
    lines = [_line(history, column) for history in histories]
    # A fold that stops early would make the mean jump after its last epoch.
    shortest = min((epochs for epochs, _ in lines), key=len)
    n = len(shortest)
    return shortest, np.mean([values[:n] for _, values in lines], axis=0)


def _whole_epochs(axes: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
