"""Measure how well a quick model tells train and test rows apart, and by which words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regard.text import RaggedTokens

_MIN_ROWS = 50  # of train and of test; the AUC of fewer is noise
_MAX_ROWS = 4000  # of train and of test each
_MAX_TOKENS = 300  # of a text
_MIN_DF = 3
_N_FOLDS = 3
_N_WORDS = 6


@dataclass(frozen=True)
class Drift:
    """How well a quick model tells test rows from train rows.

    Attributes:
        auc: 0.5 where they are alike.
        train_words: the words that point to train most.
        test_words: the words that point to test most.
    """

    auc: float
    train_words: tuple[str, ...]
    test_words: tuple[str, ...]


def measure_drift(
    texts: Sequence[RaggedTokens], tokens: Sequence[str], n_train: int, *, first_word: int = 0
) -> Drift | None:
    """Return the AUC of a linear model of words that tells test rows from train rows.

    It is out of fold, so 0.5 means that the texts are alike.

    Args:
        texts: the texts of each row, column by column; train rows before test rows.
        tokens: the words by id.
        n_train: number of train rows.
        first_word: the first id of a word; tokens below have another meaning.

    Returns:
        None for too few rows or words.
    """
    dice = np.random.default_rng(0)
    n_rows = len(texts[0])
    parts = [
        dice.permutation(np.arange(start, stop))[:_MAX_ROWS]
        for start, stop in ((0, n_train), (n_train, n_rows))
    ]
    if min(map(len, parts)) < _MIN_ROWS:
        return None
    rows = np.concatenate(parts)
    is_test = rows >= n_train
    counts = _word_counts([text.take(rows) for text in texts], len(tokens))
    words = np.flatnonzero(np.bincount(counts.indices, minlength=len(tokens)) >= _MIN_DF)
    words = words[words >= first_word]
    if not len(words):
        return None
    auc, weights = _fit(counts[:, words], is_test)
    order = weights.argsort()
    most = [[tokens[words[index]] for index in chosen] for chosen in (order, order[::-1])]
    return Drift(auc, *(tuple(names[:_N_WORDS]) for names in most))


def _word_counts(texts: Sequence[RaggedTokens], n_words: int):  # type: ignore[no-untyped-def]
    """Return which words each row has, `(rows, words)` sparse float64 of 0 and 1."""
    from scipy.sparse import csr_array

    n_rows = len(texts[0])
    owners, words = [], []
    for text in texts:
        place = np.arange(len(text.token_ids)) - np.repeat(text.offsets[:-1], text.lengths)
        kept = place < _MAX_TOKENS
        owners.append(np.repeat(np.arange(n_rows), text.lengths)[kept])
        words.append(text.token_ids[kept])
    pair = (np.concatenate(owners), np.concatenate(words))
    table = csr_array((np.ones(len(pair[0])), pair), shape=(n_rows, n_words))
    table.sum_duplicates()
    table.data[:] = 1.0
    return table


def _fit(counts, is_test: np.ndarray) -> tuple[float, np.ndarray]:  # type: ignore[no-untyped-def]
    """Return the out-of-fold AUC, and the weight of each word, positive for test."""
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    table = TfidfTransformer().fit_transform(counts)
    # The first gradient is small: a tolerance of 0.01 stops at once, with all weights at zero.
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=100, tol=1e-4)
    # Rows are in random order within train and test, so every third one is a fair fold.
    folds = np.arange(len(is_test)) % _N_FOLDS
    found = np.empty(len(is_test))
    for fold in range(_N_FOLDS):
        held_out = folds == fold
        model.fit(table[~held_out], is_test[~held_out])
        found[held_out] = model.decision_function(table[held_out])
    model.fit(table, is_test)
    return float(roc_auc_score(is_test, found)), model.coef_[0]
