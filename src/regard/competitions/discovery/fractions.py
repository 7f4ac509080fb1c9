"""Guess whether numbers from 0 to 1 are probabilities or scores."""

import re
from collections.abc import Sequence

import numpy as np

from regard.competitions.discovery.guess import Guess

_SCORE = re.compile(
    "scores?|ratings?|intensit(y|ies)|similarity|relatedness|relevance|valence|arousal|dominance|"
    "sentiment|polarity|quality|severity|difficulty|complexity|readability|ease|strength|level|"
    "degree|grade|confidence|ctr|rank"
)
_SHARE = re.compile(
    "prob|probs|probability|share|shares|fraction|votes?|proportion|rate|toxicity|agreement|chance"
)
_MAX_VOTES = 12  # annotators whose shares leave few different numbers
_PILED = 0.3  # of the numbers, at exactly 0 or 1


def guess_fractions(numbers: np.ndarray, columns: Sequence[str], span: str) -> Guess:
    """Choose between probabilities and scores by the names, and by how the numbers are spread.

    Shares of annotators are multiples of 1/k, and often 0 or 1; scores are spread.

    Args:
        numbers: `(cells,)` float64 from 0 to 1.
        columns: the names of the label columns.
        span: the numbers in words.
    """
    words = {
        word.lower() for column in columns for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", column)
    }
    if any(map(_SCORE.fullmatch, words)):
        return _scores(f"{span}; the name suggests scores")
    if any(map(_SHARE.fullmatch, words)):
        return _shares(f"{span}; the name suggests probabilities")
    if n_votes := _votes(numbers):
        return _shares(f"{span}, which may be shares of {n_votes} votes")
    piled = float(np.isin(numbers, (0.0, 1.0)).mean())
    if piled >= _PILED:
        return _shares(f"{span}, of which {piled:.0%} are 0 or 1")
    return _scores(f"{span}, few of which are 0 or 1")


def _votes(numbers: np.ndarray) -> int | None:
    """Return the least number of votes whose shares all numbers are; None if there is none.

    Example:
        [0, 0.33, 0.67, 1] -> 3; [0.17, 0.52, 0.88] -> None
    """
    for n_votes in range(2, _MAX_VOTES + 1):
        parts = numbers * n_votes
        # Rounded to two digits, 1/3 is 0.33.
        if np.all(np.abs(parts - np.round(parts)) <= 0.0051 * n_votes):
            return n_votes if len(np.unique(np.round(parts))) > 2 or n_votes == 2 else None
    return None


def _shares(reason: str) -> Guess:
    doubt = (
        "task: numbers from 0 to 1 are assumed to be probabilities; if they are scores, write "
        "task: regression, metric: rmse or pearson, and submit: numbers"
    )
    return Guess("task", "soft_labels", reason, doubt)


def _scores(reason: str) -> Guess:
    doubt = (
        "task: numbers from 0 to 1 are assumed to be scores; if they are probabilities or shares, "
        "write task: soft_labels, metric: log_loss and submit: probabilities"
    )
    return Guess("task", "regression", reason, doubt)
