"""The registry of callbacks: Keras callbacks that follow the training of each fold.

A new callback is one entry, a function from the folder of the fold to the callback:

    CALLBACKS["stop_on_nan"] = lambda folder: keras.callbacks.TerminateOnNaN()

Its logs are `loss` after a batch, and `loss`, `val_loss` and `val_<metric>` after an epoch. Setting
`model.stop_training` ends the fold after the epoch. A resumed fold starts its callbacks anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def _csv_logger(folder: Path) -> keras.callbacks.Callback:
    """Write a line for each epoch to `epochs.csv`, to follow a long training from outside."""
    import keras

    # Appended to: a resumed fold goes on with the lines of its earlier epochs.
    return keras.callbacks.CSVLogger(folder / "epochs.csv", append=True)


# The choices of the setting training.callbacks.
CALLBACKS: dict[str, Callable[[Path], keras.callbacks.Callback]] = {"csv_logger": _csv_logger}
