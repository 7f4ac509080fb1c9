from collections import Counter

import numpy as np
import pytest
from helpers.linear_cases import (
    LABELS,
    SUBJECTS,
    TASK_OF,
    TEXTS,
    fit_and_predict,
    linear_config,
    linear_inputs,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.linear import LinearModel, count_ngrams, fit_linear
from regard.linear.contributions import (
    occurrences_of_characters,
    occurrences_of_words,
    token_contributions,
)
from regard.linear.model import features_of
from regard.text import as_tokenizer

LOWER = as_tokenizer(["lower_case"])
OTHERS = [f"{text} and {text.split()[0]} x" for text in TEXTS[::-1]]
WORDS = st.text("abc \u00e9\u4e2d'-.", max_size=16)


def model_of(coefficients):
    """A model of ones whose terms have these coefficients."""
    return LinearModel(
        terms=(list(coefficients),),
        weights=(np.ones(len(coefficients), np.float32),),
        is_tfidf=False,
        numbers=np.empty((2, 0)),
        n_values=(),
        coefficients=np.array(list(coefficients.values()), np.float32)[:, None],
        intercepts=np.zeros(1),
    )


def test_an_ngram_is_shared_by_its_occurrences_and_their_words():
    model = model_of({"a": 4.0, "sea": 2.0, "a sea": 1.0, "sea ": 8.0, "wood": 9.0})
    texts = ["A sea a sea", "none", ""]
    found = token_contributions(model, linear_inputs(texts), [texts], LOWER, np.ones((3, 1)))
    # "a" twice: 2 each; "sea" twice: 1 each; "a sea" twice: 0.25 for each word; "sea " at the end.
    assert [part.tolist() for part in found[0]] == [[2.25, 1.25, 2.25, 9.25], [0.0], []]


def logits_of(model, inputs):
    return features_of(model, inputs, np.arange(len(inputs))) @ model.coefficients.astype(float)


CASES = {
    "words": ([TEXTS], {}),
    "characters": ([TEXTS], {"characters": True}),
    "two_columns": ([TEXTS, OTHERS], {"characters": True}),
    "pair": ([TEXTS, OTHERS], {"paired": True, "characters": True}),
    "symmetric_pair": ([TEXTS, OTHERS], {"paired": True, "symmetric": True}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("features", ["tfidf", "nb_svm"])
def test_the_parts_sum_to_the_logit_less_the_intercept(case, features):
    columns, options = CASES[case]
    inputs = linear_inputs(*columns, **options)
    characters = options.get("characters", False)
    config = linear_config(features=features, characters=characters)
    model, _ = fit_and_predict(features, "multi_class", inputs, config)
    slopes = np.eye(3)[SUBJECTS]
    found = token_contributions(model, inputs, columns, LOWER, slopes)
    sums = [sum(text[row].sum() for text in found) for row in range(len(TEXTS))]
    np.testing.assert_allclose(sums, (logits_of(model, inputs) * slopes).sum(axis=1), atol=1e-5)


def test_numbers_and_categories_belong_to_no_word():
    rows = np.arange(24)
    options = {"numbers": (rows % 5)[:, None], "categories": rows[:, None] % 2, "n_values": (2,)}
    inputs = linear_inputs(TEXTS, **options)
    model = fit_linear(inputs, rows, LABELS["regression"], TASK_OF["regression"], linear_config())
    found = token_contributions(model, inputs, [TEXTS], LOWER, np.ones((24, 1)))
    n_words = len(model.terms[0])
    features = features_of(model, inputs, rows)[:, :n_words]
    expected = features @ model.coefficients[:n_words].astype(float)
    np.testing.assert_allclose([part.sum() for part in found[0]], expected[:, 0], atol=1e-5)


@pytest.mark.parametrize("steps", [[], ["lower_case", "stop_words", "stemming"]])
@settings(deadline=None)
@given(text=WORDS)
def test_occurrences_are_the_ngrams_that_are_counted(steps, text):
    tokenizer = as_tokenizer(steps)
    counted = count_ngrams([[text]], tokenizer, characters=True, paired=False)
    n_tokens = len(as_tokenizer([step for step in steps if step == "lower_case"]).tokenize(text))
    for ngrams, read in zip(
        counted, (occurrences_of_words, occurrences_of_characters), strict=True
    ):
        found = list(read(text, tokenizer))
        counts = ngrams.counts[0].toarray()[0]
        expected = {term: int(count) for term, count in zip(ngrams.terms, counts, strict=True)}
        assert Counter(term for term, _ in found) == expected
        for _, shares in found:
            assert all(0 <= token < n_tokens for token, _ in shares)
            assert not shares or sum(share for _, share in shares) == pytest.approx(1)


def test_characters_belong_to_their_tokens():
    found = dict(occurrences_of_characters("ab, c", LOWER))
    assert found["ab"] == [(0, 1.0)]
    assert found["b,"] == [(0, 0.5), (1, 0.5)]
    assert found[" c "] == [(2, 1.0)]


def test_parts_of_stop_words_go_to_the_words_around_them():
    tokenizer = as_tokenizer(["lower_case", "stop_words"])
    assert ("ship sea", [(0, 0.5), (2, 0.5)]) in list(
        occurrences_of_words("ship the sea", tokenizer)
    )
