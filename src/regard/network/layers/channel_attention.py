"""Channel attention: a weight for each feature of a text, the same at all of its timesteps.

It answers which features matter where attention over timesteps answers which tokens do:

    scores = how much each feature matters, from a summary of the text
    weights = sigmoid(scores)
    outputs = weights * x

The weights do not compete: each is between 0 and 1, and all of them may be 1.
"""

from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

from regard.network.layers.pooling import MaskedMaxPooling, MaskedMeanPooling
from regard.network.layers.seeded import glorot

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor
Shape: TypeAlias = tuple[int | None, ...]


class Gate(keras.layers.Layer):  # type: ignore[misc]
    """The base class of layers that multiply a sequence by weights between 0 and 1.

    Masking: takes a mask, given explicitly (`mask=`), and passes none on: the layers of a network
    get the mask of the encoder. Padding changes no weight; the outputs at padding mean nothing.

    Under mixed precision the weights are float32, and the outputs have the layer's compute dtype.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool; None if every timestep is a real token.
        return_attention_scores: return the weights too.

    Returns:
        The outputs, of the shape of the inputs; with `return_attention_scores`, the pair of them
        and the weights, `(batch, features)` or `(batch, timesteps)` float32.
    """

    # The axis of the inputs along which all have the same weight.
    repeated_axis = 1

    def call(
        self, inputs: Tensor, mask: Tensor | None = None, return_attention_scores: bool = False
    ) -> Any:
        """Return the outputs, or the pair of them and the weights."""
        weights = self.weigh(inputs, mask)
        axis = self.repeated_axis
        outputs = inputs * ops.cast(ops.expand_dims(weights, axis), inputs.dtype)
        return (outputs, weights) if return_attention_scores else outputs

    def weigh(self, inputs: Tensor, mask: Tensor | None) -> Tensor:
        """Return the weights, float32."""
        raise NotImplementedError

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on."""


@keras.saving.register_keras_serializable(package="regard")
class ChannelAttention(Gate):
    """Squeeze-and-excitation over the features of a text, or the channel half of CBAM.

        summary = mean of x over the real tokens
        scores = relu(summary . W1 + b1) . W2 + b2     W1: (features, features / ratio)
        weights = sigmoid(scores)
        outputs = weights * x

    With `use_max` the scores of the maximum over the real tokens, by the same W1 and W2, are added:
    the channel half of CBAM.

    Args:
        ratio: the features of a text are squeezed to this part of them, at least to one.
        use_max: score the maximum as well as the mean.
        seed: of the initial weights; None draws other ones each time.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Example:
        sequence `(batch, timesteps, 64)`, ratio 16: W1 `(64, 4)`, W2 `(4, 64)`, weights
        `(batch, 64)`

    Reference:
        Hu, Shen and Sun (2018), Squeeze-and-Excitation Networks, CVPR.
        Woo et al. (2018), CBAM: Convolutional Block Attention Module, ECCV.
    """

    def __init__(
        self, ratio: int = 16, *, use_max: bool = False, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.ratio = ratio
        self.use_max = use_max
        self.seed = seed

    def build(self, input_shape: Shape) -> None:
        """Create both dense layers."""
        features = int(input_shape[-1] or 0)
        squeezed = max(1, features // self.ratio)
        # float32 also under mixed precision: they see one vector of a text, so they cost nothing.
        self.squeeze = keras.layers.Dense(
            squeezed,
            activation="relu",
            kernel_initializer=glorot(self.seed, "squeeze"),
            dtype="float32",
            name="squeeze",
        )
        self.excite = keras.layers.Dense(
            features,
            kernel_initializer=glorot(self.seed, "excite"),
            dtype="float32",
            name="excite",
        )
        self.squeeze.build((None, features))
        self.excite.build((None, squeezed))
        self.mean = MaskedMeanPooling(dtype=self.dtype_policy, name="mean")
        self.max = MaskedMaxPooling(dtype=self.dtype_policy, name="max")

    def weigh(self, inputs: Tensor, mask: Tensor | None) -> Tensor:
        """Return the weights of the features, `(batch, features)` float32."""
        scores = self.excite(self.squeeze(self.mean(inputs, mask=mask)))
        if self.use_max:
            scores = scores + self.excite(self.squeeze(self.max(inputs, mask=mask)))
        return ops.sigmoid(scores)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        arguments = {"ratio": self.ratio, "use_max": self.use_max, "seed": self.seed}
        return {**super().get_config(), **arguments}


@keras.saving.register_keras_serializable(package="regard")
class EfficientChannelAttention(Gate):
    """Channel attention by a convolution over neighbouring features: ECA.

        summary = mean of x over the real tokens
        scores = convolution of the summary, along the features
        weights = sigmoid(scores)
        outputs = weights * x

    It has only `kernel_size` weights. The order of the features of an encoder means nothing at
    first; training gives neighbours their roles.

    Args:
        kernel_size: an odd number of features that a score sees; 0: `adaptive_kernel_size`.
        seed: of the initial weights; None draws other ones each time.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Example:
        kernel [0, 1, 0]: weights = sigmoid(mean of each feature)

    Reference:
        Wang et al. (2020), ECA-Net: Efficient Channel Attention for Deep Convolutional Neural
        Networks, CVPR.
    """

    def __init__(self, kernel_size: int = 0, *, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kernel_size = kernel_size
        self.seed = seed

    def build(self, input_shape: Shape) -> None:
        """Create the convolution."""
        features = int(input_shape[-1] or 0)
        self.convolution = keras.layers.Conv1D(
            1,
            self.kernel_size or adaptive_kernel_size(features),
            padding="same",
            use_bias=False,
            kernel_initializer=glorot(self.seed, "convolution"),
            dtype="float32",
            name="convolution",
        )
        self.convolution.build((None, features, 1))
        self.mean = MaskedMeanPooling(dtype=self.dtype_policy, name="mean")

    def weigh(self, inputs: Tensor, mask: Tensor | None) -> Tensor:
        """Return the weights of the features, `(batch, features)` float32."""
        summary = self.mean(inputs, mask=mask)
        return ops.sigmoid(self.convolution(summary[:, :, None])[:, :, 0])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        return {**super().get_config(), "kernel_size": self.kernel_size, "seed": self.seed}


def adaptive_kernel_size(features: int) -> int:
    """Return how many neighbouring features ECA looks at: (log2(features) + 1) / 2, made odd.

    Example:
        64 -> 3, 256 -> 5, 512 -> 5
    """
    size = int((np.log2(max(features, 1)) + 1) / 2)
    return size if size % 2 else size + 1
