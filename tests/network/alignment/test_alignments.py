"""The promises that every alignment keeps, and those of networks with one."""

import functools
import os
import pkgutil
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from helpers.cases import compose_config
from helpers.classifiers import PAIR, build, network
from helpers.layers import numpy_of, random_inputs, right_padded
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.errors import ConfigError
from regard.network import alignment
from regard.network.alignment import ALIGNMENTS, check_alignment
from regard.tasks import Binary

pytestmark = pytest.mark.slow  # importing Keras takes seconds

SMALL = ["model.pair.comparison.units=5", "model.pair.composition.units=3"]
SMALL += ["model.embedding_projection=4"]
ADVICE = "set model.pair.alignment=none, or competition.texts=pair"
ALIGNED = [name for name in ALIGNMENTS if name != "none"]
LENGTHS = st.tuples(st.integers(1, 6), st.integers(1, 6))


@functools.cache
def aligned(name: str, seed: int = 1) -> keras.Model:
    """An alignment alone: from the sequences of both texts and their mask to sequences."""
    sequence, mask = keras.Input((None, 4)), keras.Input((None,), dtype="bool")
    pair = network(f"model.pair.alignment={name}", *SMALL).pair
    return keras.Model([sequence, mask], ALIGNMENTS[name].build(sequence, mask, pair, seed=seed))


def sequences(name, pairs, timesteps, poison=0.0, seed=1):
    """Align pairs of texts, and return the real timesteps of all first, then all second texts."""
    texts = [first for first, _ in pairs] + [second for _, second in pairs]
    batch = np.full((len(texts), timesteps, 4), poison, np.float32)
    for row, text in enumerate(texts):
        batch[row, : len(text)] = text
    mask = right_padded([len(text) for text in texts], timesteps)
    found = aligned(name, seed).predict_on_batch([batch, mask])
    return [of_text[real] for of_text, real in zip(found, mask, strict=True)]


def random_pairs(lengths, seed):
    random = np.random.default_rng(seed)
    return [
        tuple(random.normal(size=(length, 4)).astype(np.float32) for length in pair)
        for pair in lengths
    ]


