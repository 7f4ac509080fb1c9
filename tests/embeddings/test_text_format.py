import pytest
from helpers.embeddings import VECTORS, write_vectors

from regard.embeddings.files import read_vectors
from regard.errors import DataError


def test_words_with_spaces_are_skipped(tmp_path):
    path = tmp_path / "glove.840B.txt"
    path.write_text(". . . 9 9\n. 1 2\nat name@domain.com 8 8\nat 3 4\n")
    found = read_vectors(path, {".", "at"})
    assert {word: vector.tolist() for word, vector in found.items()} == {".": [1, 2], "at": [3, 4]}


def test_words_that_are_not_utf8_are_skipped(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"caf\xe9 1 2\nsea 3 4\n")
    assert read_vectors(path, {"sea", "café"})["sea"].tolist() == [3, 4]


@pytest.mark.parametrize("form", ["glove", "word2vec_text", "fasttext_vec"])
def test_windows_line_ends_and_blank_last_lines(form, tmp_path):
    path = write_vectors(tmp_path / "vectors", form, VECTORS)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    assert read_vectors(path, {"don't"})["don't"].tolist() == VECTORS["don't"]


def test_line_numbers_continue_after_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.embeddings.text_format._BLOCK", 64)
    path = tmp_path / "vectors"
    path.write_text("100 2\n" + "moss 1 2\n" * 90 + "sea 1 x\n" + "moss 1 2\n" * 9)
    with pytest.raises(DataError, match=r"line 92: .* is no number"):
        read_vectors(path, {"sea"})


def test_damaged_line_among_several_requested_ones(tmp_path):
    path = tmp_path / "vectors"
    path.write_text("the 1 2\nsea 1 2\nship 1 x\ntree 1 2\n")
    with pytest.raises(DataError, match=r"line 3: .* is no number"):
        read_vectors(path, {"the", "sea", "ship", "tree"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"sea 1 2\nship 1\n", "line 2: 1 numbers, but other lines have 2"),
        (b"sea 1 2\nship 1\ntree 1 2\n", "line 2: 1 numbers, but other lines have 2"),
        (b"3 2\nsea 1 2\nship 1 2\ntree 1\n", "line 4: 1 numbers, but other lines have 2"),
        (b"sea 1 2\nship 1 2 3\ntree 1 2\n", "line 2: 3 numbers, but other lines have 2"),
        (b"sea 1 2\n\nship 1 2\ntree 1 2\n", "line 2: 0 numbers, but other lines have 2"),
        (b"2 3\nsea 1 2\nship 1 2\n", "line 2: lines have 2 numbers, but the header says 3"),
        (b"2 1\nsea 1 2\nship 1 2\n", "line 2: lines have 2 numbers, but the header says 1"),
        (b"3 2\nsea 1 2\nship 1 2\n", "2 vectors, but its header says 3"),
        (b"sea 1 2\nship 1 x2\n", "line 2: .* is no number"),
        (b"sea 1 2\nship 1 1_0\n", "line 2: .* is no number"),
        (b"sea 1 nan\nship 1 2\n", "line 1: a number is not finite"),
        (b"sea 1e39 2\nship 1 2\n", "line 1: a number is not finite"),
        (b"sea\nship\n", "line 1: no numbers after the word"),
        (b"sea 1 2\n" + b"x" * (2 << 20), "a line is longer than 1,048,576 bytes"),
    ],
)
def test_damaged_file_is_refused_with_its_line(content, message, tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_vectors(path, {"sea", "ship", "tree"})
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
