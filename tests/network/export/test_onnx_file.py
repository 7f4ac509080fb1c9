import keras
import numpy as np
import onnx
import pytest
from helpers.classifiers import NUMBERS, PAIR, TWO_TEXTS
from helpers.exports import (
    MAX_TOKENS,
    export,
    mean_attention,
    mean_prediction,
    networks,
    operators,
    random_texts,
    texts,
)

from regard.network.export import onnx_file
from regard.network.export.graph import GraphOptions, corrected, joined_model
from regard.network.export.onnx_file import largest_difference, write_onnx
from regard.network.fold_inputs import FoldInputs
from regard.network.sequence_attention import SEQUENCE_ATTENTIONS
from regard.tasks import TASKS
from regard.tasks.calibration import scale

pytestmark = pytest.mark.slow

PAGES = {  # with the operators that their recurrent layers or convolutions become
    "lstm_attention": {"LSTM"},
    "bilstm_attention": {"LSTM"},
    "bigru_pool": {"GRU"},
    "lstm_gru": {"LSTM", "GRU"},
    "text_cnn": {"Conv"},
    "dpcnn": {"Conv"},
    "bag_of_vectors": set(),
}


@pytest.mark.parametrize("page", PAGES)
def test_every_encoder_predicts_as_keras_does(page, tmp_path):
    models = networks(f"model={page}")
    run = export(models, tmp_path / "model.onnx")
    rng = np.random.default_rng(0)
    for n_rows, length in [(1, 1), (1, 9), (5, 1), (4, 7), (7, 12), (2, 30)]:
        inputs = {"token_ids": random_texts(rng, n_rows, length)}
        expected = mean_prediction(models, inputs)
        np.testing.assert_allclose(run(inputs)["probabilities"], expected, atol=1e-5)
    found = operators(tmp_path / "model.onnx")
    assert found & {"LSTM", "GRU", "Conv", "Loop", "Scan"} == PAGES[page]


def test_attention_is_that_of_keras(tmp_path):
    models = networks("model=lstm_attention")
    run = export(models, tmp_path / "model.onnx")
    inputs = {"token_ids": texts([3, 4, 5, 6], [7], [8, 9])}
    expected = mean_attention(models, inputs)[0]
    found = run(inputs)["attention"]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found[1].tolist() == [1.0, 0.0, 0.0, 0.0]


def test_padding_changes_nothing(tmp_path):
    run = export(networks("model=bigru_pool"), tmp_path / "model.onnx")
    alone = run({"token_ids": texts([3, 4])})
    padded = run({"token_ids": texts([3, 4, 0, 0, 0], [3, 4, 5, 6, 7])})
    np.testing.assert_allclose(padded["probabilities"][:1], alone["probabilities"], atol=1e-6)
    np.testing.assert_allclose(padded["attention"][:1, :2], alone["attention"], atol=1e-6)


@pytest.mark.parametrize("symmetric", [False, True])
def test_texts_of_a_pair_may_have_different_lengths(symmetric, tmp_path):
    models = networks("model=lstm_attention", reads=PAIR)
    run = export(models, tmp_path / "model.onnx", symmetric=symmetric)
    given = {"token_ids": texts([3, 4, 5]), "token_ids_2": texts([6])}
    padded = {"token_ids": given["token_ids"], "token_ids_2": texts([6, 0, 0])}
    swapped = {"token_ids": padded["token_ids_2"], "token_ids_2": padded["token_ids"]}
    orders = [padded, swapped] if symmetric else [padded]
    expected = np.mean([mean_prediction(models, pair) for pair in orders], axis=0)
    found = run(given)
    np.testing.assert_allclose(found["probabilities"], expected, atol=1e-5)
    weights = mean_attention(models, padded)
    np.testing.assert_allclose([found["attention"], found["attention_2"]], weights, atol=1e-5)


