"""Spatial attention in one dimension: a weight for each timestep that keeps the sequence."""

from typing import Any, TypeAlias

import keras
from keras import ops

from regard.network.layers.channel_attention import Gate
from regard.network.layers.convolution import zero_at_padding
from regard.network.layers.seeded import glorot

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor
Shape: TypeAlias = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="regard")
class SpatialAttention(Gate):
    """The spatial half of CBAM, over the timesteps of a text.

        summary = mean and maximum of x over its features     (timesteps, 2)
        scores = convolution of the summary, along the timesteps
        weights = sigmoid(scores)                             0 at padding
        outputs = weights * x

    The weights do not compete, unlike those of a softmax. Beyond the end of a text the convolution
    sees zeros, as it does before its beginning. The batch normalization of the authors' code, which
    the paper does not have, is left out.

    Args:
        kernel_size: how many timesteps a score sees.
        seed: of the initial weights; None draws other ones each time.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Example:
        [[1.0, 3.0], [9.0, 9.0]], mask [True, False], kernel 1 * mean + 0 * maximum
        -> weights [sigmoid(2.0), 0.0]

    Reference:
        Woo et al. (2018), CBAM: Convolutional Block Attention Module, ECCV.
    """

    repeated_axis = 2

    def __init__(self, kernel_size: int = 7, *, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kernel_size = kernel_size
        self.seed = seed

    def build(self, input_shape: Shape) -> None:
        """Create the convolution."""
        self.convolution = keras.layers.Conv1D(
            1,
            self.kernel_size,
            padding="same",
            use_bias=False,
            kernel_initializer=glorot(self.seed, "convolution"),
            # Also under mixed precision: it sees two numbers of a timestep, so it costs little.
            dtype="float32",
            name="convolution",
        )
        self.convolution.build((None, None, 2))

    def weigh(self, inputs: Tensor, mask: Tensor | None) -> Tensor:
        """Return the weights of the timesteps, `(batch, timesteps)` float32."""
        # float32 first: the sum of many features can overflow float16.
        values = ops.cast(inputs, "float32")
        summary = ops.stack([ops.mean(values, axis=-1), ops.max(values, axis=-1)], axis=-1)
        if mask is not None:
            summary = zero_at_padding(summary, mask)
        weights = ops.sigmoid(self.convolution(summary)[:, :, 0])
        return weights if mask is None else ops.where(mask, weights, 0.0)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        return {**super().get_config(), "kernel_size": self.kernel_size, "seed": self.seed}
