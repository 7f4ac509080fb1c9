"""The job of a worker that encodes texts. Keras is imported where the job runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.parallel.process import hidden_stderr

if TYPE_CHECKING:
    from regard.runs.learner import Progress


def encode_texts(
    folder: Path,
    content: tuple[str, ...],
    texts: Sequence[str],
    pooling: Sequence[str],
    max_tokens: int,
    *,
    progress: Progress = lambda event: None,
) -> np.ndarray:
    """Return the pooled states of texts, see `TextEncoder.encode`.

    Args:
        folder: the folder of the encoder.
        content: the hashes of its files, see `load_encoder`.
        texts: the texts.
        pooling: keys of `POOLINGS`.
        max_tokens: longer texts are cut.
        progress: receives no events.
    """
    with hidden_stderr():  # TensorFlow prints messages before its log level counts
        from regard.network.transformer.encoding import load_encoder

    return load_encoder(folder, content).encode(texts, pooling, max_tokens)
