import json
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.embeddings import build_matrix, embeddings_config
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from regard.embeddings import source_paths
from regard.embeddings.pieces import piece_files, read_pieces
from regard.errors import DataError

BLANK = "\u2581"
BYTE_BLANK = "\u0120"
# Each tokenizer splits "a ships" into a, ship with a mark of the blank before it, and s.
WORD_PIECES = ["[UNK]", "a", "sea", "ship", "##s", "##ea", "s", "<0xC3>"]
UNIGRAMS = ["<unk>", f"{BLANK}a", f"{BLANK}sea", f"{BLANK}ship", "s", "sea", BLANK, "<0xC3>"]
BYTE_PAIRS = ["!", "a", f"{BYTE_BLANK}sea", f"{BYTE_BLANK}ship", "s", "sea", BYTE_BLANK, "<0xC3>"]


def word_pieces() -> Tokenizer:
    ids = {piece: number for number, piece in enumerate(WORD_PIECES)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.enable_padding(length=128)  # as in the files of sentence encoders
    tokenizer.enable_truncation(2)
    return tokenizer


def unigrams() -> Tokenizer:
    scores = [(piece, -5.0 if piece == BLANK else -1.0) for piece in UNIGRAMS]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=0, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


def byte_pairs() -> Tokenizer:
    pieces = [*BYTE_PAIRS, *"ehip", "se", "sh", "shi", f"{BYTE_BLANK}s", f"{BYTE_BLANK}se"]
    pieces += [f"{BYTE_BLANK}sh", f"{BYTE_BLANK}shi"]
    ids = {piece: number for number, piece in enumerate(pieces)}
    merges = [(BYTE_BLANK, "s"), (f"{BYTE_BLANK}s", "e"), (f"{BYTE_BLANK}se", "a"), ("s", "e")]
    merges += [("se", "a"), (f"{BYTE_BLANK}s", "h"), (f"{BYTE_BLANK}sh", "i")]
    merges += [(f"{BYTE_BLANK}shi", "p")]
    tokenizer = Tokenizer(models.BPE(ids, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


TOKENIZERS = {"word_pieces": word_pieces, "unigrams": unigrams, "byte_pairs": byte_pairs}


def write_folder(folder: Path, kind: str = "word_pieces", **tensors: np.ndarray) -> Path:
    """Write a model as model2vec does; by default row i of the matrix is [i, -i, 0.5, 0]."""
    tokenizer = TOKENIZERS[kind]()
    if not tensors:
        numbers = np.arange(tokenizer.get_vocab_size(), dtype=np.float32)
        columns = [numbers, -numbers, np.full_like(numbers, 0.5), np.zeros_like(numbers)]
        tensors["embeddings"] = np.stack(columns, axis=1)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text('{"normalize": true}')
    return folder


def first_numbers(folder: Path, words: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the first number of each vector: of words that are one piece, and of all others."""
    vectors = read_pieces(piece_files(folder), words)
    whole, by_pieces = dict(vectors), vectors.by_pieces
    return (
        {word: float(vector[0]) for word, vector in whole.items()},
        {word: float(vector[0]) for word, vector in by_pieces.items()},
    )


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_word_is_the_mean_of_the_pieces_that_it_has_in_a_sentence(kind, tmp_path):
    folder = write_folder(tmp_path, kind)
    # "sea" is piece 2, which begins a word, and not piece 5 or 6; "ships" is pieces 3 and 4.
    assert first_numbers(folder, ["sea", "ships", "ship"]) == (
        {"sea": 2.0, "ship": 3.0},
        {"ships": 3.5},
    )


def test_words_without_a_known_piece_are_left_out(tmp_path):
    words = ["x", "xx", "\u00e9", "", "\ud800"]
    for kind in ("word_pieces", "unigrams"):
        assert first_numbers(write_folder(tmp_path / kind, kind), words) == ({}, {})


def test_case_is_that_of_the_tokenizer(tmp_path):
    assert first_numbers(write_folder(tmp_path / "lower"), ["SEA"])[0] == {"SEA": 2.0}
    assert first_numbers(write_folder(tmp_path / "cased", "unigrams"), ["SEA"])[0] == {}


def test_weights_and_rows_of_pieces(tmp_path):
    matrix = np.array([[1, 2], [10, 20]], np.float16)
    rows = np.array([0, 0, 1, 1, 0, 0, 0, 0], np.int64)
    weights = np.array([1, 1, 0.5, 3, 2, 1, 1, 1])
    folder = write_folder(tmp_path, embeddings=matrix, mapping=rows, weights=weights)
    vectors = read_pieces(piece_files(folder), ["sea", "ships"])
    assert vectors["sea"].tolist() == [5, 10]  # 0.5 * [10, 20]
    assert vectors.by_pieces["ships"].tolist() == [16, 32]  # (3 * [10, 20] + 2 * [1, 2]) / 2
    assert vectors["sea"].dtype == vectors.by_pieces["ships"].dtype == np.float32


def test_whole_numbers_are_between_minus_one_and_one(tmp_path):
    matrix = np.full((8, 2), 127, np.int8)
    folder = write_folder(tmp_path, embeddings=matrix)
    assert read_pieces(piece_files(folder), ["sea"])["sea"].tolist() == [1, 1]


def test_matrix_and_coverage(tmp_path):
    folder = write_folder(tmp_path)
    config = embeddings_config(f"pieces:{folder}", lookup="exact,lower,stem,spelling")
    vocabulary = ["<pad>", "<unk>", "sea", "ships", "seas", "x"]
    matrix, (coverage,) = build_matrix(vocabulary, config)
    assert matrix[:, 0].tolist()[2:5] == [2, 3.5, 3]
    assert matrix.shape == (6, 4)
    assert coverage.found_by == {"exact": 1, "pieces": 2}
    assert coverage.missing == [("x", 1)]


def test_files_are_those_of_the_folder(tmp_path):
    folder = write_folder(tmp_path)
    files = [folder / "model.safetensors", folder / "tokenizer.json"]
    assert source_paths(embeddings_config(f"pieces:{folder}")) == files
    nested = write_folder(tmp_path / "model" / "0_StaticEmbedding")
    assert piece_files(tmp_path / "model")[0] == nested / "model.safetensors"


def refused(folder: Path) -> str:
    """Return the message on a folder."""
    with pytest.raises(DataError) as caught:
        read_pieces(piece_files(folder), ["sea"])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_folders_that_hold_no_model_are_refused(tmp_path):
    assert "is no folder" in refused(tmp_path / "none")
    assert "has no model.safetensors" in refused(tmp_path)
    (write_folder(tmp_path) / "tokenizer.json").unlink()
    assert "tokenizer.json: there is no such file" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[1]", b'{"model": {"type": "Odd"}}'])
@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_damaged_files_are_refused(file, content, tmp_path):
    (write_folder(tmp_path) / file).write_bytes(content)
    message = refused(tmp_path)
    assert f"{file} cannot be read" in message
    assert "download the folder again" in message


def test_files_that_are_cut_off_are_refused(tmp_path):
    path = write_folder(tmp_path) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert "cannot be read as safetensors" in refused(tmp_path)


EIGHT = np.ones((8, 2), np.float32)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"encoder.weight": EIGHT}, "has no tensor embeddings or embedding.weight, but encoder"),
        ({"embeddings": np.ones(8, np.float32)}, r"the shape (8,)"),
        ({"embeddings": EIGHT[:7]}, "shape (7, 2), and the tokenizer has 8 pieces"),
        ({"embeddings": np.full((8, 2), np.nan, np.float32)}, "a number is not finite"),
        ({"embeddings": EIGHT, "weights": np.ones(7)}, "weights has the shape (7,)"),
        ({"embeddings": EIGHT, "mapping": np.ones((8, 1), int)}, "mapping has the shape (8, 1)"),
        ({"embeddings": EIGHT, "mapping": np.arange(1, 9)}, "names rows that do not exist"),
        ({"embeddings": EIGHT, "mapping": np.ones(8)}, "names rows that do not exist"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(tensors, message, tmp_path):
    assert message in refused(write_folder(tmp_path, **tensors))


def test_bfloat16_is_read_or_refused_in_one_line(tmp_path):
    folder = write_folder(tmp_path)
    header = {"embeddings": {"dtype": "BF16", "shape": [8, 1], "data_offsets": [0, 16]}}
    text = json.dumps(header).encode()
    # 0x3f80 is 1.0 in bfloat16.
    content = len(text).to_bytes(8, "little") + text + b"\x80\x3f" * 8
    (folder / "model.safetensors").write_bytes(content)
    if "ml_dtypes" in sys.modules:  # it adds bfloat16 to NumPy; Keras imports it
        assert read_pieces(piece_files(folder), ["sea"])["sea"].tolist() == [1]
    else:
        assert "of a type that NumPy lacks" in refused(folder)


@pytest.mark.parametrize("package", ["safetensors", "tokenizers"])
def test_missing_package_is_named(package, tmp_path, monkeypatch):
    folder = write_folder(tmp_path)
    monkeypatch.setitem(sys.modules, package, None)
    assert f"run pip install {package}" in refused(folder)
