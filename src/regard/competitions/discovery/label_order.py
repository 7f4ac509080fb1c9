"""Test whether labels that are whole numbers are ordered, by the mistakes of a quick model."""

import itertools
import math
from collections.abc import Sequence

import numpy as np

_MIN_MISTAKES = 30
_MAX_ORDERS = 2000
_MAX_ROWS = 5000
_MIN_APART = 12  # rows; with so few, the AUC has to be nearly one
_MIN_AUC = 0.6


def measure_order(codes: np.ndarray, texts: Sequence[str]) -> tuple[float, float] | None:
    """Measure whether a model confuses labels with their neighbours.

    A logistic regression on TF-IDF predicts the labels out of fold.

    Args:
        codes: `(rows,)` int labels from 0; each occurs in three rows at least.
        texts: the texts of these rows.

    Returns:
        The two figures of `compare_orders`; None if there are too few mistakes.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    try:
        features = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts)
    except ValueError:  # no word occurs in two texts
        return None
    model = SGDClassifier(loss="log_loss", alpha=1e-4, max_iter=10, tol=None, random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    predicted = cross_val_predict(model, features, codes, cv=folds)
    n_labels = int(codes.max()) + 1
    confusion = np.zeros((n_labels, n_labels))
    np.add.at(confusion, (codes, predicted), 1)
    return compare_orders(confusion)


def separates(texts: Sequence[str], is_apart: np.ndarray) -> bool:
    """Return whether a quick model tells some texts from the others.

    Args:
        texts: the texts.
        is_apart: `(rows,)` bool.

    Returns:
        Whether the ROC AUC out of fold is clearly above one half; False with too few rows.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    rows = np.random.default_rng(0).permutation(len(texts))[:_MAX_ROWS]
    labels = is_apart[rows]
    if min(labels.sum(), (~labels).sum()) < _MIN_APART:
        return False
    try:
        features = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(
            [texts[row] for row in rows]
        )
    except ValueError:  # no word occurs in two texts
        return False
    model = SGDClassifier(loss="log_loss", alpha=1e-4, max_iter=10, tol=None, random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    scores = cross_val_predict(model, features, labels, cv=folds, method="decision_function")
    # The standard deviation of an AUC by chance is about one half divided by the root of the rows.
    chance = 0.5 + 3 * 0.6 / np.sqrt(min(labels.sum(), (~labels).sum()))
    return bool(roc_auc_score(labels, scores) > max(chance, _MIN_AUC))


def compare_orders(confusion: np.ndarray) -> tuple[float, float] | None:
    """Compare the order of the labels with other orders, by the distance of the mistakes.

    The distance of a mistake is `|label - prediction|`. Its mean is compared with the mean that
    predictions independent of the labels would have, so that frequent labels have no advantage.

    Args:
        confusion: `(labels, labels)`, how often each label (row) was predicted as each (column).

    Returns:
        The ratio of the two means, and the share of orders, the given one included, whose ratio is
        as small; None if there are too few mistakes. Ordered labels have a small ratio and share.
    """
    n_labels = len(confusion)
    is_mistake = 1 - np.eye(n_labels)
    mistakes = confusion * is_mistake
    if mistakes.sum() < _MIN_MISTAKES:
        return None
    independent = np.outer(confusion.sum(axis=1), confusion.sum(axis=0)) * is_mistake
    orders = _label_orders(n_labels)
    # distances[i, a, b]: how far apart labels a and b are in order i, (orders, labels, labels).
    # The order (0, 2, 1) puts label 1 at position 2, so its distances from label 0 are 0 2 1.
    distances = np.abs(orders[:, :, None] - orders[:, None, :])
    observed = (distances * mistakes).sum(axis=(1, 2)) / mistakes.sum()
    expected = (distances * independent).sum(axis=(1, 2)) / independent.sum()
    ratios = observed / expected
    # The first order is the given one.
    return float(ratios[0]), float((ratios <= ratios[0] + 1e-9).mean())


def _label_orders(n_labels: int) -> np.ndarray:
    """Return all orders, or 2,000 of them, `(orders, labels)`; the given order is the first."""
    if math.factorial(n_labels) <= _MAX_ORDERS:
        return np.array(list(itertools.permutations(range(n_labels))))
    rng = np.random.default_rng(0)
    random_orders = (rng.permutation(n_labels) for _ in range(_MAX_ORDERS - 1))
    return np.array([np.arange(n_labels), *random_orders])
