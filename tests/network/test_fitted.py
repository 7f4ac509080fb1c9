import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from helpers.cases import compose_config
from helpers.classifiers import CLASSES, ONE_TEXT, build
from helpers.tables import frame

from regard.artefacts import read_json, write_json
from regard.config import page_options
from regard.data.cutting import Cut, resolved
from regard.data.features import FeatureSpace
from regard.data.preprocessor import Preprocessor
from regard.data.rows import Rows
from regard.errors import ArtefactError
from regard.network.encoders import ENCODERS
from regard.network.fitted import FittedNetwork, at_tokens, read_network, write_network
from regard.network.fold_inputs import FoldInputs
from regard.network.trainer import TrainingSettings
from regard.tasks import Binary, MultiClass, Ordinal, Regression
from regard.tasks.class_weights import shift_probabilities
from regard.text import as_tokenizer

pytestmark = pytest.mark.slow  # Keras traces a network for nearly every test

FILES = ("weights.npz", "network.json")
VOCABULARY = ["<pad>", "<unk>", *"abcdefghijklmnopqr"]
SMALL = ["batches.max_tokens=12", "model.rnn.units=3", "model.cnn.filters=4"]
SMALL += ["model.dpcnn.filters=4", "model.dpcnn.n_blocks=2", "text.cleaning=[]"]
ONE = frame(text=["a b c", "", "d e f g h i j k l m n o p q r a b c", "zebra"])
BOTH = ONE.assign(other=ONE["text"].to_numpy()[::-1])
NETWORKS = [
    page for page in page_options()["model"] if not page.startswith(("base", "encoder", "nb", "tf"))
]


def run_of(*overrides, task=CLASSES, vocabulary=VOCABULARY, values=()):
    """Return the parts of a run that a network is loaded by."""
    config = compose_config(*SMALL, "features.text_statistics=[]", *overrides)
    space = FeatureSpace((), values)
    competition = config.competition
    preprocessor = Preprocessor(competition, (), (), vocabulary, space)
    return SimpleNamespace(
        config=config,
        batches=resolved(config.batches, Cut(12, "head")),
        task=task,
        vocabulary=vocabulary,
        preprocessor=preprocessor,
    )


def settings_of(run, shift=None):
    config = run.config
    return TrainingSettings(
        run.task,
        config.competition.metric,
        run.batches,
        config.training,
        config.thresholds,
        config.seed,
        shift=shift,
    )


def written(folder, run, reads=ONE_TEXT, shift=None):
    """Write a network with random weights, and return it as it was before."""
    network = build(run.config.model, run.task, reads)
    random = np.random.default_rng(5)
    network.set_weights(
        [weight + random.normal(0, 0.1, weight.shape) for weight in network.get_weights()]
    )
    settings = settings_of(run, shift)
    write_network(folder, network, reads, settings)
    return FittedNetwork(network, run, settings)


def assert_same_bytes(found, fitted, rows):
    for one in (rows, rows.iloc[1:]):
        outputs = fitted.predict(Rows(one))
        assert found.predict(Rows(one)).tobytes() == outputs.tobytes()
        assert np.isfinite(outputs).all()


@pytest.mark.parametrize("name", ENCODERS)
def test_every_encoder_predicts_the_same_bytes_again(name, tmp_path):
    run = run_of(f"model.encoder={name}", "model.skip_connection=false")
    fitted = written(tmp_path, run)
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)
    assert_same_bytes(read_network(run, tmp_path), fitted, ONE)


@pytest.mark.parametrize("page", NETWORKS)
def test_every_page_predicts_the_same_bytes_again(page, tmp_path):
    run = run_of(f"model={page}")
    fitted = written(tmp_path, run)
    assert_same_bytes(read_network(run, tmp_path), fitted, ONE)


@pytest.mark.parametrize(
    ("task", "reads"),
    [
        (Binary(("spam",)), ONE_TEXT),
        (Ordinal(("1", "2", "3")), ONE_TEXT),
        (
            Regression(("x", "y"), ranges=((0.0, 2.0), (-1.0, 1.0))),
            FoldInputs(label_means=[1.0, 0.0], label_stds=[0.5, 2.0]),
        ),
    ],
    ids=["binary", "ordinal", "regression"],
)
def test_every_kind_of_outputs_is_read_back(task, reads, tmp_path):
    run = run_of(task=task)
    fitted = written(tmp_path, run, reads)
    assert_same_bytes(read_network(run, tmp_path), fitted, ONE)


@pytest.mark.parametrize("texts", ["pair", "separate"])
def test_two_texts_are_read_back(texts, tmp_path):
    columns = ["competition.text_columns=[text,other]", f"competition.texts={texts}"]
    run = run_of(*columns)
    reads = FoldInputs(n_texts=2, paired=texts == "pair")
    fitted = written(tmp_path, run, reads)
    assert_same_bytes(read_network(run, tmp_path), fitted, BOTH)