@pytest.mark.parametrize(
    ("overrides", "reads"),
    [
        (["model=lstm_gru", "model.rnn.recurrent_dropout=0.2", "model.rnn.dropout=0.2"], None),
        (["model=lstm_attention", "model.attention.use_bias=true"], None),
        (["model=lstm_attention", "model.skip_connection=true", "model.head.units=3"], None),
        (["model=bigru_pool", "model.embedding_projection=5"], None),
        (["model=text_cnn", "model.frozen_embedding_epochs=1"], NUMBERS),
        (["model=bilstm_attention"], TWO_TEXTS),
        (["model/attention=structured", "model.attention.normaliser=entmax15"], None),
        (["model/attention=bilinear", "model.attention.normaliser=sparsemax"], PAIR),
        (["model/attention=mean_query", "model.attention.normaliser=sigmoid"], None),
        ([f"model.sequence_attention=[{','.join(SEQUENCE_ATTENTIONS)}]"], None),
        (["model=hierarchical_attention"], FoldInputs(sentence_ends=(4, 5))),
        (["model=lstm_attention", "model/attention=other_text"], PAIR),
        (["model=esim"], PAIR),
        (["model=decomposable_attention", "model.pooling=[attention,max]"], PAIR),
    ],
)
def test_other_architectures_predict_as_keras_does(overrides, reads, tmp_path):
    models = networks(*overrides, **({} if reads is None else {"reads": reads}))
    path = tmp_path / "model.onnx"
    write_onnx(models, GraphOptions(MAX_TOKENS), path, notes={})
    joined = joined_model(models, GraphOptions(MAX_TOKENS))
    assert largest_difference(joined, path) < 1e-5
    assert not operators(tmp_path / "model.onnx") & {"Loop", "Scan"}


@pytest.mark.parametrize(
    "corrections",
    [
        {"lowest": [0.3] * 3, "highest": [0.35] * 3},
        {"shift": (1.6, 0.4)},
        {"temperature": 2.5, "exclusive": True},
    ],
)
def test_corrections_are_part_of_the_file(corrections, tmp_path):
    models = networks("model=bag_of_vectors")
    options = GraphOptions(MAX_TOKENS, **corrections)
    write_onnx(models, options, tmp_path / "model.onnx", notes={})
    joined = joined_model(models, options)
    assert largest_difference(joined, tmp_path / "model.onnx") < 1e-5


@pytest.mark.parametrize("name", ["multi_class", "multi_label"])
@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_temperature_is_that_of_the_task(name, temperature):
    outputs = np.float32([[0.7, 0.2, 0.1], [1.0, 0.0, 0.0], [0.9999, 5e-5, 5e-5]])
    task = TASKS[name](("a", "b", "c"))
    options = GraphOptions(
        MAX_TOKENS, temperature=temperature, exclusive=task.activation == "softmax"
    )
    found = keras.ops.convert_to_numpy(corrected(outputs, options))
    np.testing.assert_allclose(found, scale(task, outputs, temperature), rtol=2e-4, atol=1e-6)


def test_the_file_has_names(tmp_path):
    models = networks("model=lstm_attention", n=1)
    path = tmp_path / "model.onnx"
    write_onnx(models, GraphOptions(MAX_TOKENS), path, outputs="predictions", notes={"run": "one"})
    model = onnx.load(path)
    shapes = {
        value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert shapes == {
        "token_ids": ["batch", "tokens"],
        "predictions": ["batch", 3],
        "attention": ["batch", "timesteps"],
    }
    assert model.producer_name == "regard"
    assert {note.key: note.value for note in model.metadata_props} == {"run": "one"}
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_a_file_of_another_model_is_noticed(tmp_path):
    one, other = networks("model=bag_of_vectors")
    write_onnx([one], GraphOptions(MAX_TOKENS), tmp_path / "one.onnx", notes={})
    joined = joined_model([other], GraphOptions(MAX_TOKENS))
    assert largest_difference(joined, tmp_path / "one.onnx") > 1e-3


def test_weights_that_fit_into_no_file_are_written_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "_MAX_BYTES", 1000)
    models = networks("model=text_cnn")
    path = tmp_path / "model.onnx"
    write_onnx(models, GraphOptions(MAX_TOKENS), path, notes={})
    assert {path.name for path in tmp_path.iterdir()} == {"model.onnx", "model.onnx.data"}
    assert path.stat().st_size < (tmp_path / "model.onnx.data").stat().st_size
    assert largest_difference(joined_model(models, GraphOptions(MAX_TOKENS)), path) < 1e-5
