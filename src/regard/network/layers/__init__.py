"""The layers of the network, one kind in each module.

Importing this package registers all of them with Keras, so that it can load a saved model:

    import keras
    import regard.network.layers

    model = keras.models.load_model("fold_0.keras", compile=False)
"""

from regard.network.layers.alignment import SoftAlignment
from regard.network.layers.attention import FeedForwardAttention
from regard.network.layers.attention_pooling import AttentionPooling
from regard.network.layers.channel_attention import ChannelAttention, EfficientChannelAttention
from regard.network.layers.pooling import (
    FirstPooling,
    LastPooling,
    MaskedMaxPooling,
    MaskedMeanPooling,
)
from regard.network.layers.release import Release
from regard.network.layers.reverse import ReverseWithinLength
from regard.network.layers.self_attention import SelfAttention
from regard.network.layers.sentences import IsAmong, SentenceAttention, Sentences
from regard.network.layers.spatial_attention import SpatialAttention
from regard.network.layers.standardize import Standardize

__all__ = [
    "AttentionPooling",
    "ChannelAttention",
    "EfficientChannelAttention",
    "FeedForwardAttention",
    "FirstPooling",
    "IsAmong",
    "LastPooling",
    "MaskedMaxPooling",
    "MaskedMeanPooling",
    "Release",
    "ReverseWithinLength",
    "SelfAttention",
    "SentenceAttention",
    "Sentences",
    "SoftAlignment",
    "SpatialAttention",
    "Standardize",
]
