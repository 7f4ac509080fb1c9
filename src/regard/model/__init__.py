"""The network: word vectors -> recurrent or convolutional layers -> pooling -> dense head.

`building` makes the whole of it, `encoder` what each text goes through; `layers` has those that Keras lacks, `saving`
keeps a trained network in a file.
"""

from regard.model.building import FoldInputs, attention_weights, build_model
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
