"""Gradients of a network's outputs with respect to its word vectors, on any backend of Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from regard.network.batching import batch_inputs

if TYPE_CHECKING:
    from regard.config import BatchesConfig
    from regard.data.inputs import Inputs

Tensor = Any
Named = dict[str, Any]  # inputs of a network by name
Gradients = Callable[[Named, Named, np.ndarray], list[np.ndarray]]

_VECTORS = "vectors_of_"
_ROWS_AT_ONCE = 128  # texts in a batch, each as often as there are scales
_LENGTH_STEP = 32  # texts are padded to its multiples: each length is compiled anew on jax


@dataclass(frozen=True, eq=False)
class PathBatch:
    """Some rows, each repeated for every scale of its word vectors.

    Attributes:
        rows: `(batch,)` row indices.
        named: the inputs of the network, `(scales * batch, ...)`, the first scale first.
        swapped: whether the two texts of each pair have changed places.
    """

    rows: np.ndarray
    named: dict[str, np.ndarray]
    swapped: bool


class WordGradients:
    """A network from its word vectors to its outputs, and the gradients of the outputs.

    Args:
        network: from `build_model`; its layers are shared.
    """

    def __init__(self, network: keras.Model) -> None:
        self._model = from_word_vectors(network)
        self._matrix = keras.ops.convert_to_numpy(network.get_layer("embedding").embeddings)
        self._gradients = BACKENDS[keras.backend.backend()](self._model)

    def outputs(self, named: Named, scales: np.ndarray) -> np.ndarray:
        """Return the outputs of texts whose word vectors are scaled.

        Args:
            named: from `path_batches`, `(batch, ...)`.
            scales: `(batch,)` the factor of all vectors of a text: 1 for the text itself, 0 for
                the zero vectors that explanations compare it with.

        Returns:
            `(batch, n_outputs)` float32.
        """
        scaled = _scaled(self._vectors(named), scales)
        return np.asarray(self._model.predict_on_batch({**named, **scaled}), np.float32)

    def products(self, named: Named, scales: np.ndarray, slopes: np.ndarray) -> list[np.ndarray]:
        """Return the product of each word vector with the gradient at a scale of it.

        Args:
            named: see `outputs`.
            scales: see `outputs`.
            slopes: `(batch, n_outputs)` float32: gradients are those of `sum(slopes * outputs)`.

        Returns:
            For each text of a row `(batch, timesteps)` float32.
        """
        vectors = self._vectors(named)
        gradients = self._gradients(named, _scaled(vectors, scales), slopes.astype(np.float32))
        pairs = zip(vectors.values(), gradients, strict=True)
        return [np.einsum("btd,btd->bt", *pair) for pair in pairs]

    def _vectors(self, named: Named) -> Named:
        """Return the word vectors of each text, by the name of the input."""
        texts = [name for name in named if name.startswith("token_ids")]
        return {f"{_VECTORS}{name}": self._matrix[named[name]] for name in texts}


def from_word_vectors(network: keras.Model) -> keras.Model:
    """Return a network with an input `vectors_of_<name>` for the word vectors of each text.

    The token ids are inputs as before: they tell which timesteps are padding.

    Args:
        network: from `build_model`; its layers are shared.
    """
    vectors: Named = {}

    def call(layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> Tensor:
        if layer.name == "release":  # the identity, which may hold gradients back
            return args[0]
        output = layer(*args, **kwargs)
        if layer.name == "embedding":
            output.name = f"{_VECTORS}{args[0].name}"
            vectors[output.name] = output
        return output

    clone = keras.models.clone_model(
        network, clone_function=lambda layer: layer, call_function=call
    )
    return keras.Model({**clone.input, **vectors}, clone.output)


def outputs_along(
    gradients: WordGradients, inputs: Inputs, config: BatchesConfig, scales: np.ndarray
) -> np.ndarray:
    """Return the outputs of all rows at some scales of their word vectors.

    The outputs of a symmetric pair are the mean over both orders of its texts.

    Returns:
        `(scales, rows, n_outputs)` float32.
    """
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    for batch in _path_batches(inputs, config, len(scales)):
        found = gradients.outputs(batch.named, np.repeat(scales, len(batch.rows)))
        parts.append((batch.rows, found.reshape(len(scales), len(batch.rows), -1)))
    outputs = np.zeros((len(scales), len(inputs), parts[0][1].shape[2]), np.float32)
    for rows, found in parts:
        outputs[:, rows] += found / np.float32(_n_orders(inputs))
    return outputs


def products_along(
    gradients: WordGradients,
    inputs: Inputs,
    config: BatchesConfig,
    scales: np.ndarray,
    slopes: np.ndarray,
) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """Yield the products of word vectors and gradients, summed over scales, of some rows at a time.

    Args:
        gradients: of the network.
        inputs: the inputs of all rows.
        config: the part of long texts that is read.
        scales: `(scales,)`.
        slopes: `(scales, rows, n_outputs)`.

    Yields:
        The row indices `(batch,)`, and for each text `(batch, timesteps)` float32. Rows of
        symmetric pairs come twice: their products are the sum.
    """
    for batch in _path_batches(inputs, config, len(scales)):
        of_rows = slopes[:, batch.rows].reshape(-1, slopes.shape[2]) / _n_orders(inputs)
        found = gradients.products(batch.named, np.repeat(scales, len(batch.rows)), of_rows)
        summed = [
            products.reshape(len(scales), len(batch.rows), -1).sum(axis=0) for products in found
        ]
        yield batch.rows, summed[::-1] if batch.swapped else summed


def _n_orders(inputs: Inputs) -> int:
    return 2 if inputs.symmetric else 1


def _path_batches(inputs: Inputs, config: BatchesConfig, n_scales: int) -> Iterator[PathBatch]:
    """Yield all rows in batches of similar length, each row once for every scale.

    A symmetric pair comes in both orders of its texts, as in `batching.predict`.
    """
    every = np.arange(len(inputs))
    lengths = inputs.lengths(every, config.max_tokens)
    order = np.argsort(lengths.max(axis=1), kind="stable")
    size = max(1, _ROWS_AT_ONCE // n_scales)
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        longest = lengths[rows].max(axis=0)
        # Lengths [5, 40], at most 36 -> [32, 36].
        padded = np.minimum(-(-longest // _LENGTH_STEP) * _LENGTH_STEP, config.max_tokens)
        for swapped in (False, True)[: _n_orders(inputs)]:
            named = batch_inputs(inputs, rows, padded, swapped, truncate=config.truncate)
            repeated = {name: np.concatenate([cells] * n_scales) for name, cells in named.items()}
            yield PathBatch(rows, repeated, swapped)


def _scaled(vectors: Named, scales: Sequence[float] | np.ndarray) -> Named:
    factors = np.asarray(scales, np.float32)[:, None, None]
    return {name: values * factors for name, values in vectors.items()}


def _by_tensorflow(model: keras.Model) -> Gradients:
    import tensorflow as tf

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def gradients(named: Named, vectors: Named, slopes: Tensor) -> Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(vectors)
            total = tf.reduce_sum(model({**named, **vectors}, training=False) * slopes)
        return tape.gradient(total, vectors, unconnected_gradients="zero")

    def call(named: Named, vectors: Named, slopes: np.ndarray) -> list[np.ndarray]:
        # Arrays would be constants of the graph, which is then made anew for each batch.
        tensors = tf.nest.map_structure(tf.convert_to_tensor, (named, vectors, slopes))
        found = gradients(*tensors)
        return [np.asarray(found[name]) for name in vectors]

    return call


def _by_jax(model: keras.Model) -> Gradients:
    import jax

    def total(vectors: Named, named: Named, slopes: Tensor, weights: list[Tensor]) -> Tensor:
        outputs, _ = model.stateless_call(*weights, {**named, **vectors}, training=False)
        return (outputs * slopes).sum()

    gradients = jax.jit(jax.grad(total))

    def call(named: Named, vectors: Named, slopes: np.ndarray) -> list[np.ndarray]:
        weights = [
            [variable.value for variable in variables]
            for variables in (model.trainable_variables, model.non_trainable_variables)
        ]
        found = gradients(vectors, named, slopes, weights)
        return [np.asarray(found[name]) for name in vectors]

    return call


def _by_torch(model: keras.Model) -> Gradients:
    import torch

    def call(named: Named, vectors: Named, slopes: np.ndarray) -> list[np.ndarray]:
        convert = keras.ops.convert_to_tensor
        inputs = {name: convert(values) for name, values in named.items()}
        watched = {name: convert(values).requires_grad_() for name, values in vectors.items()}
        # cuDNN has gradients of recurrent layers in training only.
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            total = (model({**inputs, **watched}, training=False) * convert(slopes)).sum()
            found = torch.autograd.grad(
                total, list(watched.values()), allow_unused=True, materialize_grads=True
            )
        return [keras.ops.convert_to_numpy(gradient) for gradient in found]

    return call


# The function that differentiates a model, by the backend of Keras.
BACKENDS: dict[str, Callable[[keras.Model], Gradients]] = {
    "tensorflow": _by_tensorflow,
    "jax": _by_jax,
    "torch": _by_torch,
}
