import json

import pytest
from helpers.encoders import PIECES, write_encoder, write_tokenizer

from regard.errors import DataError
from regard.network.transformer.inputs import Joints
from regard.network.transformer.tokenizer import PieceTokenizer

CLS, SEP, UNK = (PIECES.index(name) for name in ("[CLS]", "[SEP]", "[UNK]"))
TEXTS = ["A ship", "", "zzz", "the salt of the harbour"]


@pytest.fixture
def folder(tmp_path):
    return write_encoder(tmp_path / "encoder")


def write_joints(folder, single, pair, special):
    """Give the tokenizer of a folder another form of joined texts."""
    from tokenizers import Tokenizer, processors

    path = str(folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(path)
    tokenizer.post_processor = processors.TemplateProcessing(single, pair, special_tokens=special)
    tokenizer.save(path)


def test_pieces_are_those_of_the_tokenizer_without_special_tokens(folder):
    reader = PieceTokenizer(folder)
    found = reader.pieces(TEXTS)
    for text, pieces in zip(TEXTS, found, strict=True):
        assert [CLS, *pieces.tolist(), SEP] == reader.tokenizer.encode(text).ids
    assert found[2].tolist() == [UNK]
    assert len(reader.pieces([])) == 0


def test_joints_of_bert(folder):
    joints = PieceTokenizer(folder).joints
    assert joints == Joints((CLS,), (SEP,), (SEP,))
    assert [joints.n_tokens(n_texts) for n_texts in (1, 2, 3)] == [2, 3, 4]


def test_joints_of_roberta(folder):
    special = [("[CLS]", CLS), ("[SEP]", SEP)]
    write_joints(folder, "[CLS] $A [SEP]", "[CLS] $A [SEP] [SEP] $B [SEP]", special)
    joints = PieceTokenizer(folder).joints
    assert joints == Joints((CLS,), (SEP, SEP), (SEP,))
    assert joints.n_tokens(2) == 4


def test_a_tokenizer_that_joins_texts_by_nothing(folder):
    write_joints(folder, "$A", "$A $B", [])
    assert PieceTokenizer(folder).joints == Joints((), (), ())


def test_padding_and_cutting_of_the_file_do_not_count(folder):
    from tokenizers import Tokenizer

    path = str(folder / "tokenizer.json")
    tokenizer = Tokenizer.from_file(path)
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=8)
    tokenizer.save(path)
    assert len(PieceTokenizer(folder).pieces(["a ship a ship a ship"])[0]) == 6


def test_a_tokenizer_without_pieces_of_letters_is_refused(folder):
    path = folder / "tokenizer.json"
    values = json.loads(path.read_text())
    values["pre_tokenizer"] = {"type": "Split", "pattern": {"Regex": "."}}
    values["pre_tokenizer"] |= {"behavior": "Removed", "invert": False}
    path.write_text(json.dumps(values))
    with pytest.raises(DataError, match=r"no piece for the letter a, so nothing shows how it join"):
        PieceTokenizer(folder)


def test_files_of_two_encoders_are_refused(tmp_path):
    folder = write_encoder(tmp_path, vocab_size=30)
    write_tokenizer(folder)
    with pytest.raises(DataError, match=r"has 50 pieces, but config.json only 30; they are of two"):
        PieceTokenizer(folder)
