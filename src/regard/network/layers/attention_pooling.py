"""Attention pooling: any score, query and normaliser, of one or several heads."""

from typing import Any, TypeAlias

import keras
from keras import ops

from regard.network.attention import attend
from regard.network.attention.normalisers import NORMALISERS
from regard.network.attention.queries import QUERIES
from regard.network.attention.scores import SCORES, Sizes

Tensor: TypeAlias = Any  # of whichever backend, or a KerasTensor
Shape: TypeAlias = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="regard")
class AttentionPooling(keras.layers.Layer):  # type: ignore[misc]
    """Attention with any score, query and normaliser, of one or several heads.

        scores = score(x, query)
        weights = normalise(scores)    over the real tokens
        context = sum(weights * x)     of each head, next to each other

    With the score `additive`, a learned query and several heads it is the structured
    self-attention of Lin et al. (2017). `head_penalty` is their penalty: it makes heads look at
    different tokens, `head_penalty * ||A A^T - I||^2` with the weights A, `(heads, timesteps)`,
    of a text.

    Masking: takes a mask, given explicitly (`mask=`) or by Keras, and passes none on, as there are
    no timesteps left. Padding has no weight; a text without a real token becomes zeros.

    Under mixed precision the scores and weights are float32, and the context has the layer's
    compute dtype.

    Args:
        score: a name of `SCORES`.
        query: a name of `QUERIES`.
        normaliser: a name of `NORMALISERS`.
        n_heads: the number of heads.
        units: of the hidden layer of the score `additive`.
        head_penalty: the factor of the penalty, which is added to the training loss; 0: none.
        use_bias: add a bias per timestep to the score `feed_forward`. Shorter batches use the
            first ones; longer ones are refused.
        max_timesteps: the number of biases; needed if the input's timesteps are not known.
        kernel_initializer: of all weights but the bias and those of the query.
        query_initializer: of a learned query and of the weights that a query is multiplied by.
        bias_initializer: of the bias.
        kernel_regularizer: of all weights but the bias.
        bias_regularizer: of the bias.
        kernel_constraint: of all weights but the bias.
        bias_constraint: of the bias.
        **kwargs: of every Keras layer: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: `(batch, timesteps, features)`.
        mask: `(batch, timesteps)` bool.
        query: `(batch, query features)`, another query than that of the text, such as the
            encoding of a second text; not for a learned query.
        return_attention_scores: return the weights too (the name is that of
            `keras.layers.Attention`).

    Returns:
        The context `(batch, heads * features)`; with `return_attention_scores`, the pair of it and
        the weights `(batch, heads, timesteps)` float32.

    Raises:
        ValueError: with `use_bias`, the number of timesteps is neither known nor given, or a batch
            is longer than it. In a TensorFlow graph of unknown timesteps, a longer batch is an
            `InvalidArgumentError`.

    Example:
        sequence = keras.Input((None, 300))
        context = AttentionPooling(score="additive", n_heads=4)(sequence)  # (batch, 1200)

    Reference:
        Those of the scores and normalisers. Lin et al. (2017), A Structured Self-Attentive
        Sentence Embedding, ICLR, arXiv:1703.03130.
    """

    def __init__(
        self,
        *,
        score: str = "feed_forward",
        query: str = "learned",
        normaliser: str = "softmax",
        n_heads: int = 1,
        units: int = 64,
        head_penalty: float = 0.0,
        use_bias: bool = False,
        max_timesteps: int | None = None,
        kernel_initializer: Any = "glorot_uniform",
        query_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.score = score
        self.query = query
        self.normaliser = normaliser
        self.n_heads = n_heads
        self.units = units
        self.head_penalty = head_penalty
        self.use_bias = use_bias
        self.max_timesteps = max_timesteps
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.query_initializer = keras.initializers.get(query_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.kernel_regularizer = keras.regularizers.get(kernel_regularizer)
        self.bias_regularizer = keras.regularizers.get(bias_regularizer)
        self.kernel_constraint = keras.constraints.get(kernel_constraint)
        self.bias_constraint = keras.constraints.get(bias_constraint)

    def build(self, inputs_shape: Shape, query_shape: Shape | None = None) -> None:
        """Create the weights of the score."""
        _, timesteps, features = inputs_shape
        if features is None:
            raise ValueError(f"{self.name}: the number of features of the input is not known")
        sizes = Sizes(
            features=features,
            heads=self.n_heads,
            query=self._query_features(features, query_shape),
            units=self.units,
            timesteps=self._bias_length(timesteps) if self.use_bias else None,
        )
        shapes = SCORES[self.score].shapes(sizes)
        for name, shape in shapes.items():
            kind = "bias" if "bias" in name else "kernel"
            weight = self.add_weight(
                name=name,
                shape=shape,
                initializer=self._initializer(name),
                regularizer=getattr(self, f"{kind}_regularizer"),
                constraint=getattr(self, f"{kind}_constraint"),
                # Scores are float32; mixed precision would hand these weights over as float16.
                autocast=False,
            )
            setattr(self, name, weight)
        self._weight_names = list(shapes)

    def call(
        self,
        inputs: Tensor,
        mask: Tensor | None = None,
        query: Tensor | None = None,
        return_attention_scores: bool = False,
    ) -> Any:
        """Return the context, or the pair of it and the weights."""
        scores = self._scores(inputs, mask, query)
        weights = NORMALISERS[self.normaliser](scores, None if mask is None else mask[:, None])
        context = attend(weights, inputs)
        if self.head_penalty:
            self.add_loss(self.head_penalty * overlap(weights))
        return (context, weights) if return_attention_scores else context

    def compute_mask(
        self, inputs: Tensor, previous_mask: Tensor | None = None, **others: Any
    ) -> None:
        """Pass no mask on: no timesteps are left."""

    def compute_output_shape(self, inputs_shape: Shape, query_shape: Shape | None = None) -> Shape:
        """Return the shape of the context."""
        batch, _, features = inputs_shape
        return batch, features and self.n_heads * features

    def compute_output_spec(
        self,
        inputs: Tensor,
        mask: Tensor | None = None,
        query: Tensor | None = None,
        return_attention_scores: bool = False,
    ) -> Any:
        """Return the shapes and dtypes that `call` returns."""
        self._check_timesteps(inputs.shape[1])
        context = keras.KerasTensor(
            self.compute_output_shape(inputs.shape), dtype=self.compute_dtype
        )
        batch, timesteps, _ = inputs.shape
        weights = keras.KerasTensor((batch, self.n_heads, timesteps), dtype="float32")
        return (context, weights) if return_attention_scores else context

    def get_config(self) -> dict[str, Any]:
        """Return the arguments, for saving."""
        plain = (
            "score",
            "query",
            "normaliser",
            "n_heads",
            "units",
            "head_penalty",
            "use_bias",
            "max_timesteps",
        )
        return {
            **super().get_config(),
            **{name: getattr(self, name) for name in plain},
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "query_initializer": keras.initializers.serialize(self.query_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
            "kernel_regularizer": keras.regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": keras.regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": keras.constraints.serialize(self.kernel_constraint),
            "bias_constraint": keras.constraints.serialize(self.bias_constraint),
        }

    def _scores(self, inputs: Tensor, mask: Tensor | None, query: Tensor | None) -> Tensor:
        """`(batch, heads, timesteps)` float32; a product over many features overflows float16."""
        self._check_timesteps(inputs.shape[1])
        keys = ops.cast(inputs, "float32")
        of_text = QUERIES[self.query].of_text
        if query is None and of_text is not None:
            query = of_text(keys, mask)
        elif query is not None:
            query = ops.cast(query, "float32")
        weights = {name: getattr(self, name) for name in self._weight_names}
        return SCORES[self.score].compute(keys, query, weights)

    def _query_features(self, features: int, query_shape: Shape | None) -> int | None:
        """The features of a query that is given; None if it is learned."""
        if QUERIES[self.query].of_text is None:
            if query_shape is not None:
                raise ValueError(f"{self.name}: a query is given, but query={self.query!r}")
            return None
        return features if query_shape is None else query_shape[-1]

    def _initializer(self, name: str) -> Any:
        if "bias" in name:
            return self.bias_initializer
        return self.query_initializer if "query" in name else self.kernel_initializer

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


def overlap(weights: Tensor) -> Tensor:
    """Return how far heads look at the same tokens, or at several: `||A A^T - I||^2`.

    It is zero if each head has all weight on one token, another one for each head.

    Args:
        weights: A, `(batch, heads, timesteps)`.

    Returns:
        The mean over the texts, `()` float32.

    Example:
        [[[1, 0], [0, 1]]] -> 0; [[[1, 0], [1, 0]]] -> 2, as A A^T is all ones

    Reference:
        Lin et al. (2017), A Structured Self-Attentive Sentence Embedding, ICLR, equation 8.
    """
    products = ops.matmul(weights, ops.swapaxes(weights, 1, 2))
    difference = products - ops.eye(weights.shape[1])
    return ops.mean(ops.sum(ops.square(difference), axis=(1, 2)))
