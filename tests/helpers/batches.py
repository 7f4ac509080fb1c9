"""Settings of batches, and inputs of pairs."""

import numpy as np

from helpers.tokens import ragged
from regard.config import BatchesConfig
from regard.data.inputs import Inputs


def batches_config(**values: float | str) -> BatchesConfig:
    """Build settings of small batches."""
    sizes = {"max_tokens": 50, "size": 4, "prediction_size": 5, "n_lengths": 3}
    options = {"batches_per_chunk": 2, "pair_orders": "random", "word_dropout": 0.0}
    options |= {"truncate": "head"}
    return BatchesConfig(**(sizes | options | values))


def pair_inputs(symmetric: bool = True) -> Inputs:
    """Build four pairs of texts; the first tokens of pair i are i + 2 and i + 12."""
    first = ragged([[2], [3, 3], [4], [5, 5, 5, 5]])
    second = ragged([[12, 12], [13], [14], [15, 15]])
    numbers = np.arange(4, dtype=np.float32)[:, None]
    categories = np.arange(8, dtype=np.int32).reshape(4, 2)
    return Inputs((first, second), numbers, categories, paired=True, symmetric=symmetric)
