"""Random folds with equal shares of every label."""

import logging
from collections.abc import Sequence

import numpy as np

from regard.data.folds.spreading import spread_labels
from regard.errors import DataError

_log = logging.getLogger(__name__)


def check_enough_groups(groups: np.ndarray, *, column: str, n_folds: int) -> None:
    """Check that every fold can hold a whole group.

    Args:
        groups: `(rows,)` from `group_rows`.
        column: `competition.group_column`.
        n_folds: number of folds.

    Raises:
        DataError: there are fewer groups than folds.
    """
    n_groups = len(np.unique(groups))
    if n_groups < n_folds:
        fewer = f"set folds.n_folds={n_groups}, or set" if n_groups > 1 else "set"
        raise DataError(
            f"the rows of the group column {column!r} form {n_groups} "
            f"group{'s' * (n_groups > 1)}, too few for folds.n_folds={n_folds}; {fewer} "
            "competition.group_column=null"
        )


def check_enough_rows(
    strata: np.ndarray,
    groups: np.ndarray,
    names: Sequence[str],
    *,
    n_folds: int,
    group_column: str | None = None,
) -> None:
    """Check that every label can occur in every fold.

    Args:
        strata: `(rows,)` int64, indices into `names`.
        groups: `(rows,)` from `group_rows`.
        names: the labels as written in the train file.
        n_folds: number of folds.
        group_column: `competition.group_column`, for the message.

    Raises:
        DataError: a label has fewer rows, or fewer groups of rows, than there are folds.
    """
    pairs = np.unique(np.stack([strata, groups]), axis=1)
    n_groups = np.bincount(pairs[0], minlength=len(names))
    rarest = int(n_groups.argmin())
    if n_groups[rarest] < n_folds:
        n_rows = int((strata == rarest).sum())
        possible = int(n_groups[rarest])
        in_groups = (
            f" in {possible} groups (identical texts are one group)" if possible < n_rows else ""
        )
        remedies = [f"set folds.n_folds={possible}"] if possible > 1 else []
        if group_column and possible < n_rows:
            remedies.append("set competition.group_column=null")
        remedy = ", or ".join([*remedies, "merge or remove that label"])
        raise DataError(
            f"label {names[rarest]!r} has {n_rows} rows{in_groups}, too few for "
            f"folds.n_folds={n_folds}; {remedy}"
        )


def assign_folds(strata: np.ndarray, groups: np.ndarray, *, n_folds: int, seed: int) -> np.ndarray:
    """Assign rows to folds at random, with shares of every stratum as equal as the groups allow.

    Groups are assigned one by one, each to the fold that has the smallest share of the group's
    strata so far: a greedy minimisation of the sum of squares. The largest groups come first. If
    rows may have several labels, groups with the rarest label come first (iterative
    stratification), and afterwards groups are exchanged until every label with enough groups
    occurs in every fold, which the greedy assignment does not guarantee. Strata with fewer rows
    than folds are merged into one.

    scikit-learn's `StratifiedGroupKFold` is similar, but does not support rows with several labels
    and is far slower with many small groups. `MultilabelStratifiedKFold` of
    iterative-stratification does not support groups.

    Args:
        strata: `(rows,)` int64; or `(rows, labels)` bool if a row may have several labels.
        groups: `(rows,)` int64; rows with the same number share a fold.
        n_folds: number of folds.
        seed: seed of the random order in which groups are assigned.

    Returns:
        `(rows,)` int32, the fold that holds a row out, from 0 to `n_folds - 1`; no fold is empty.

    Raises:
        DataError: there are fewer groups than folds.

    Example:
        strata=[0, 0, 1, 1, 1], groups=[0, 1, 2, 3, 3], n_folds=2 -> for example [0, 1, 1, 0, 0]

    Reference:
        Sechidis, Tsoumakas & Vlahavas (2011), On the stratification of multi-label data, ECML PKDD.
    """
    _, groups, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) < n_folds:
        raise DataError(
            f"{len(groups)} rows in {len(sizes)} groups (identical texts are one group) are too "
            f"few for folds.n_folds={n_folds}; set it to {len(sizes)} or fewer"
        )
    is_multi_label = strata.ndim == 2
    labels_of_groups, totals = _group_labels(strata, groups, n_folds)
    # Stable sorts of a random order: groups of equal size and rarity stay in random order.
    order = np.random.default_rng(seed).permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    if is_multi_label:
        rarest = np.array([totals[group].min(initial=len(strata)) for group in labels_of_groups])
        order = order[np.argsort(rarest[order], kind="stable")]
    fold_of_group = _assign_greedily(labels_of_groups, sizes, order, totals, n_folds)
    if is_multi_label:
        spread_labels(fold_of_group, labels_of_groups, sizes, len(totals), seed=seed)
    fold_sizes = np.bincount(fold_of_group[groups])
    _log.info(
        "%d folds of %d to %d rows, %d groups",
        n_folds,
        fold_sizes.min(),
        fold_sizes.max(),
        len(sizes),
    )
    return fold_of_group[groups]


