"""Attention: a text of any length becomes one vector.

A text is a list of <key, value> pairs, one for each timestep. Every layer here and in `pooling` is
the same three lines, with another query, score or normaliser:

    scores = score(keys, query)
    weights = normalise(scores, mask)
    context = attend(weights, values)

`mask` is True at real tokens and False at padding, which has no weight; a text without a real token
becomes zeros.
"""

from typing import Any

import keras

from regard.network.attention import attend
from regard.network.attention.normalisers.softmax import softmax as softmax_weights
from regard.network.layers.attention_pooling import AttentionPooling, Tensor

__all__ = ["FeedForwardAttention", "attend", "softmax_weights"]


@keras.saving.register_keras_serializable(package="regard")
class FeedForwardAttention(AttentionPooling):
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
        super().__init__(
            use_bias=use_bias,
            max_timesteps=max_timesteps,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            **kwargs,
        )

    def call(
        self,
        inputs: Tensor,
        mask: Tensor | None = None,
        query: None = None,
        return_attention_scores: bool = False,
    ) -> Any:
        """Return the context, or the pair of it and the weights."""
        context, weights = super().call(inputs, mask, query, return_attention_scores=True)
        return (context, weights[:, 0]) if return_attention_scores else context

    def compute_output_spec(
        self,
        inputs: Tensor,
        mask: Tensor | None = None,
        query: None = None,
        return_attention_scores: bool = False,
    ) -> Any:
        """Return the shapes and dtypes that `call` returns."""
        context = super().compute_output_spec(inputs, mask)
        weights = keras.KerasTensor(inputs.shape[:2], dtype="float32")
        return (context, weights) if return_attention_scores else context

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        config = super().get_config()
        fixed = ("score", "query", "normaliser", "n_heads", "units", "head_penalty")
        for name in (*fixed, "query_initializer"):
            del config[name]
        return config
