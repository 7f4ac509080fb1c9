import itertools
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from helpers.layers import gradient, numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from regard.network.attention.normalisers import NORMALISERS
from regard.network.attention.queries import QUERIES
from regard.network.attention.scores import SCORES, Score
from regard.network.layers.attention import FeedForwardAttention
from regard.network.layers.attention_pooling import AttentionPooling, overlap

pytestmark = pytest.mark.slow  # importing Keras takes seconds

# Every score with every query of one text that it takes, and as many heads as it can have.
KINDS = [
    {
        "score": score,
        "query": query,
        "units": 5,
        "n_heads": 2 if query == "learned" or SCORES[score].separates_heads else 1,
    }
    for score, query in itertools.product(SCORES, QUERIES)
    if not QUERIES[query].of_pair and (query == "learned" or SCORES[score].takes_query)
]
EACH_KIND = pytest.mark.parametrize(
    "kind", KINDS, ids=lambda kind: f"{kind['score']}-{kind['query']}"
)
INPUTS = np.array([[[0.5, 4.0], [-0.5, 8.0], [100.0, 100.0]]], np.float32)
MASK = np.array([[True, True, False]])


def weigh(layer: AttentionPooling, inputs: np.ndarray, mask: np.ndarray) -> list[np.ndarray]:
    """Return the context and the weights."""
    return [numpy_of(part) for part in layer(inputs, mask=mask, return_attention_scores=True)]


def test_three_lines_by_hand():
    layer = AttentionPooling(score="dot", query="last", normaliser="sparsemax")
    # The last token is [-0.5, 8]: the scores are 31.75 and 64.25, far apart for sparsemax.
    context, weights = weigh(layer, INPUTS, MASK)
    np.testing.assert_allclose(weights, [[[0.0, 1.0, 0.0]]])
    np.testing.assert_allclose(context, [[-0.5, 8.0]])


def test_biases_of_a_score_from_outside_start_at_zero(monkeypatch):
    monkeypatch.setitem(
        SCORES, "hidden", Score(lambda _: {"kernel": (4,), "hidden_bias": (4,)}, None)
    )
    layer = AttentionPooling(score="hidden", kernel_initializer="ones", bias_regularizer="l2")
    layer.build((None, None, 3))
    first = {weight.name: (weight.numpy().tolist(), weight.regularizer) for weight in layer.weights}
    assert first == {
        "kernel": ([1.0] * 4, None),
        "hidden_bias": ([0.0] * 4, layer.bias_regularizer),
    }


def test_structured_self_attention_is_that_of_the_paper():
    """A = softmax(V tanh(W H)), M = A H, and the penalty of A A^T - I."""
    inputs, mask = random_inputs(3, 6, 4), right_padded([6, 6, 6], 6)
    layer = AttentionPooling(score="additive", n_heads=3, units=5, head_penalty=0.5)
    context, _ = weigh(layer, inputs, mask)
    first, second = layer.get_weights()
    powers = np.exp(np.tanh(inputs @ first) @ second).swapaxes(1, 2)
    weights = powers / powers.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(context, (weights @ inputs).reshape(3, -1), atol=1e-5)
    difference = weights @ weights.swapaxes(1, 2) - np.eye(3)
    penalty = 0.5 * (difference**2).sum(axis=(1, 2)).mean()
    np.testing.assert_allclose([numpy_of(loss) for loss in layer.losses], [penalty], rtol=1e-4)


def test_overlap_by_hand():
    assert float(numpy_of(overlap(np.float32([[[1, 0], [0, 1]]])))) == 0.0
    assert float(numpy_of(overlap(np.float32([[[1, 0], [1, 0]]])))) == 2.0


def test_the_penalty_moves_heads_apart():
    def trained(penalty: float) -> float:
        keras.utils.set_random_seed(1)
        layer = AttentionPooling(score="additive", n_heads=2, units=4, head_penalty=penalty)
        inputs = keras.Input((6, 3))
        model = keras.Model(inputs, keras.layers.Dense(1)(layer(inputs)))
        model.compile(keras.optimizers.Adam(0.05), loss="mse")
        values = random_inputs(8, 6, 3)
        for _ in range(40):
            model.train_on_batch(values, np.zeros(8))
        _, weights = layer(values, return_attention_scores=True)
        return float(numpy_of(overlap(weights)))

    assert trained(1.0) < trained(0.0) - 0.5


