import keras
import pytest
from helpers.classifiers import network

from regard.network.encoder import build_encoder
from regard.network.fold_inputs import FoldInputs

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def encoder(*overrides: str) -> keras.Model:
    config = network(*overrides)
    return build_encoder(config, 6, FoldInputs(), max_tokens=12, seed=1, name="encoder")


def names(model: keras.Model) -> list[str]:
    return [layer.name for layer in model.layers]


@pytest.mark.parametrize(
    ("overrides", "features"),
    [
        (["model.skip_connection=false", "model.pooling=[max]"], 4),
        (["model.skip_connection=true", "model.pooling=[max]"], 4 + 6),
        (["model.skip_connection=true", "model.pooling=[attention,max,last]"], 3 * (4 + 6)),
        (["model.rnn.n_layers=0", "model.pooling=[max,mean]"], 2 * 6),
        (["model.encoder=cnn", "model.cnn.filters=2", "model.pooling=[max]"], 4 * 2 + 6),
        (["model=dpcnn", "model.dpcnn.filters=5", "model.pooling=[max]"], 5),
    ],
)
def test_poolings_of_the_sequence_and_the_word_vectors_are_concatenated(overrides, features):
    assert encoder(*overrides).output_shape == (None, features)


def test_an_encoder_without_layers_has_no_skip_connection():
    assert "skip_connection" not in names(encoder("model.rnn.n_layers=0"))
    assert "skip_connection" in names(encoder())


def test_dropout_is_on_the_vectors_and_on_the_sequence():
    found = names(encoder("model.embedding_dropout=0.1", "model.sequence_dropout=0.2"))
    assert found.index("embedding_dropout") < found.index("lstm_1_forward")
    assert found.index("lstm_1_forward") < found.index("sequence_dropout")
    found = names(encoder("model.embedding_dropout=0", "model.sequence_dropout=0"))
    assert not {"embedding_dropout", "sequence_dropout"} & set(found)


@pytest.mark.parametrize("max_sentences", [3, 40])
def test_sentences_have_a_bias_each(max_sentences):
    page = ["model=hierarchical_attention", f"model.hierarchical.max_sentences={max_sentences}"]
    found = encoder(*page, "model.attention.use_bias=true")
    assert found.get_layer("attention").bias.shape == (max_sentences,)