def _group_labels(
    strata: np.ndarray, groups: np.ndarray, n_folds: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the labels of the rows of each group, with repetitions, and the total of each label.

    Example:
        strata=[0, 1, 1, 0], groups=[0, 1, 0, 1], n_folds=2 -> [[0, 1], [1, 0]], [2, 2]
    """
    # One entry of `rows` and `labels` for each label of each row.
    if strata.ndim == 2:
        rows, labels = np.nonzero(strata)
        totals = np.bincount(labels, minlength=strata.shape[1])
    else:
        rows = np.arange(len(strata))
        labels = _merge_rare(strata, n_folds)
        totals = np.bincount(labels)
    # Sorted by group, the labels of the example are [0, 1, 1, 0]; the first group has two of them.
    by_group = labels[np.argsort(groups[rows], kind="stable")]
    n_labels = np.bincount(groups[rows], minlength=groups.max() + 1)
    return np.split(by_group, np.cumsum(n_labels)[:-1]), totals


def _assign_greedily(
    labels_of_groups: Sequence[np.ndarray],
    sizes: np.ndarray,
    order: np.ndarray,
    totals: np.ndarray,
    n_folds: int,
) -> np.ndarray:
    """Assign each group, in order, to the fold with the smallest share of its labels and of rows.

    Args:
        labels_of_groups: for each group the labels of its rows, with repetitions.
        sizes: `(groups,)` number of rows in each group.
        order: group numbers in the order of assignment.
        totals: `(labels,)` number of rows with each label.
        n_folds: number of folds.

    Returns:
        `(groups,)` int32.
    """
    # Label 0 has 4 rows, of which fold 0 has 2 and fold 1 has 1: shares = [[0.5], [0.25]]. A group
    # with that label goes to fold 1. The share of all rows is added, for folds of equal size.
    weights = 1.0 / np.maximum(totals, 1)
    n_rows = sizes.sum()
    shares = np.zeros((n_folds, len(totals)))
    fold_sizes = np.zeros(n_folds)
    fold_of_group = np.empty(len(sizes), np.int32)
    for group in order:
        labels = labels_of_groups[group]
        size = sizes[group]
        fold = (shares[:, labels].sum(axis=1) + fold_sizes * (size / n_rows)).argmin()
        np.add.at(shares[fold], labels, weights[labels])
        fold_sizes[fold] += size
        fold_of_group[group] = fold
    return fold_of_group


def _merge_rare(strata: np.ndarray, n_folds: int) -> np.ndarray:
    """Renumber the strata from 0, with all strata of fewer rows than folds merged into one.

    Example:
        strata=[4, 4, 7, 9], n_folds=2 -> [0, 0, 1, 1]
    """
    _, codes, counts = np.unique(strata, return_inverse=True, return_counts=True)
    merged = np.where(counts[codes] < n_folds, len(counts), codes)
    return np.unique(merged, return_inverse=True)[1]