def test_scales_of_numbers_and_categories_are_read_back(tmp_path):
    columns = ["competition.numeric_columns=[size]", "competition.categorical_columns=[kind]"]
    run = run_of(*columns, values=(("k", "l"),))
    reads = FoldInputs(number_means=[3.0], number_stds=[2.0], n_values=(3,))
    fitted = written(tmp_path, run, reads)
    rows = ONE.assign(size=["1", "", "-7", "1e3"], kind=["k", "l", "m", ""])
    assert_same_bytes(read_network(run, tmp_path), fitted, rows)


def test_ends_of_sentences_are_read_back_and_may_be_missing(tmp_path):
    run = run_of("model=hierarchical_attention", "model.hierarchical.units=3")
    fitted = written(tmp_path, run, FoldInputs(sentence_ends=(2, 5)))
    found = read_network(run, tmp_path)
    assert_same_bytes(found, fitted, ONE)
    assert found.network.get_layer("encoder").get_layer("sentence_ends").ids == [2, 5]
    (weights,) = found.attention(Rows(ONE))
    assert weights.shape == (4, 12)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    values = read_json(tmp_path / "network.json")
    del values["reads"]["sentence_ends"]
    write_json(tmp_path / "network.json", values)
    assert (
        read_network(run, tmp_path).network.get_layer("encoder").get_layer("sentence_ends").ids
        == []
    )


def test_shift_of_probabilities_is_kept(tmp_path):
    run = run_of(task=Binary(("spam",)))
    fitted = written(tmp_path, run, shift=(0.5, 2.0))
    found = read_network(run, tmp_path)
    assert_same_bytes(found, fitted, ONE)
    plain = FittedNetwork(fitted.network, run, settings_of(run)).predict(Rows(ONE))
    expected = shift_probabilities(plain, (0.5, 2.0))
    np.testing.assert_array_equal(found.predict(Rows(ONE)), expected)
    assert (expected > plain).all()


def test_precision_of_the_process_stays_as_it_is(tmp_path):
    run = run_of("training.precision=mixed_bfloat16")
    written(tmp_path, run)
    before = keras.config.dtype_policy()
    found = read_network(run, tmp_path)
    assert keras.config.dtype_policy() is before
    assert found.network.get_layer("encoder").compute_dtype == "bfloat16"


def test_attention_of_rows(tmp_path):
    run = run_of("model=lstm_attention")
    fitted = written(tmp_path, run)
    found = read_network(run, tmp_path)
    (weights,) = found.attention(Rows(ONE))
    assert weights.shape == (4, 12)  # longer texts are cut
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert (weights[0, 3:] == 0).all()
    np.testing.assert_array_equal(weights, fitted.attention(Rows(ONE))[0])


def test_attention_is_the_mean_of_the_heads(tmp_path):
    run = run_of("model=bag_of_vectors", "model/attention=structured")
    fitted = written(tmp_path, run)
    (by_head,) = read_network(run, tmp_path).attention_by_head(Rows(ONE))
    assert by_head.shape == (4, 4, 12)
    np.testing.assert_allclose(by_head.sum(axis=-1), 1, atol=1e-5)
    (mean,) = fitted.attention(Rows(ONE))
    np.testing.assert_allclose(mean, by_head.mean(axis=1), atol=1e-6)


def test_network_without_attention_has_no_weights(tmp_path):
    run = run_of("model=text_cnn")
    written(tmp_path, run)
    assert read_network(run, tmp_path).attention(Rows(ONE)) is None
    assert read_network(run, tmp_path).attention_by_head(Rows(ONE)) is None


