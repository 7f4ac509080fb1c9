import numpy as np
import pytest

from regard.data.drift import measure_drift
from regard.text import index_texts


def drift(train, test):
    indexed = index_texts([*train, *test], [])
    return measure_drift([indexed.ragged], indexed.tokens, len(train))


def drawn(n_rows, seed, *, extra=""):
    dice = np.random.default_rng(seed)
    words = [f"w{number}" for number in range(40)]
    return [" ".join([*dice.choice(words, 8), extra]) for _ in range(n_rows)]


def test_rows_of_one_source_are_alike():
    found = drift(drawn(300, 0), drawn(150, 1))
    assert 0.4 < found.auc < 0.6


def test_a_word_of_test_alone_parts_them():
    found = drift(drawn(300, 0, extra="old"), drawn(150, 1, extra="new"))
    assert found.auc == pytest.approx(1.0)
    assert found.train_words[0] == "old"
    assert found.test_words[0] == "new"


def test_words_that_are_more_frequent_in_test_part_them():
    dice = np.random.default_rng(2)
    words = [f"w{number}" for number in range(300)]
    likely = np.where(np.arange(300) < 10, 2.0, 1.0)
    shares = (np.ones(300) / 300, likely / likely.sum())
    train, test = ([" ".join(dice.choice(words, 60, p=p)) for _ in range(500)] for p in shares)
    found = drift(train, test)
    assert 0.7 < found.auc < 0.95
    assert set(found.test_words) <= set(words[:10])


def test_the_same_rows_give_the_same_figure():
    assert drift(drawn(100, 0), drawn(80, 1)) == drift(drawn(100, 0), drawn(80, 1))


def test_few_rows_or_words_have_no_figure():
    assert drift(drawn(300, 0), drawn(20, 1)) is None
    assert drift(drawn(300, 0), []) is None
    assert drift([""] * 100, [""] * 100) is None
