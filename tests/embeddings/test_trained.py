import numpy as np
import pytest
from helpers.embeddings import build_matrix, embeddings_config
from helpers.tokens import ragged

from regard.embeddings.trained import train_vectors
from regard.errors import DataError

VOCABULARY = ["<pad>", "<unk>", "the", "sea", "ship", "wave", "salt", "harbour"]
TEXTS = [[2, 3, 4, 5], [3, 2, 5, 4, 6]] * 20 + [[7, 2]]  # "harbour" occurs once


@pytest.mark.parametrize("kind", ["word2vec", "fasttext"])
def test_vectors_depend_on_the_seed_only(kind):
    config = getattr(embeddings_config(kind, embedding_dim=8, epochs=2, min_count=2), kind)
    first, again, other = (
        train_vectors(kind, VOCABULARY, ragged(TEXTS), config, seed=seed) for seed in (1, 1, 2)
    )
    assert first["the"].shape == (8,)
    assert first["the"].dtype == np.float32
    assert first.keys() == again.keys()
    for token, vector in first.items():
        np.testing.assert_array_equal(vector, again[token])
    assert (first["the"] != other["the"]).any()


@pytest.mark.parametrize("kind", ["word2vec", "fasttext"])
def test_each_epoch_is_reported(kind):
    config = getattr(embeddings_config(kind, embedding_dim=8, epochs=2, min_count=2), kind)
    events = []
    tokens = ragged(TEXTS)
    train_vectors(kind, VOCABULARY, tokens, config, seed=1, progress=lambda *e: events.append(e))
    assert events == [(0.5, "epoch 1 of 2"), (1.0, "epoch 2 of 2")]


def test_word2vec_leaves_out_rare_tokens_and_fasttext_does_not():
    config = embeddings_config("word2vec", embedding_dim=8, epochs=1, min_count=2)
    found = train_vectors("word2vec", VOCABULARY, ragged(TEXTS), config.word2vec, seed=1)
    assert set(found) == set(VOCABULARY[2:-1])
    found = train_vectors("fasttext", VOCABULARY, ragged(TEXTS), config.fasttext, seed=1)
    assert set(found) == set(VOCABULARY)


def test_fasttext_gives_a_rare_token_the_vector_of_its_ngrams():
    vocabulary = ["<pad>", "<unk>", "harbour", "sea", "ship", "voting", "law", "harbours"]
    texts = [[2, 3, 4, 3, 2], [5, 6, 5, 6]] * 100 + [[7]]
    config = embeddings_config("fasttext", embedding_dim=8, epochs=5, min_count=2)
    matrix, (coverage,) = build_matrix(vocabulary, config, texts=texts)
    directions = matrix[2:] / np.linalg.norm(matrix[2:], axis=1, keepdims=True)
    similarity = directions[:-1] @ directions[-1]
    assert vocabulary[2 + similarity.argmax()] == "harbour"
    assert similarity.max() > 0.6
    assert coverage.types == 1.0


def test_texts_longer_than_gensims_limit_are_not_cut():
    texts = [[2] * 10_000 + [3, 4] * 50]
    config = embeddings_config("word2vec", embedding_dim=4, epochs=1, min_count=2)
    _, (coverage,) = build_matrix(VOCABULARY[:5], config, texts=texts)
    assert coverage.types == 1.0


def test_too_few_tokens_are_refused():
    config = embeddings_config("word2vec", embedding_dim=8, epochs=1, min_count=99)
    with pytest.raises(DataError, match=r"no token occurs 99 times.*embeddings.word2vec.min_count"):
        build_matrix(VOCABULARY, config, texts=TEXTS)


def test_vectors_of_unk_alone_are_refused():
    config = embeddings_config("word2vec", embedding_dim=4, epochs=1, min_count=5)
    with pytest.raises(DataError, match="word2vec has a vector for none of 2 tokens"):
        build_matrix(["<pad>", "<unk>", "sea", "ship"], config, texts=[[1] * 20, [2, 3]])
