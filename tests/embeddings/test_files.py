import gzip
import pickle
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from helpers.embeddings import FORMATS, VECTORS, write_vectors
from helpers.mutations import BYTES, many
from hypothesis import given
from hypothesis import strategies as st

from regard.cli import one_line_errors
from regard.embeddings.files import read_vectors
from regard.errors import DataError, mistake_line


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", FORMATS)
def test_format_is_detected_from_the_content(form, compress, tmp_path):
    path = write_vectors(tmp_path / "vectors", form, VECTORS, compress=compress)
    words = ("sea", "Ship", "don't", "é")
    found = read_vectors(path, {*words, "not there"})
    assert {word: vector.tolist() for word, vector in found.items()} == {
        word: VECTORS[word] for word in words
    }
    assert all(vector.dtype == np.float32 for vector in found.values())


@pytest.mark.parametrize("form", FORMATS)
def test_file_longer_than_a_block(form, tmp_path, monkeypatch):
    monkeypatch.setattr("regard.embeddings.binary_format._BLOCK", 64)
    monkeypatch.setattr("regard.embeddings.text_format._BLOCK", 64)
    monkeypatch.setattr("regard.embeddings.text_format.LONGEST_LINE", 256)
    vectors = {f"w{number}": [float(number), -number / 8] for number in range(200)}
    found = read_vectors(write_vectors(tmp_path / "vectors", form, vectors), set(vectors))
    assert {word: vector.tolist() for word, vector in found.items()} == vectors


@pytest.mark.parametrize("form", FORMATS)
def test_words_with_a_common_prefix(form, tmp_path):
    words = ["a" * length for length in range(1, 40)] + ["a" * 16 + letter for letter in "bc"]
    vectors = {word: [float(index), 1.0] for index, word in enumerate(words)}
    path = write_vectors(tmp_path / "vectors", form, vectors)
    for index, word in enumerate(words):
        found = read_vectors(path, {word, "b"})
        assert {name: vector[0] for name, vector in found.items()} == {word: index}


def test_only_the_first_vector_of_a_word_counts(tmp_path):
    rows = [("sea", 1, 2), ("ship", 3, 4), ("sea", 5, 6)]
    path = tmp_path / "vectors"
    path.write_text("".join(f"{word} {a} {b}\n" for word, a, b in rows))
    assert read_vectors(path, {"sea"})["sea"].tolist() == [1, 2]
    records = (f"{word} ".encode() + struct.pack("<2f", a, b) for word, a, b in rows)
    path.write_bytes(b"3 2\n" + b"".join(records))
    assert read_vectors(path, {"sea"})["sea"].tolist() == [1, 2]


def test_floats_with_bytes_like_text(tmp_path):
    vectors = {"sea": [0.1, 0.1], "ship": [0.1, 0.2]}
    path = write_vectors(tmp_path / "vectors", "word2vec_binary", vectors)
    np.testing.assert_allclose(read_vectors(path, {"ship"})["ship"], [0.1, 0.2], rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file or its first line is empty"),
        (gzip.compress(b"sea 1 2\n" * 50, mtime=0)[:-9], "packed file is cut off"),
        (pickle.dumps({"sea": [1, 2]}), "pickled.*save_word2vec_format"),
        (gzip.compress(pickle.dumps({"sea": [1, 2]}), mtime=0), "pickled.*save_word2vec_format"),
        (b"PK\x03\x04glove.txt", "is a zip archive; unpack it"),
        (b"<!DOCTYPE html>\n<html><title>404</title></html>", "is a web page, saved in place of"),
        (
            b"version https://git-lfs.github.com/spec/v1\nsize 3\n",
            "pointer of Git LFS; run: git lfs",
        ),
        (b"PAR1\x15\x04\x15\x00" + bytes(40), "no file of word vectors that Regard reads"),
        ("sea 1 2\n".encode("utf-16-le"), "no file of word vectors that Regard reads"),
        (b"word one two\nsea 1 2\n", "line 1: 'two' is no number; delete this line if it names"),
        (struct.pack("<2i", 793712314, 12), r"whole fastText model; .* name its \.vec file"),
    ],
)
def test_unreadable_file_is_refused(content, message, tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_vectors(path, {"sea", "ship", "tree"})
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["vectors.kv", "word2vec.model", "vectors.PKL"])
def test_pickled_format_is_refused_by_its_name(name, tmp_path):
    with pytest.raises(DataError, match="pickled"):
        read_vectors(write_vectors(tmp_path / name, "glove", VECTORS), {"sea"})


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.bin: cannot be read \(No such file"):
        read_vectors(tmp_path / "nowhere.bin", {"sea"})


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_the_share_of_a_file_that_is_read_is_reported(compress, tmp_path):
    vectors = {f"word{number}": [0.5, number / 8] for number in range(40_000)}
    path = write_vectors(tmp_path / "vectors", "glove", vectors, compress=compress)
    shares = []
    read_vectors(path, {"word7"}, progress=lambda share, text: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert shares[0] < 1.0 or compress


def in_one_form(vectors, form, compress):
    """Return the bytes of a vector file."""
    with tempfile.TemporaryDirectory() as folder:
        return write_vectors(Path(folder) / "v", form, vectors, compress=compress).read_bytes()


CONTENTS = [in_one_form(VECTORS, form, zipped) for form in FORMATS for zipped in (False, True)]
EDGES = (
    b"9" * 400,
    b"-1 -1\n",
    b"0 0\n",
    b"1e400",
    b"nan",
    b"\n\n",
    b"5 99999999999\n",
    b"\x80\x04",
)


@st.composite
def damaged_files(draw):
    """Return a vector file of any form with a few bytes changed, or cut off."""
    content = draw(st.one_of(st.sampled_from(CONTENTS), st.binary(max_size=60)))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(content)))
        snippet = draw(st.one_of(st.sampled_from([*BYTES, *EDGES, b""]), st.binary(max_size=4)))
        end = draw(st.sampled_from([start, start + 1, start + 4, len(content)]))
        content = content[:start] + snippet + content[end:]
    return content


@pytest.mark.slow  # hundreds of files
@given(content=damaged_files())
@many(300)
def test_any_damage_gives_vectors_of_one_width_or_one_line(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors"
        path.write_bytes(content)
        mistakes = []
        with one_line_errors(mistakes):
            found = read_vectors(path, set(VECTORS))
    if mistakes:
        assert len(mistake_line(mistakes[0]).splitlines()) == 1
        assert str(path) in mistake_line(mistakes[0])
        return
    assert found.keys() <= VECTORS.keys()
    assert len({len(vector) for vector in found.values()}) <= 1
    assert all(np.isfinite(vector).all() for vector in found.values())