def message_of(run, folder):
    with pytest.raises(ArtefactError) as caught:
        read_network(run, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_vocabulary_of_another_size_is_one_line(tmp_path):
    written(tmp_path, run_of())
    message = message_of(run_of(vocabulary=VOCABULARY[:-1]), tmp_path)
    assert "network.json: the network has vectors for 20 tokens, but the run's" in message


@pytest.mark.parametrize("other", ["model.rnn.units=5", "model=text_cnn", "model.pooling=[max]"])
def test_another_architecture_is_one_line(other, tmp_path):
    written(tmp_path, run_of())
    assert "weights.npz: not the weights of this run's network" in message_of(
        run_of(other), tmp_path
    )


def test_another_task_is_one_line(tmp_path):
    written(tmp_path, run_of())
    other = MultiClass(("a", "b", "c", "d"))
    assert "weights.npz: not the weights" in message_of(run_of(task=other), tmp_path)


def test_pickled_weights_are_one_line_and_not_read(tmp_path):
    run = run_of()
    written(tmp_path, run)
    np.savez(tmp_path / "weights.npz", **{"000/kernel": np.array([print], object)})
    assert "weights.npz: not the weights" in message_of(run, tmp_path)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("size", [None, 0, 40])
def test_truncated_file_is_one_line(name, size, tmp_path):
    run = run_of()
    written(tmp_path, run)
    path = tmp_path / name
    content = path.read_bytes()
    path.unlink()
    if size is not None:
        path.write_bytes(content[:size])
    assert f"{name}: " in message_of(run, tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: [],
        lambda stored: {},
        lambda stored: {**stored, "reads": None},
        lambda stored: {**stored, "reads": {**stored["reads"], "sauce": 1}},
        lambda stored: {**stored, "reads": {**stored["reads"], "n_values": 3}},
        lambda stored: {**stored, "embedding_shape": [20]},
        lambda stored: {**stored, "embedding_shape": ["a", "b"]},
        lambda stored: {**stored, "shift": 3},
        lambda stored: {**stored, "shift": ["a", "b"]},
        lambda stored: {**stored, "reads": {**stored["reads"], "n_texts": 2}},
        lambda stored: {**stored, "reads": {**stored["reads"], "n_texts": "x"}},
        lambda stored: {**stored, "reads": {**stored["reads"], "number_means": "x"}},
        lambda stored: {**stored, "reads": {**stored["reads"], "n_values": [-3]}},
        lambda stored: {**stored, "embedding_shape": [20, -1]},
    ],
)
def test_wrong_description_is_one_line(change, tmp_path):
    run = run_of()
    written(tmp_path, run)
    write_json(tmp_path / "network.json", change(read_json(tmp_path / "network.json")))
    message_of(run, tmp_path)


def test_description_is_json(tmp_path):
    run = run_of(task=Binary(("spam",)))
    written(tmp_path, run, shift=(0.5, 2.0))
    stored = json.loads((tmp_path / "network.json").read_text())
    assert stored["embedding_shape"] == [20, 6]
    assert stored["shift"] == [0.5, 2.0]


def test_weights_are_those_of_the_tokens_that_were_read():
    weights = np.float32([[[0.4, 0.6]], [[1.0, 0.0]]])
    lengths = np.array([3, 1])
    both = at_tokens(weights, lengths, "both")
    np.testing.assert_array_equal(both, np.float32([[[0.4, 0, 0.6]], [[1, 0, 0]]]))
    tail = at_tokens(weights, lengths, "tail")
    np.testing.assert_array_equal(tail, np.float32([[[0, 0.4, 0.6]], [[1, 0, 0]]]))


@pytest.mark.parametrize("truncate", ["tail", "both"])
def test_attention_of_a_long_text_is_at_its_tokens(truncate):
    run = run_of("model=lstm_attention", "batches.max_tokens=4", f"batches.truncate={truncate}")
    network = build(run.config.model, run.task, ONE_TEXT)
    rows = Rows(frame(text=["a b c d e f", "a"]))
    (found,) = FittedNetwork(network, run, settings_of(run)).attention(rows)
    assert found.shape == (2, 6)
    is_read = {"tail": [0, 0, 1, 1, 1, 1], "both": [1, 1, 0, 0, 1, 1]}[truncate]
    assert (found[0] > 0).astype(int).tolist() == is_read
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("truncate", ["head", "both"])
def test_gradients_are_those_of_the_tokens_that_are_read(truncate, tmp_path):
    run = run_of(task=Binary(("spam",)))
    run.batches = resolved(run.config.batches, Cut(12, truncate))
    run.tokenizer = as_tokenizer([])
    fitted = written(tmp_path, run, shift=(0.5, 2.0))
    rows, scales = Rows(ONE), np.array([0.5, 1.0])
    outputs = fitted.outputs_along(rows, scales)
    np.testing.assert_allclose(outputs[1], fitted.predict(rows), atol=1e-6)
    found = fitted.word_gradients(rows, scales, np.ones((2, 4, 1)))
    step = np.array([1e-2])
    ends = [fitted.outputs_along(rows, scales + sign * step)[:, :, 0] for sign in (1, -1)]
    expected = (ends[0] - ends[1]).sum(axis=0) / (2 * step)
    by_row = found.texts[0]
    np.testing.assert_allclose([weights.sum() for weights in by_row], expected, atol=1e-2)
    # The long text has 18 tokens: the first 12 are read, or 6 from each end.
    read = {"head": range(12), "both": [*range(6), *range(12, 18)]}[truncate]
    assert np.flatnonzero(by_row[2]).tolist() == list(read)
