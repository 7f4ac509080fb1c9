"""Cases for folds."""

import numpy as np


def label_counts(labels: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Count the rows of each label in each fold, `(n_folds, n_labels)`.

    Args:
        labels: `(rows,)` int64, or `(rows, labels)` bool if a row may have several labels.
        folds: `(rows,)` fold of each row.
    """
    cells = labels if labels.ndim == 2 else np.eye(labels.max() + 1, dtype=bool)[labels]
    return np.stack([cells[folds == fold].sum(axis=0) for fold in range(folds.max() + 1)])


def random_labels(case: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Draw rows with several labels, their groups, and a number of folds.

    Labels have any rate and may be correlated. A group is one row, a few rows, or sometimes many.
    """
    rng = np.random.default_rng(case)
    n_rows, n_labels, n_folds = (
        int(rng.integers(low, high)) for low, high in ((20, 401), (1, 13), (2, 11))
    )
    rates = np.exp(rng.uniform(np.log(0.01), np.log(0.6), n_labels))
    correlation = rng.choice([0.0, 0.4, 0.8])
    draws = (1 - correlation) * rng.random((n_rows, n_labels))
    draws += correlation * rng.random((n_rows, 1))
    n_groups = max(n_rows // 3, 12)
    few = np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, n_rows - n_groups)])
    sizes = rng.choice([1, 1, 1, 2, 3, max(2, n_rows // (4 * n_folds))], n_rows)
    many = rng.permutation(np.repeat(np.arange(n_rows), sizes)[:n_rows])
    return draws < rates, (np.arange(n_rows), few, many)[case % 3], n_folds
