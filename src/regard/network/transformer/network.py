"""The network of a fine-tuned encoder: pieces -> transformer -> poolings -> dense head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from keras import ops

from regard.artefacts.seeds import derive_seed
from regard.network.classifier import with_head
from regard.network.fold_inputs import FoldInputs
from regard.network.poolings import pooled
from regard.network.transformer.folder import EncoderShape
from regard.network.transformer.layers import Regime
from regard.network.transformer.model import build_transformer
from regard.tasks import Task

if TYPE_CHECKING:
    from regard.config import FinetunedEncoderConfig


def build_encoder_network(
    config: FinetunedEncoderConfig,
    shape: EncoderShape,
    task: Task,
    reads: FoldInputs,
    *,
    max_tokens: int,
    seed: int,
) -> keras.Model:
    """Build the network, not yet compiled; the weights of its layer `transformer` are zero.

    Args:
        config: the architecture.
        shape: the sizes of the encoder.
        task: gives the number of outputs and their activation.
        reads: the inputs.
        max_tokens: the length of the longest row, for an attention bias per timestep.
        seed: of the initial weights of the head, and of dropout.

    Returns:
        A model from the inputs that `batching.batch_inputs` makes to `(batch, outputs)` float32,
        as `classifier.build_model`.
    """
    fine_tuning = config.fine_tuning
    regime = Regime(
        fine_tuning.dropout, derive_seed(seed, "transformer"), recomputes=fine_tuning.recompute
    )
    names = ("token_ids", "segments")
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in names}
    states = build_transformer(shape, regime)(list(inputs.values()))
    mask = ops.greater(inputs["segments"], 0)
    features = pooled(states, mask, config, max_tokens=max_tokens, seed=seed)
    return with_head(inputs, [features], config, task, reads, seed=seed)
