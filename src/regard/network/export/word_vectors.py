"""Word vectors on their way into an ONNX file.

The converter makes so many copies of every weight that those of a large vocabulary would fill the
memory. So it sees stand-ins of two rows, which are replaced in its result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from regard.network.export.rebuild import in_float32

if TYPE_CHECKING:
    import onnx

_MARK = -1e6  # the values of stand-ins: this and the whole numbers below


def shared_embeddings(models: Sequence[keras.Model]) -> list[keras.layers.Layer]:
    """Return the word vectors of each network; equal ones are the same layer.

    They are equal in all folds if they are not trained.
    """
    found: list[keras.layers.Layer] = []
    for model in models:
        layer = model.get_layer("embedding")
        equal = (other for other in found if _are_equal(layer, other))
        found.append(next(equal, None) or in_float32(layer))
    return found


def stand_ins(embeddings: Sequence[keras.layers.Layer]) -> list[keras.layers.Layer]:
    """Return layers in the place of word vectors, for the converter.

    Args:
        embeddings: from `shared_embeddings`.

    Returns:
        A layer for each, with two vectors of a value that no other one has. The same layer twice
        gets the same stand-in.
    """
    layers: dict[int, keras.layers.Layer] = {}
    for embedding in embeddings:
        if id(embedding) not in layers:
            value = _MARK - len(layers)
            layer = keras.layers.Embedding(
                2, embedding.output_dim, embeddings_initializer=keras.initializers.Constant(value)
            )
            layer.build((None, None))
            layers[id(embedding)] = layer
    return [layers[id(embedding)] for embedding in embeddings]


def put_back(converted: onnx.ModelProto, embeddings: Sequence[keras.layers.Layer]) -> None:
    """Replace the values of stand-ins in an ONNX model by the word vectors.

    Args:
        converted: from networks with `stand_ins(embeddings)`.
        embeddings: from `shared_embeddings`.
    """
    from onnx import numpy_helper

    distinct = list({id(embedding): embedding for embedding in embeddings}.values())
    found = 0
    for tensor in converted.graph.initializer:
        if len(tensor.dims) != 2 or tensor.dims[0] != 2:
            continue
        number = _MARK - float(numpy_helper.to_array(tensor)[0, 0])
        if number in range(len(distinct)):
            (matrix,) = distinct[int(number)].get_weights()
            tensor.CopyFrom(numpy_helper.from_array(matrix, tensor.name))
            found += 1
    if found != len(distinct):
        raise RuntimeError(f"{found} of {len(distinct)} word vectors are in the ONNX model")


def _are_equal(layer: keras.layers.Layer, other: keras.layers.Layer) -> bool:
    return bool(np.array_equal(layer.get_weights()[0], other.get_weights()[0]))