def assert_close(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_every_module_of_the_folder_registers_an_alignment():
    modules = {module.name for module in pkgutil.iter_modules(alignment.__path__)}
    assert {one.build.__module__.rpartition(".")[2] for one in ALIGNMENTS.values()} == modules


@pytest.mark.parametrize("name", ALIGNMENTS)
@settings(max_examples=8, deadline=None)
@given(
    lengths=st.lists(LENGTHS, min_size=1, max_size=3),
    extra=st.integers(0, 4),
    seed=st.integers(0, 99),
)
def test_padding_of_either_text_changes_nothing(name, lengths, extra, seed):
    pairs = random_pairs(lengths, seed)
    found = sequences(name, pairs, np.max(lengths) + extra, poison=1e3)
    alone = [sequences(name, [pair], max(map(len, pair))) for pair in pairs]
    assert_close(found, [first for first, _ in alone] + [second for _, second in alone])


@pytest.mark.parametrize("name", ALIGNMENTS)
@settings(max_examples=8, deadline=None)
@given(lengths=LENGTHS, seed=st.integers(0, 99))
def test_swapped_texts_have_swapped_sequences(name, lengths, seed):
    ((first, second),) = random_pairs([lengths], seed)
    found = sequences(name, [(first, second)], max(lengths))
    assert_close(sequences(name, [(second, first)], max(lengths))[::-1], found)


@pytest.mark.parametrize("name", ALIGNMENTS)
def test_only_an_alignment_reads_the_other_text(name):
    pairs = random_pairs([(3, 4), (3, 4)], 0)
    one, two = (sequences(name, [(pairs[0][0], other)], 4)[0] for _, other in pairs)
    assert bool(np.abs(one - two).max() > 1e-4) is (name != "none")


@pytest.mark.parametrize("name", ALIGNED)
def test_texts_without_a_real_token_are_finite(name):
    found = aligned(name)([random_inputs(4, 3, 4), right_padded([0, 2, 0, 0], 3)])
    assert np.isfinite(numpy_of(found)).all()


@pytest.mark.parametrize("name", ALIGNED)
def test_the_seed_decides_the_weights(name):
    first, again, other = (aligned.__wrapped__(name, seed).get_weights() for seed in (1, 1, 2))
    assert all((one == two).all() for one, two in zip(first, again, strict=True))
    assert any((one != two).any() for one, two in zip(first, other, strict=True))


@functools.cache
def model(name: str) -> keras.Model:
    settings = [f"model.pair.alignment={name}", *SMALL, "model.pooling=[attention,max,last]"]
    return build(network(*settings, "model.rnn.bidirectional=true"), Binary(("same",)), PAIR)


def predicted(name, pairs, length):
    first, second = (
        np.array([[*text, *[0] * (length - len(text))] for text in texts], np.int32)
        for texts in zip(*pairs, strict=True)
    )
    return np.asarray(model(name).predict_on_batch({"token_ids": first, "token_ids_2": second}))


@pytest.mark.parametrize("name", ALIGNED)
def test_predictions_do_not_depend_on_padding_or_batch(name):
    pairs = [([3], [4, 5, 6, 7]), ([8, 9, 2], [1]), ([5], [5]), ([], [3])]
    together = predicted(name, pairs, 7)
    assert np.isfinite(together).all()
    for pair, found in zip(pairs, together, strict=True):
        np.testing.assert_allclose(predicted(name, [pair], 4)[0], found, atol=1e-6)


@pytest.mark.parametrize("name", ALIGNED)
def test_a_network_in_half_precision_is_finite(name):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = build(network(f"model.pair.alignment={name}", *SMALL), reads=PAIR)
    finally:
        keras.config.set_dtype_policy("float32")
    token_ids = np.array([[3, 4, 0], [0, 0, 0]], np.int32)
    found = half.predict_on_batch({"token_ids": token_ids, "token_ids_2": token_ids[::-1]})
    assert np.isfinite(found).all()


def test_scores_beyond_the_range_of_half_precision():
    full = aligned.__wrapped__("decomposable")
    keras.config.set_dtype_policy("mixed_float16")
    try:
        half = aligned.__wrapped__("decomposable")
    finally:
        keras.config.set_dtype_policy("float32")
    # So great that F alone leaves the range of float16, and not only its products.
    weights = [numpy_of(one.value) * (1e3 if "attend" in one.path else 1) for one in full.weights]
    batch = np.random.default_rng(0).choice([-200.0, 200.0], size=(2, 3, 4))
    found = []
    for model in (half, full):
        model.set_weights(weights)
        found.append(numpy_of(model([batch, np.ones((2, 3), bool)])))
    np.testing.assert_allclose(*found, rtol=0.02, atol=0.02 * found[1].max())


@pytest.mark.parametrize("page", ["decomposable_attention", "esim"])
def test_the_network_of_a_page_learns_and_loads_again(page, tmp_path):
    still = ["model.embedding_dropout=0", "model.head.dropout=0", "model.pair.comparison.dropout=0"]
    learner = build(network(f"model={page}", *still), Binary(("same",)), PAIR)
    learner.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy")
    token_ids = np.array([[3, 4, 5], [6, 7, 0], [8, 2, 0], [9, 0, 0]], np.int32)
    inputs = {"token_ids": token_ids, "token_ids_2": token_ids[[0, 1, 3, 2]]}
    labels = np.array([[1], [1], [0], [0]])
    losses = [float(numpy_of(learner.train_on_batch(inputs, labels))) for _ in range(20)]
    assert losses[-1] < losses[0] / 2
    learner.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again.predict_on_batch(inputs), learner.predict_on_batch(inputs))


@pytest.mark.parametrize("page", ["decomposable_attention", "esim"])
def test_only_pairs_are_aligned(page):
    both = ["competition.text_columns=[a,b]"]
    config = compose_config(f"model={page}", *both, "competition.texts=separate")
    message = f"aligns the two texts of a pair, but competition.texts=separate; {ADVICE}"
    with pytest.raises(ConfigError, match=re.escape(message)):
        check_alignment("model", config.model, config.competition)
    for advice in ("model.pair.alignment=none", "competition.texts=pair"):
        fixed = compose_config(f"model={page}", *both, advice)
        check_alignment("model", fixed.model, fixed.competition)


def test_one_text_cannot_become_a_pair():
    config = compose_config("model=esim")
    with pytest.raises(ConfigError, match=r"texts=joined; set model\.pair\.alignment=none$"):
        check_alignment("model", config.model, config.competition)
    for other in ("model=lstm_attention", "model=nb_svm"):
        config = compose_config(other)
        check_alignment("model", config.model, config.competition)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_give_the_same_predictions(backend, tmp_path):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    pairs = [([3, 4], [5, 6, 7]), ([8], [])]
    for name in ALIGNED:
        model(name).save(tmp_path / f"{name}.keras")
    code = """
import sys
import keras, numpy as np
import regard.network.layers
first, second = np.int32([[3, 4, 0], [8, 0, 0]]), np.int32([[5, 6, 7], [0, 0, 0]])
inputs = {"token_ids": first, "token_ids_2": second}
for path in sys.argv[1:]:
    network = keras.models.load_model(path, compile=False)
    np.save(path + ".npy", network.predict_on_batch(inputs))
"""
    paths = [str(tmp_path / f"{name}.keras") for name in ALIGNED]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    command = [sys.executable, "-c", code, *paths]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    for name, path in zip(ALIGNED, paths, strict=True):
        np.testing.assert_allclose(np.load(f"{path}.npy"), predicted(name, pairs, 3), atol=1e-5)
