"""How many steps a training takes: few rows are learnt in more epochs, and in smaller batches, than many."""

import dataclasses
import math

from regard.config import BatchesConfig, TrainingConfig

_SMALLEST_BATCH = 8  # below, batch normalisation and the clipping of gradients see too little


def with_enough_steps(
    batches: BatchesConfig, training: TrainingConfig, n_rows: int
) -> tuple[BatchesConfig, TrainingConfig]:
    """Return settings by which so many rows are learnt in `training.min_steps` steps, or as given where they are.

    Twelve epochs of 400 rows in batches of 64 are 84 steps, after which the weights are still near where they began.
    So epochs grow, the patience with them, and batches shrink: of the factor that is missing, two thirds of its
    logarithm are epochs. What is counted in epochs besides, such as `ema_epochs`, holds for the epochs that come of it.

    Example:
        400 rows, size=64, epochs=12, patience=3, min_steps=600 -> size=33, epochs=47, patience=12

    Args:
        batches: of which `size` may shrink, to no less than 8 rows.
        training: of which `epochs` and `patience` may grow.
        n_rows: that an epoch learns from, 1 at least.

    Returns:
        Both, changed or the very ones that were given.
    """
    n_steps = training.epochs * math.ceil(n_rows / batches.size)
    if n_steps >= training.min_steps:
        return batches, training
    size = min(batches.size, n_rows)
    smaller = max(round(size / (training.min_steps / n_steps) ** (1 / 3)), min(size, _SMALLEST_BATCH))
    epochs = max(math.ceil(training.min_steps / math.ceil(n_rows / smaller)), training.epochs)
    patience = round(training.patience * epochs / training.epochs)
    more = dataclasses.replace(training, epochs=epochs, patience=patience)
    return dataclasses.replace(batches, size=smaller), more
