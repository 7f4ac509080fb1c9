"""Find rows whose texts differ a little: in train, with other labels, and across train and test."""

from collections.abc import Sequence

import numpy as np

from regard.competitions.check.findings import Similar
from regard.text import RaggedTokens
from regard.text.near_duplicates import groups_of, similar_pairs

SIMILARITY = 0.7  # about one word in ten differs
_MAX_ROWS = 30_000  # of train and of test each, so that the check stays quick
_N_EXAMPLES = 3


def find_similar(
    texts: Sequence[RaggedTokens],
    first_rows: np.ndarray,
    labels: np.ndarray | None,
    ids: Sequence[str],
    n_train: int,
) -> Similar:
    """Find rows with similar texts that are not identical.

    Args:
        texts: the texts of each row, column by column; train rows before test rows.
        first_rows: `(rows,)` the first row with the same texts.
        labels: `(train rows,)` int, a number for each different label; None for labels that are
            numbers, as similar texts may have other ones.
        ids: `(rows,)` str.
        n_train: number of train rows.
    """
    rows = np.arange(len(first_rows))
    is_read = (rows < _MAX_ROWS) | ((rows >= n_train) & (rows < n_train + _MAX_ROWS))
    is_read[_MAX_ROWS:n_train] = False
    kept = np.flatnonzero(is_read & (first_rows == rows))
    pairs = kept[similar_pairs([text.take(kept) for text in texts], SIMILARITY)]
    both = pairs[pairs[:, 1] < n_train]
    across = pairs[(pairs[:, 0] < n_train) & (pairs[:, 1] >= n_train)]
    conflicts = both[:0] if labels is None else both[labels[both[:, 0]] != labels[both[:, 1]]]
    # A test row may be connected to train by another test row.
    groups = groups_of(pairs, len(rows))
    with_train = np.isin(groups[n_train:], groups[np.unique(both)])
    with_train |= np.isin(rows[n_train:], across[:, 1])

    def named(found: np.ndarray) -> tuple[tuple[str, str], ...]:
        return tuple((ids[one], ids[other]) for one, other in found[:_N_EXAMPLES])

    return Similar(
        n_read=int(is_read[:n_train].sum()),
        n_in_train=len(np.unique(both)),
        first_in_train=named(both),
        n_conflicts=len(conflicts),
        first_conflicts=named(conflicts),
        n_in_test=int(with_train.sum()),
        first_in_test=named(across),
    )