def test_feed_forward_attention_is_one_point_of_the_family():
    inputs, mask = random_inputs(3, 5, 4), right_padded([5, 2, 0], 5)
    plain = FeedForwardAttention()
    context = numpy_of(plain(inputs, mask=mask))
    layer = AttentionPooling()
    layer.build(inputs.shape)
    layer.set_weights(plain.get_weights())
    found, weights = weigh(layer, inputs, mask)
    np.testing.assert_array_equal(found, context)
    assert weights.shape == (3, 1, 5)


@EACH_KIND
@pytest.mark.parametrize("normaliser", NORMALISERS)
@settings(max_examples=4, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 6), min_size=1, max_size=4),
    extra=st.integers(0, 3),
    poison=st.sampled_from([-1e30, 1e4]),
)
def test_properties(kind, normaliser, lengths, extra, poison):
    n_rows, mask = len(lengths), right_padded(lengths, 6)
    inputs = random_inputs(n_rows, 6, 3)
    layer = AttentionPooling(normaliser=normaliser, **kind)
    context, weights = weigh(layer, inputs, mask)
    assert context.shape == (n_rows, kind["n_heads"] * 3)
    # Weights sum to one over the real tokens; without any they are zero, and so is the context.
    assert np.isfinite(context).all()
    sums = np.repeat(mask.any(axis=1)[:, None], kind["n_heads"], axis=1)
    np.testing.assert_allclose(weights.sum(axis=-1), sums, atol=1e-5)
    assert (weights[np.broadcast_to(~mask[:, None], weights.shape)] == 0.0).all()
    assert not context[~mask.any(axis=1)].any()
    # One real token is returned unchanged.
    for row in np.flatnonzero(mask.sum(axis=1) == 1):
        np.testing.assert_allclose(
            context[row], np.tile(inputs[row, 0], kind["n_heads"]), rtol=1e-5
        )
    # Masked timesteps do not matter.
    poisoned = np.where(mask[:, :, None], inputs, np.float32(poison))
    longer = np.pad(poisoned, [(0, 0), (0, extra), (0, 0)], constant_values=poison)
    again, _ = weigh(layer, longer, np.pad(mask, [(0, 0), (0, extra)]))
    np.testing.assert_allclose(again, context, rtol=1e-4, atol=1e-5)
    # The order of tokens does not matter, unless the query is the last of them.
    if kind["query"] != "last":
        order = np.random.default_rng(1).permutation(6)
        shuffled, moved = weigh(layer, inputs[:, order], mask[:, order])
        np.testing.assert_allclose(shuffled, context, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(moved, weights[:, :, order], atol=1e-5)


@EACH_KIND
def test_gradients_reach_real_tokens_and_no_padding(kind):
    mask = right_padded([3, 2, 0], 3)
    layer = AttentionPooling(normaliser="entmax15", head_penalty=0.1, **kind)
    *weights, values = gradient(layer, random_inputs(3, 3, 2), mask)
    assert np.isfinite(values).all()
    assert (values[~mask] == 0.0).all()
    assert values.any(axis=(1, 2)).tolist() == [True, True, False]
    assert all(np.isfinite(weight).all() and weight.any() for weight in weights)


@EACH_KIND
@pytest.mark.parametrize("dtype", ["float16", "mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_finite_with_float32_weights(kind, dtype):
    inputs, mask = 1e3 * random_inputs(2, 4, 3), right_padded([0, 2], 4)
    layer = AttentionPooling(dtype=dtype, **kind)
    context, weights = layer(inputs, mask=mask, return_attention_scores=True)
    symbols = layer(keras.Input((4, 3), dtype=layer.compute_dtype), return_attention_scores=True)
    for value, symbol in zip((context, weights), symbols, strict=True):
        assert keras.backend.standardize_dtype(value.dtype) == symbol.dtype
        assert value.shape[1:] == symbol.shape[1:]
    assert keras.backend.standardize_dtype(weights.dtype) == "float32"
    context = numpy_of(ops.cast(context, "float32"))
    assert np.isfinite(context).all()
    assert not context[0].any()


@EACH_KIND
def test_config_round_trip(kind):
    layer = AttentionPooling(
        normaliser="sparsemax",
        head_penalty=0.2,
        kernel_initializer=keras.initializers.HeNormal(seed=3),
        query_initializer="ones",
        kernel_regularizer=keras.regularizers.L2(0.1),
        **kind,
    )
    again = AttentionPooling.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    inputs, mask = random_inputs(2, 4, 3), right_padded([4, 2], 4)
    np.testing.assert_array_equal(weigh(again, inputs, mask)[0], weigh(layer, inputs, mask)[0])


def test_symbolic_shapes_are_those_of_the_values():
    layer = AttentionPooling(score="additive", n_heads=2)
    symbols = layer(keras.Input((None, 3)), return_attention_scores=True)
    assert [symbol.shape for symbol in symbols] == [(None, 6), (None, 2, None)]
    assert layer(keras.Input((None, 3))).shape == (None, 6)
    assert layer.compute_output_shape((None, None, 3)) == (None, 6)


def test_a_bias_for_each_timestep_and_head():
    layer = AttentionPooling(n_heads=2, use_bias=True, max_timesteps=4)
    layer.build((None, None, 3))
    kernel, _ = layer.get_weights()
    layer.set_weights([0 * kernel, np.float32([[9, 0], [0, 9], [0, 0], [0, 0]])])
    _, weights = weigh(layer, random_inputs(1, 3, 3), np.ones((1, 3), bool))
    assert weights.argmax(axis=-1).tolist() == [[0, 1]]


def test_a_query_can_be_given():
    """The encoding of another text: attention between the two texts of a pair."""
    layer = AttentionPooling(score="bilinear", query="last", kernel_initializer="ones")
    sequence, other = keras.Input((None, 3)), keras.Input((2,))
    model = keras.Model([sequence, other], layer(sequence, query=other))
    inputs = random_inputs(1, 4, 3)
    # The scores are (sum of the query) * (sum of the key).
    found = model([inputs, np.float32([[100, 400]])])
    np.testing.assert_allclose(
        numpy_of(found), inputs[:, inputs[0].sum(axis=1).argmax()], rtol=1e-5
    )
    with pytest.raises(ValueError, match="a query is given, but query='learned'"):
        AttentionPooling(name="one")(inputs, query=np.ones((1, 2)))


def test_a_saved_model_loads(tmp_path):
    inputs = keras.Input((4, 3))
    pooled = [AttentionPooling(normaliser="entmax15", **kind)(inputs) for kind in KINDS]
    model = keras.Model(inputs, keras.layers.Concatenate()(pooled))
    model.save(tmp_path / "model.keras")
    values = random_inputs(2, 4, 3)
    found = keras.models.load_model(tmp_path / "model.keras", compile=False)(values)
    np.testing.assert_array_equal(numpy_of(found), numpy_of(model(values)))


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_give_the_same_weights(backend, tmp_path):
    pytest.importorskip(backend, reason=f"the backend {backend} is not installed")
    inputs, mask = random_inputs(2, 5, 3), right_padded([5, 2], 5)
    code = f"""
import sys
import numpy as np
import keras
from regard.network.layers.attention_pooling import AttentionPooling
stored = np.load(sys.argv[1])
kinds = {[(kind, name) for kind in KINDS for name in NORMALISERS]!r}
for number, (kind, normaliser) in enumerate(kinds):
    layer = AttentionPooling(normaliser=normaliser, **kind)
    layer.build(stored["inputs"].shape)
    n_weights = len(layer.weights)
    layer.set_weights([stored[f"{{number}}_{{index}}"] for index in range(n_weights)])
    found = layer(stored["inputs"], mask=stored["mask"], return_attention_scores=True)[1]
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(found), stored[f"{{number}}"], atol=1e-5
    )
"""
    stored = {"inputs": inputs, "mask": mask}
    for number, (kind, name) in enumerate(itertools.product(KINDS, NORMALISERS)):
        layer = AttentionPooling(normaliser=name, **kind)
        stored[f"{number}"] = weigh(layer, inputs, mask)[1]
        stored.update({f"{number}_{i}": value for i, value in enumerate(layer.get_weights())})
    np.savez(tmp_path / "stored.npz", **stored)
    environment = {**os.environ, "KERAS_BACKEND": backend}
    command = [sys.executable, "-c", code, str(tmp_path / "stored.npz")]
    subprocess.run(command, env=environment, check=True)
