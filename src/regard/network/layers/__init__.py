"""The layers of the network, one kind in each module.

Importing this package registers all of them with Keras, so that it can load a saved model:

    import keras
    import regard.network.layers

    model = keras.models.load_model("fold_0.keras", compile=False)
"""

from regard.network.layers.alignment import SoftAlignment
from regard.network.layers.attention import FeedForwardAttention
from regard.network.layers.pooling import LastPooling, MaskedMaxPooling, MaskedMeanPooling
from regard.network.layers.release import Release
from regard.network.layers.reverse import ReverseWithinLength
from regard.network.layers.standardize import Standardize

__all__ = [
    "FeedForwardAttention",
    "LastPooling",
    "MaskedMaxPooling",
    "MaskedMeanPooling",
    "Release",
    "ReverseWithinLength",
    "SoftAlignment",
    "Standardize",
]
