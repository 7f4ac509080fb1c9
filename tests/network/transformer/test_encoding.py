import numpy as np
import pytest
from helpers.encoders import PIECES, SIZES, reference_states, write_encoder, write_tokenizer

from regard.errors import DataError
from regard.network.transformer import encoding
from regard.network.transformer.encoding import TextEncoder, load_encoder
from regard.network.transformer.jobs import encode_texts

pytestmark = pytest.mark.slow  # importing Keras takes seconds

CLS, SEP, UNK = (PIECES.index(name) for name in ("[CLS]", "[SEP]", "[UNK]"))
TEXTS = ["a ship", "", "the salt of the harbour is on the wave , moss and bark", "zzz", "a ship"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return TextEncoder(write_encoder(tmp_path_factory.mktemp("encoder")))


def test_token_ids_have_special_tokens_and_are_cut(encoder):
    ship, a = PIECES.index("ship"), PIECES.index("a")
    found = [ids.tolist() for ids in encoder.token_ids(["A ship", "", "zzz"], 128)]
    assert found == [[CLS, a, ship, SEP], [CLS, SEP], [CLS, UNK, SEP]]
    assert encoder.token_ids(["a ship a ship"], 4)[0].tolist() == [CLS, a, ship, SEP]
    assert len(encoder.token_ids(["a " * 100], 128)[0]) == 40  # its positions


def test_features_are_pooled_states_in_the_order_of_the_texts(encoder, monkeypatch):
    monkeypatch.setattr(encoding, "BATCH", 2)
    found = encoder.encode(TEXTS, ["mean", "cls"], 128)
    assert (found.shape, found.dtype) == ((5, 32), np.float32)
    for text, row in zip(TEXTS, found, strict=True):
        states = reference_states(SIZES, encoder.token_ids([text], 128)[0].tolist())
        np.testing.assert_allclose(row, [*states.mean(axis=0), *states[0]], atol=2e-4)


def test_other_texts_of_a_batch_change_little(encoder):
    together = encoder.encode(TEXTS, ["max"], 128)
    for text, row in zip(TEXTS, together, strict=True):
        np.testing.assert_allclose(encoder.encode([text], ["max"], 128)[0], row, atol=1e-5)


def test_the_job_keeps_the_encoder_until_its_files_change(tmp_path):
    folder = write_encoder(tmp_path)
    first = load_encoder(folder, ("1",))
    np.testing.assert_allclose(
        encode_texts(folder, ("1",), TEXTS, ["mean"], 9), first.encode(TEXTS, ["mean"], 9)
    )
    assert load_encoder(folder, ("1",)) is first
    assert load_encoder(folder, ("2",)) is not first


def test_a_damaged_tokenizer_is_refused(tmp_path):
    folder = write_encoder(tmp_path)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(DataError, match=r"tokenizer.json: not a tokenizer \(.*; copy the folder"):
        TextEncoder(folder)


def test_the_tokenizer_of_another_encoder_is_refused(tmp_path):
    folder = write_encoder(tmp_path, vocab_size=30)
    write_tokenizer(folder)
    with pytest.raises(DataError, match=r"has 50 pieces, but config.json only 30; they are of two"):
        TextEncoder(folder)
