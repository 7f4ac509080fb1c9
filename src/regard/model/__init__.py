"""The network: word vectors -> recurrent or convolutional layers -> pooling -> dense head.

`building` makes the whole of it; `encoder` is what each text goes through.
"""

from regard.model.building import FoldInputs, build_model
from regard.model.encoder import attention_weights
from regard.model.layers import Standardize, leaf_layers, release_embeddings
from regard.model.saving import load_model, save_model

__all__ = [
    "FoldInputs",
    "Standardize",
    "attention_weights",
    "build_model",
    "leaf_layers",
    "load_model",
    "release_embeddings",
    "save_model",
]
