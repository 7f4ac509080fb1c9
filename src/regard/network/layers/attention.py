"""Attention and pooling: a text of any length becomes one vector.

A text is a list of <key, value> pairs, one for each timestep. Every layer here and in `pooling` is
the same three lines, with other scores or weights:

    scores = how well each key matches the query
    weights = softmax_weights(scores, mask)
    context = attend(weights, values)

`mask` is True at real tokens and False at padding, which has no weight; a text without a real token
becomes zeros.
"""

from typing import Any, TypeAlias

import keras
from keras import ops

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor
Shape: TypeAlias = tuple[int | None, ...]

MASKED_SCORE = -1e9  # finite: with -inf, a row without a real token would be NaN


def softmax_weights(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Turn scores into weights that sum to one over the real tokens.

    They are computed in float32 for scores of any dtype, since neither `MASKED_SCORE` nor the sum
    fits float16.

    Args:
        scores: `(batch, timesteps)`.
        mask: `(batch, timesteps)` bool; None if every timestep is a real token.

    Returns:
        `(batch, timesteps)` float32, zero at padding; a row without a real token is all zeros.

    Example:
        softmax_weights([[0.0, log(3.0), 7.0]], [[True, True, False]]) -> [[0.25, 0.75, 0.0]]
    """
    scores = ops.cast(scores, "float32")
    if mask is not None:
        scores = ops.where(mask, scores, MASKED_SCORE)
    # Not by Keras's softmax, which warns of texts of one token, where a weight of one is right.
    # The maximum keeps the powers finite. It cancels in the ratio, and so do its gradients.
    powers = ops.exp(scores - ops.stop_gradient(ops.max(scores, axis=-1, keepdims=True)))
    weights = powers / ops.sum(powers, axis=-1, keepdims=True)
    return weights if mask is None else ops.where(mask, weights, 0.0)


def attend(weights: Tensor, values: Tensor) -> Tensor:
    """Sum the values by their weights.

    Args:
        weights: `(batch, timesteps)`.
        values: `(batch, timesteps, features)`.

    Returns:
        `(batch, features)` of the values' dtype.

    Example:
        attend([[0.25, 0.75]], [[[4.0], [8.0]]]) -> [[7.0]]
    """
    # A matrix product, since einsum("bt,btf->bf") is slower on TensorFlow, forward and backward.
    rows = ops.cast(weights, values.dtype)[:, None, :]
    return ops.squeeze(ops.matmul(rows, values), axis=1)


@keras.saving.register_keras_serializable(package="regard")
class FeedForwardAttention(keras.layers.Layer):  # type: ignore[misc]
    """Attention with a learned query, the same vector for every text.

        scores = tanh(x . W + b)     W: (features,), b: (max_timesteps,), optional
        weights = softmax(scores)    over the real tokens
        context = sum(weights * x)

    Since tanh keeps the scores between -1 and 1, no token weighs more than e^2 = 7.4 times another.

    Masking: takes a mask, given explicitly (`mask=`) or by Keras, and passes none on, as there are
    no timesteps left. Padding has no weight; a text without a real token becomes zeros.

    Under mixed precision the scores and weights are float32, and the context has the layer's
    compute dtype.

    Args:
        use_bias: add `b`. Shorter batches use its first timesteps; longer ones are refused.
        max_timesteps: the length of `b`; needed if the input's timesteps are not known.
        kernel_initializer: of `W`.
        bias_initializer: of `b`.
        kernel_regularizer: of `W`.
        bias_regularizer: of `b`.
        kernel_constraint: of `W`.
        bias_constraint: of `b`.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.
        return_attention_scores: return the weights too (the name is that of
            `keras.layers.Attention`).

    Returns:
        The context `(batch, features)`; with `return_attention_scores`, the pair of it and the
        weights `(batch, timesteps)` float32.

    Raises:
        ValueError: with `use_bias`, the number of timesteps is neither known nor given, or a batch
            is longer than it. In a TensorFlow graph of unknown timesteps, a longer batch is an
            `InvalidArgumentError`.

    Example:
        token_ids = keras.Input((None,), dtype="int32")
        sequence = keras.layers.Embedding(10_000, 300)(token_ids)
        mask = keras.ops.not_equal(token_ids, 0)
        context = FeedForwardAttention()(sequence, mask=mask)  # (batch, 300)

    Reference:
        Raffel and Ellis (2015), Feed-Forward Networks with Attention Can Solve Some Long-Term
        Memory Problems, arXiv:1512.08756.
    """

    def __init__(
        self,
        *,
        use_bias: bool = False,
        max_timesteps: int | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.use_bias = use_bias
        self.max_timesteps = max_timesteps
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)

    def build(self, input_shape: Shape) -> None:
        """Create `W` and `b`."""
        _, timesteps, features = input_shape
        self.kernel = self.add_weight(
            name="kernel",
            shape=(features,),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            # Scores are float32; mixed precision would hand these weights over as float16.
            autocast=False,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self._bias_length(timesteps),),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                autocast=False,
            )

    def call(
        self, inputs: Tensor, mask: Tensor | None = None, return_attention_scores: bool = False
    ) -> Any:
        """Return the context, or the pair of it and the weights."""
        scores = self._scores(inputs)
        weights = softmax_weights(scores, mask)
        context = attend(weights, inputs)
        return (context, weights) if return_attention_scores else context

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: no timesteps are left."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the context."""
        batch, _, features = input_shape
        return batch, features

    def compute_output_spec(
        self, inputs: Tensor, mask: Tensor | None = None, return_attention_scores: bool = False
    ) -> Any:
        """Return the shapes and dtypes that `call` returns."""
        self._check_timesteps(inputs.shape[1])
        context = keras.KerasTensor(
            self.compute_output_shape(inputs.shape), dtype=self.compute_dtype
        )
        weights = keras.KerasTensor(inputs.shape[:2], dtype="float32")
        return (context, weights) if return_attention_scores else context

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        return {
            **super().get_config(),
            "use_bias": self.use_bias,
            "max_timesteps": self.max_timesteps,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "bias_constraint": keras.constraints.serialize(self.bias_constraint),
        }

    def _scores(self, inputs: Tensor) -> Tensor:
        """`(batch, timesteps)` float32; a product over many features can overflow float16."""
        scores = ops.matmul(ops.cast(inputs, "float32"), self.kernel)
        if self.use_bias:
            self._check_timesteps(inputs.shape[1])
            scores += self.bias[: ops.shape(inputs)[1]]
        return ops.tanh(scores)

    def _bias_length(self, timesteps: int | None) -> int:
        length = self.max_timesteps or timesteps
        if length is None:
            raise ValueError(
                f"{self.name}: use_bias=True has one bias for each timestep, but the input's "
                "timesteps are not known; set max_timesteps to the length of the longest text"
            )
        return length

    def _check_timesteps(self, timesteps: int | None) -> None:
        if self.use_bias and timesteps is not None and timesteps > self.bias.shape[0]:
            raise ValueError(
                f"{self.name}: a batch of {timesteps} timesteps is longer than the bias of "
                f"{self.bias.shape[0]}; truncate the texts or raise max_timesteps"
            )
