"""Soft alignment: for each token of a text, a look-up in the other text of its pair.

The three lines of `regard.network.layers.attention`, with each token of one text as a query:

    scores = how well each token of the other text matches the query
    weights = softmax_weights(scores, mask of the other text)
    aligned = sum of the other text's values by their weights
"""

from typing import Any, TypeAlias

import keras
from keras import ops

from regard.network.layers.attention import softmax_weights
from regard.network.layers.convolution import zero_at_padding

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor
Shape: TypeAlias = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="regard")
class SoftAlignment(keras.layers.Layer):  # type: ignore[misc]
    """Attention with every token of a text as a query, and the other text as keys and values.

        scores[i, j] = queries[i] . keys[j]     divided by sqrt(features) if scaled
        weights[i] = softmax(scores[i])         over the real tokens of the other text
        aligned[i] = sum(weights[i] * values)

    The texts may have any two lengths. If the other text has no real token, the aligned vectors are
    zeros. Padding among the queries is aligned like a token; a layer that reads the result needs
    the mask of the queries.

    Under mixed precision the scores and weights are float32, and the aligned vectors have the
    layer's compute dtype.

    Args:
        scaled: divide the scores by the root of the number of features. Products of many features
            are so large that at first each token sees hardly more than one token of the other text,
            and the scores learn slowly. Neither of the papers of `regard.network.alignment` scales.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Call arguments:
        queries: `(batch, timesteps, features)`, of one text.
        keys: `(batch, other timesteps, features)`, of the other text.
        values: `(batch, other timesteps, value features)`, of the other text.
        mask: `(batch, other timesteps)` bool, True at the other text's real tokens; None if every
            timestep is one.
        return_attention_scores: return the weights too (the name is that of
            `keras.layers.Attention`).

    Returns:
        The aligned vectors `(batch, timesteps, value features)`; with `return_attention_scores`,
        the pair of them and the weights `(batch, timesteps, other timesteps)` float32.

    Example:
        one feature; queries [[0.0], [log(3.0)]], keys [[0.0], [1.0]], values [[4.0], [8.0]]:
        weights [[0.5, 0.5], [0.25, 0.75]], aligned [[6.0], [7.0]]

    Reference:
        Parikh et al. (2016), A decomposable attention model for natural language inference, EMNLP;
        Vaswani et al. (2017), Attention is all you need, NeurIPS, for `scaled`.
    """

    def __init__(self, *, scaled: bool = False, **kwargs: Any) -> None:
        # Queries and keys may be float32 although the layer computes in float16.
        super().__init__(autocast=False, **kwargs)
        self.scaled = scaled

    def call(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor | None = None,
        return_attention_scores: bool = False,
    ) -> Any:
        """Return the aligned vectors, or the pair of them and the weights."""
        values = ops.cast(values, self.compute_dtype)
        # float32: a product over many features can overflow float16.
        queries = ops.cast(queries, "float32")
        if self.scaled:
            queries = queries / queries.shape[-1] ** 0.5
        scores = ops.matmul(queries, ops.transpose(ops.cast(keys, "float32"), (0, 2, 1)))
        weights = softmax_weights(scores, None if mask is None else mask[:, None, :])
        if mask is not None:
            values = zero_at_padding(values, mask)  # a weight of zero would not undo NaN
        aligned = ops.matmul(ops.cast(weights, values.dtype), values)
        return (aligned, weights) if return_attention_scores else aligned

    def compute_mask(self, *inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: masks are given explicitly."""

    def compute_output_spec(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor | None = None,
        return_attention_scores: bool = False,
    ) -> Any:
        """Return the shapes and dtypes that `call` returns."""
        batch, timesteps, _ = queries.shape
        shape = (batch, timesteps, values.shape[-1])
        aligned = keras.KerasTensor(shape, dtype=self.compute_dtype)
        weights = keras.KerasTensor((batch, timesteps, keys.shape[1]), dtype="float32")
        return (aligned, weights) if return_attention_scores else aligned

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        return {**super().get_config(), "scaled": self.scaled}


def other_texts(both: Tensor) -> Tensor:
    """Return, for each text of pairs in one batch, the other text of its pair.

    Args:
        both: `(2 * batch, ...)`, all first texts before all second ones.

    Example:
        [a1, a2, b1, b2] -> [b1, b2, a1, a2]
    """
    first, second = ops.split(both, 2, axis=0)
    return ops.concatenate([second, first], axis=0)


def enhanced(sequence: Tensor, aligned: Tensor) -> Tensor:
    """Return each token with its aligned vector, their difference and their product.

    Args:
        sequence: `(batch, timesteps, features)`.
        aligned: `(batch, timesteps, features)`.

    Returns:
        `(batch, timesteps, 4 * features)`.

    Example:
        [[[2.0]]], [[[3.0]]] -> [[[2.0, 3.0, -1.0, 6.0]]]
    """
    return ops.concatenate([sequence, aligned, sequence - aligned, sequence * aligned], axis=-1)
