"""Warning signs of a training, each with settings to try: the log and the report show them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from regard.data.cutting import count_lost, cut_advice, cut_line
from regard.data.folds import held_out_rows, training_rows
from regard.data.inputs import joined_texts
from regard.network.step_count import with_enough_steps
from regard.text import UNK, RaggedTokens

if TYPE_CHECKING:
    from regard.runs.run import Run

# A text is out of the ordinary if it is longer than both.
_LONG = 20_000  # tokens, as of a short book
_TIMES_MEDIAN = 100
_MANY_UNKNOWN = 0.2  # of the rows
# Outputs are constant if they vary by less than this share: of the range of labels with a unit, or
# of the mean of a probability, which is small for rare classes.
_CONSTANT = 1e-3


def signs_of_inputs(run: Run) -> list[str]:
    """Return the warning signs of a run that are known before its training; empty if all is well.

    Args:
        run: its train inputs, folds and settings.

    Example:
        ["the longest train text has 1,000,000 tokens, half of them have 20 or fewer; ..."]
    """
    tokens = joined_texts(run.train_inputs)
    signs = [*_long_texts(tokens.lengths), *_unknown_texts(run.train_inputs.texts)]
    if not run.config.model.reads_word_vectors:
        return signs
    return [*_cut(run, tokens.lengths), *signs, *_single_steps(run)]


def signs_of_outputs(run: Run, outputs: np.ndarray, scores: Mapping[str, Any]) -> list[str]:
    """Return the warning signs in what the folds have predicted; empty if all is well.

    Args:
        run: its labels, folds and task.
        outputs: `(train rows, n_outputs)` out of fold, NaN for rows without.
        scores: the content of metrics.json.
    """
    fold_scores = scores["fold_scores"]
    folds = list(scores.get("folds", range(len(fold_scores))))
    rows = {fold: held_out_rows(run.folds, fold) for fold in folds}
    alike = [fold for fold in folds if _is_of_one_class(run, rows[fold])]
    taught_one = [fold for fold in folds if _is_of_one_class(run, _taught(run, fold))]
    undefined = [fold for fold, score in zip(folds, fold_scores, strict=True) if math.isnan(score)]
    constant = [fold for fold in folds if _is_constant(run, outputs[rows[fold]])]
    return [
        *_sentence(
            alike,
            "held-out rows of one class alone, so their score says little; try fewer folds "
            "(folds.n_folds), or folds.kind=stratified",
        ),
        *_sentence(
            taught_one,
            "training rows of one class alone, so its model cannot tell classes apart; try "
            "folds.kind=stratified, or other groups",
        ),
        *_sentence(
            undefined,
            f"no score, because {scores['metric']} is undefined for such labels or predictions; "
            "try fewer folds (folds.n_folds), or another competition.metric",
        ),
        *_sentence(constant, f"the same prediction for every held-out row; {_way_out(run)}"),
    ]


def _cut(run: Run, lengths: np.ndarray) -> list[str]:
    lost = count_lost(lengths, run.batches.max_tokens)
    advice = cut_advice(lost, lengths, run.batches)
    return [f"{cut_line(lost, run.batches)}; {advice}"] if advice else []


def _long_texts(lengths: np.ndarray) -> list[str]:
    longest = int(lengths.max())
    median = int(np.median(lengths))
    if longest <= max(_LONG, _TIMES_MEDIAN * median):
        return []
    return [
        f"the longest train text has {longest:,} tokens, half of them have {median:,} or fewer; "
        "check that quotes and separators of the file are read as they are meant"
    ]


def _unknown_texts(texts: Sequence[RaggedTokens]) -> list[str]:
    # A text has at least one token, so none of these sums is over an empty slice.
    n_known = [
        np.add.reduceat(text.token_ids != UNK, text.offsets[:-1], dtype=np.int64) for text in texts
    ]
    is_unknown = np.sum(n_known, axis=0) == 0
    if is_unknown.mean() < _MANY_UNKNOWN:
        return []
    return [
        f"{is_unknown.sum():,} of {len(is_unknown):,} train rows have no word of the vocabulary, "
        "as empty texts have none; check competition.text_columns, text.cleaning and "
        "text.min_count"
    ]


def _single_steps(run: Run) -> list[str]:
    """Tell of folds whose rows fit into one batch."""
    n_rows = min(len(_taught(run, fold)) for fold in run.chosen_folds)
    batches, _ = with_enough_steps(run.config.batches, run.config.training, n_rows)
    if batches.size < n_rows:
        return []
    return [
        f"a batch takes all {n_rows:,} training rows of a fold (batches.size={batches.size}), so "
        f"an epoch is one step; try batches.size={max(n_rows // 10, 1)}"
    ]


def _taught(run: Run, fold: int) -> np.ndarray:
    return training_rows(run.folds, fold, kind=run.config.folds.kind)


def _is_of_one_class(run: Run, rows: np.ndarray) -> bool:
    return run.task.has_classes and len(rows) > 0 and len(np.unique(run.labels[rows], axis=0)) == 1


def _is_constant(run: Run, outputs: np.ndarray) -> bool:
    """Return whether all rows have nearly the same outputs; False of a single row."""
    if len(outputs) < 2 or np.isnan(outputs).any():
        return False
    sizes = np.ptp(run.labels, axis=0) if run.task.has_units else outputs.mean(axis=0)
    return bool((np.ptp(outputs, axis=0) <= _CONSTANT * sizes).all())


def _way_out(run: Run) -> str:
    if run.config.model.reads_word_vectors:
        return "try a lower training.learning_rate, more training.epochs, or model=tfidf_linear"
    return "try larger values of model.C"


def _sentence(folds: Sequence[int], found: str) -> list[str]:
    """Return a sentence on some folds; nothing if there are none."""
    if not folds:
        return []
    if len(folds) == 1:
        return [f"fold {folds[0]} has {found}"]
    return [f"folds {', '.join(map(str, folds))} have {found}"]
