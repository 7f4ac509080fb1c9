import numpy as np
import onnx
import pytest
from helpers.exports import MAX_TOKENS, in_precision, networks

from regard.network.export.graph import GraphOptions
from regard.network.export.onnx_file import write_onnx
from regard.network.export.word_vectors import put_back, shared_embeddings, stand_ins

pytestmark = pytest.mark.slow


def with_equal_vectors(models):
    for model in models[1:]:
        model.get_layer("embedding").set_weights(models[0].get_layer("embedding").get_weights())
    return models


def matrices(path):
    """Return the word vectors in a file."""
    tensors = [onnx.numpy_helper.to_array(one) for one in onnx.load(path).graph.initializer]
    return [tensor for tensor in tensors if tensor.shape == (20, 6)]


def test_equal_word_vectors_are_shared():
    first, second, third = networks("model=bag_of_vectors", n=3)
    a, b, c = shared_embeddings([*with_equal_vectors([first, second]), third])
    assert a is b
    assert a is not c
    one, same, other = stand_ins([a, b, c])
    assert one is same
    assert [np.unique(layer.get_weights()[0]) for layer in (one, other)] == [-1e6, -1e6 - 1]


def test_word_vectors_of_float16_networks_are_float32():
    models = in_precision("mixed_float16", lambda: networks("model=bag_of_vectors", n=1))
    (layer,) = shared_embeddings(models)
    assert layer.compute_dtype == "float32"
    np.testing.assert_array_equal(
        layer.get_weights(), models[0].get_layer("embedding").get_weights()
    )


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_file_holds_the_vectors_of_the_networks(is_shared, tmp_path):
    models = networks("model=bag_of_vectors", n=2)
    models = with_equal_vectors(models) if is_shared else models
    write_onnx(models, GraphOptions(MAX_TOKENS), tmp_path / "model.onnx", notes={})
    found = matrices(tmp_path / "model.onnx")
    expected = [model.get_layer("embedding").get_weights()[0] for model in models]
    assert len(found) == (1 if is_shared else 2)
    assert sorted(map(np.sum, found)) == sorted(map(np.sum, expected[: len(found)]))


def test_a_missing_stand_in_is_a_bug():
    embeddings = shared_embeddings(networks("model=bag_of_vectors", n=1))
    with pytest.raises(RuntimeError, match="0 of 1 word vectors"):
        put_back(onnx.ModelProto(), embeddings)
