"""All that stands in a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regard.tasks import Targets, Task


@dataclass(frozen=True)
class AttentionText:
    """The texts of a row and what the model looked at.

    Attributes:
        id: of the row.
        texts: for each text its tokens, as the model read them, and a weight for each.
        prediction: what the model made of it, for people.
    """

    id: str
    texts: Sequence[tuple[Sequence[str], Sequence[float]]]
    prediction: str


@dataclass(frozen=True)
class ReportData:
    """All that stands in a report.

    Attributes:
        competition: its name.
        run: its name.
        finished: when, in ISO 8601.
        task: what is predicted.
        metric: the name of the score.
        greater_is_better: whether a greater score is a better one.
        oof_score: of all out-of-fold predictions together.
        fold_scores: of each fold.
        best_epochs: of each fold, from 1.
        n_train: train rows.
        n_test: test rows.
        vocabulary_size: tokens, special ones included.
        n_trainable_parameters: of one model.
        seconds: of training, all folds together.
        overrides: the settings that differ from the defaults.
        histories: for each fold a record an epoch: epoch (from 1), loss, valid_loss, score,
            seconds.
        coverage: for each source of word vectors: source, embedding_dim, types and tokens (shares
            from 0 to 1), found_by (how a vector was found: number of tokens), missing (pairs of
            token and count).
        truth: of the train rows that were held out.
        outputs: of these rows, out of fold, `(rows, n_outputs)`.
        ids: of these rows.
        texts: of these rows.
        thresholds: None if none were tuned; else `all_rows`, as `task.decide` takes them, the
            `score` of all rows with them, and `by_fold`, for each fold its own best `thresholds`,
            the `score` of its rows with them, and their `honest_score`, with thresholds tuned on
            the other folds.
        attention_texts: test rows with their weights; None for a model without attention.
        n_worst_rows: how many of the most wrong train rows are shown.
        blend: of a blend, which has no models, histories or coverage of its own: its `method`, the
            `methods` that were tried and their scores, for each of `members` its `seed`, `score`
            and `weight`, and of these scores `mean_of_members` and `standard_deviation_of_members`.
            None for any other run.
        is_linear: whether the models are linear ones, which have no epochs, attention or coverage.
    """

    competition: str
    run: str
    finished: str
    task: Task
    metric: str
    greater_is_better: bool
    oof_score: float
    fold_scores: Sequence[float]
    best_epochs: Sequence[int]
    n_train: int
    n_test: int
    vocabulary_size: int
    n_trainable_parameters: int
    seconds: float
    overrides: Sequence[str]
    histories: Sequence[Sequence[Mapping[str, float]]]
    coverage: Sequence[Mapping[str, Any]]
    truth: Targets
    outputs: np.ndarray
    ids: Sequence[str]
    texts: Sequence[str]
    thresholds: Mapping[str, Any] | None
    attention_texts: Sequence[AttentionText] | None
    n_worst_rows: int
    blend: Mapping[str, Any] | None = None
    is_linear: bool = False
