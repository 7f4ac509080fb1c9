"""How far methods agree on the words of a text."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def agreement_of_methods(weights: Mapping[str, Sequence[np.ndarray]], share: float) -> pd.DataFrame:
    """Compare each pair of methods on the same words.

    Args:
        weights: for each method, the weights of the words of each row.
        share: of the words with the most weight, whose overlap is counted.

    Returns:
        The columns `method`, `other`, `tau` and `overlap`, the means over rows. Rows whose weights
        are all equal have no tau.
    """
    records = []
    for method, other in itertools.combinations(weights, 2):
        pairs = list(zip(weights[method], weights[other], strict=True))
        taus = [kendall_tau(*pair) for pair in pairs]
        known = [tau for tau in taus if not np.isnan(tau)]
        overlaps = [overlap(*pair, share) for pair in pairs]
        records.append(
            {
                "method": method,
                "other": other,
                "tau": float(np.mean(known)) if known else np.nan,
                "overlap": float(np.mean(overlaps)) if overlaps else np.nan,
            }
        )
    return pd.DataFrame(records, columns=["method", "other", "tau", "overlap"])


def kendall_tau(first: np.ndarray, second: np.ndarray) -> float:
    """Return Kendall's tau-b of two lists of weights; NaN if one of them is constant.

    Example:
        [1, 2, 3], [1, 3, 2] -> 1 / 3: two pairs in the same order, one in the other
    """
    from scipy.stats import kendalltau

    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(kendalltau(first, second).statistic)


def overlap(first: np.ndarray, second: np.ndarray, share: float) -> float:
    """Return the share of the words with the most weight that two methods have in common.

    Example:
        [3, 1, 2, 0], [0, 1, 2, 3], share 0.5 -> {0, 2} and {3, 2} have one of two: 0.5
    """
    n = max(1, round(share * len(first)))
    tops = [set(np.argsort(-weights, kind="stable")[:n].tolist()) for weights in (first, second)]
    return len(tops[0] & tops[1]) / n
