"""Enough training steps for small data sets."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regard.config import BatchesConfig, TrainingConfig


# In smaller batches, batch normalisation and gradient clipping are unreliable.
_MIN_BATCH_SIZE = 8


def with_enough_steps(
    batches: BatchesConfig, training: TrainingConfig, n_rows: int
) -> tuple[BatchesConfig, TrainingConfig]:
    """Return settings that give at least `training.min_steps` training steps for some rows.

    Twelve epochs of 400 rows in batches of 64 are 84 steps, after which the weights are still close
    to their initial values. In that case the number of epochs grows, patience grows with it, and
    batches shrink: the missing factor is split so that epochs take two thirds of its logarithm.
    Other settings in epochs, such as `ema_epochs`, are not changed.

    Args:
        batches: `size` may shrink, but not below 8 rows.
        training: `epochs` and `patience` may grow.
        n_rows: number of rows per epoch, at least 1.

    Returns:
        Both settings; the given objects if they give enough steps.

    Example:
        400 rows, size=64, epochs=12, patience=3, min_steps=600 -> size=33, epochs=47, patience=12
    """
    n_steps = training.epochs * math.ceil(n_rows / batches.size)
    if n_steps >= training.min_steps:
        return batches, training
    size = min(batches.size, n_rows)
    # In the example, 600 / 84 = 7.1 times as many steps are needed. Batches shrink by its cube
    # root, 1.93, and epochs grow by about the rest, 3.7.
    smaller = max(
        round(size / (training.min_steps / n_steps) ** (1 / 3)), min(size, _MIN_BATCH_SIZE)
    )
    epochs = max(math.ceil(training.min_steps / math.ceil(n_rows / smaller)), training.epochs)
    patience = round(training.patience * epochs / training.epochs)
    longer = dataclasses.replace(training, epochs=epochs, patience=patience)
    return dataclasses.replace(batches, size=smaller), longer
