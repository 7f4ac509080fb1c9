"""Sentences of a text: which token is in which, and attention within each of them."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import keras
import numpy as np
from keras import ops

from regard.network.attention.scores import Sizes, additive
from regard.network.layers.attention import softmax_weights
from regard.network.layers.seeded import glorot

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor
Shape: TypeAlias = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="regard")
class IsAmong(keras.layers.Layer):  # type: ignore[misc]
    """Tell which tokens are among some.

    Args:
        ids: of the tokens.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Call arguments:
        token_ids: `(batch, timesteps)` int32.

    Returns:
        `(batch, timesteps)` bool.

    Example:
        ids [2, 3]: [[5, 2, 3, 0]] -> [[False, True, True, False]]
    """

    def __init__(self, ids: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ids = list(ids)

    def call(self, token_ids: Tensor) -> Tensor:
        """Return whether each token is among them."""
        if not self.ids:
            return ops.zeros_like(token_ids, dtype="bool")
        return ops.any(ops.equal(token_ids[:, :, None], np.array(self.ids, np.int32)), axis=-1)

    def compute_output_spec(self, token_ids: Tensor) -> keras.KerasTensor:
        """Return the shape and dtype of the result."""
        return keras.KerasTensor(token_ids.shape, dtype="bool")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        return {**super().get_config(), "ids": self.ids}


@keras.saving.register_keras_serializable(package="regard")
class Sentences(keras.layers.Layer):  # type: ignore[misc]
    """Tell which tokens of a text are in each of its sentences.

    A sentence ends after a token that ends sentences, unless another such token follows, as in
    "?!"; and after `max_tokens` tokens. The last of `max_sentences` holds all tokens that remain.

    Args:
        max_sentences: the number of sentences; a text with fewer has empty ones at its end.
        max_tokens: of a sentence.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Call arguments:
        mask: `(batch, timesteps)` bool, True at real tokens, which come first.
        ends: `(batch, timesteps)` bool: True at tokens that end a sentence; None: there are none.

    Returns:
        `(batch, max_sentences, timesteps)` bool. Each real token is in one sentence, padding in
        none.

    Example:
        a text of five tokens that end sentences: no no yes no no, max_tokens 3, max_sentences 3
        -> [[[1, 1, 1, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]]]
    """

    def __init__(self, max_sentences: int, max_tokens: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_sentences = max_sentences
        self.max_tokens = max_tokens

    def call(self, mask: Tensor, ends: Tensor | None = None) -> Tensor:
        """Return the tokens of each sentence."""
        numbers = sentence_numbers(ops.zeros_like(mask) if ends is None else ends, self.max_tokens)
        numbers = ops.minimum(numbers, self.max_sentences - 1)
        sentences = np.arange(self.max_sentences, dtype=np.int32)[:, None]
        return ops.logical_and(ops.equal(numbers[:, None, :], sentences), mask[:, None, :])

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on."""

    def compute_output_spec(self, mask: Tensor, ends: Tensor | None = None) -> keras.KerasTensor:
        """Return the shape and dtype of the result."""
        batch, timesteps = mask.shape
        return keras.KerasTensor((batch, self.max_sentences, timesteps), dtype="bool")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        arguments = {"max_sentences": self.max_sentences, "max_tokens": self.max_tokens}
        return {**super().get_config(), **arguments}


def sentence_numbers(ends: Tensor, max_tokens: int) -> Tensor:
    """Return the number of the sentence that each token is in, from 0.

    Args:
        ends: `(batch, timesteps)` bool: True at tokens that end a sentence.
        max_tokens: of a sentence.

    Returns:
        `(batch, timesteps)` int32.

    Example:
        ends [no, yes, yes, no, no, no], max_tokens 2 -> [0, 0, 1, 2, 2, 3]
    """
    timesteps = ops.shape(ends)[1]
    positions = ops.arange(timesteps, dtype="int32")[None]
    # ends    . x x . . .      a sentence starts after an end that no other end follows
    # starts  x . . x . .
    before = ops.concatenate([ops.ones_like(ends[:, :1]), ends[:, :-1]], axis=1)
    starts = ops.logical_or(ops.logical_and(before, ops.logical_not(ends)), positions == 0)
    # The positions of the starts, in order, are looked up by the number of the sentence: 000333
    at_starts = ops.sort(ops.where(starts, positions, timesteps), axis=1)
    number = ops.cumsum(ops.cast(starts, "int32"), axis=1) - 1
    first = ops.take_along_axis(at_starts, number, axis=1)
    # Every max_tokens-th token after the start begins another sentence.
    begins = ops.equal((positions - first) % max_tokens, 0)
    return ops.cumsum(ops.cast(begins, "int32"), axis=1) - 1


@keras.saving.register_keras_serializable(package="regard")
class SentenceAttention(keras.layers.Layer):  # type: ignore[misc]
    """Attention within each sentence of a text, with one learned query for all of them.

        scores = v . tanh(x . W)             the score `additive`
        weights = softmax(scores)            over the tokens of a sentence
        sentence = sum(weights * x)

    Under mixed precision the scores and weights are float32, and the sentences have the layer's
    compute dtype.

    Args:
        units: of the hidden layer of the score.
        seed: of the initial weights; None draws other ones each time.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        sentences: `(batch, sentences, timesteps)` bool, of `Sentences`.

    Returns:
        The sentences `(batch, sentences, features)`, zeros where one has no token; and the weights
        of tokens in their sentences `(batch, sentences, timesteps)` float32, zero elsewhere.

    Reference:
        Yang et al. (2016), Hierarchical Attention Networks for Document Classification, NAACL.
    """

    def __init__(self, units: int, *, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.seed = seed

    def build(self, input_shape: Shape) -> None:
        """Create the weights of the score."""
        sizes = Sizes(features=int(input_shape[-1] or 0), units=self.units)
        self.score_weights = {
            name: self.add_weight(
                name=name,
                shape=shape,
                initializer=glorot(self.seed, name),
                # Scores are float32; mixed precision would hand these weights over as float16.
                autocast=False,
            )
            for name, shape in additive.shapes(sizes).items()
        }

    def call(self, inputs: Tensor, sentences: Tensor) -> tuple[Tensor, Tensor]:
        """Return the sentences, and the weights of their tokens."""
        scores = additive.compute(ops.cast(inputs, "float32"), None, self.score_weights)
        # Not as the transposed product that it is: the export to ONNX moves the transposition past
        # the mask, which has another shape.
        scores = ops.squeeze(scores, axis=1)[:, None, :]
        weights = softmax_weights(scores, sentences)
        return ops.matmul(ops.cast(weights, inputs.dtype), inputs), weights

    def compute_mask(self, inputs: Tensor, previous_mask: Tensor | None = None) -> None:
        """Pass no mask on: the timesteps are sentences."""

    def compute_output_spec(self, inputs: Tensor, sentences: Tensor) -> tuple[Any, Any]:
        """Return the shapes and dtypes that `call` returns."""
        batch, n_sentences, _ = sentences.shape
        vectors = keras.KerasTensor((batch, n_sentences, inputs.shape[-1]), self.compute_dtype)
        return vectors, keras.KerasTensor(sentences.shape, "float32")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        return {**super().get_config(), "units": self.units, "seed": self.seed}


def at_words(weights: Tensor, in_sentences: Tensor) -> Tensor:
    """Return the weight of each token: that in its sentence times that of the sentence.

    Args:
        weights: `(batch, sentences)` or `(batch, heads, sentences)`, of the attention over
            sentences.
        in_sentences: `(batch, sentences, timesteps)`, of `SentenceAttention`.

    Returns:
        `(batch, timesteps)` or `(batch, heads, timesteps)` float32; they sum to one as those of the
        sentences do.

    Example:
        [[0.25, 0.75]], [[[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]] -> [[0.125, 0.125, 0.75]]
    """
    if len(weights.shape) == len(in_sentences.shape):
        return ops.matmul(weights, in_sentences)
    return ops.squeeze(ops.matmul(weights[:, None, :], in_sentences), axis=1)


def word_weights(encoder: keras.Model) -> list[Tensor]:
    """Return the output of an encoder's attention within sentences; empty if it has none."""
    layers = [layer for layer in encoder.layers if isinstance(layer, SentenceAttention)]
    return [layer.output[1] for layer in layers]
