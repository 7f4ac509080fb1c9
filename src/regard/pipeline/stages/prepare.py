"""The stage "prepare": turn the tables into a vocabulary, token ids, features and labels."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.artefacts import write_json, write_text
from regard.data.features import build_features
from regard.data.inputs import write_inputs
from regard.data.tables import each_text
from regard.errors import DataError
from regard.tasks import TASKS
from regard.tasks.submission import submission_columns
from regard.text import (
    UNK,
    build_vocabulary,
    identical_rows,
    index_texts,
    to_vocabulary,
    token_counts,
)

if TYPE_CHECKING:
    from regard.config import TextConfig
    from regard.runs.run import Run
    from regard.text import IndexedTexts

_log = logging.getLogger(__name__)


def make_inputs(run: Run, folder: Path) -> None:
    """Write everything that models read of the rows, and what is predicted.

    Raises:
        ConfigError: the label values cannot be those of the task.
        DataError: labels or numbers are missing or wrong, or no token is frequent enough.
    """
    competition = run.config.competition
    train = run.table("train")
    test = run.table("test")
    task = TASKS[competition.task].from_labels(train, competition)
    # Only a check: a submission that cannot be written is refused before any work.
    submission_columns(run.table("sample"), task, competition)
    labels = task.encode_labels(train, competition)
    features = build_features(train, test, competition, run.config.features.text_statistics)
    texts = (each_text(frame, competition) for frame in (train, test))
    indexed = index_texts(itertools.chain.from_iterable(texts), run.config.text.cleaning)
    n_train = len(train)
    n_texts = len(indexed.ragged) // (n_train + len(test))
    # Compared after cleaning, since a model sees no difference between such texts.
    identical = identical_rows(
        indexed.identical, n_train, n_texts, any_order=competition.in_any_order
    )
    _log_duplicates(identical, n_train)
    vocabulary = _choose_vocabulary(indexed, n_train * n_texts, run.config.text)
    write_text(folder / "vocabulary.txt", "".join(f"{token}\n" for token in vocabulary))
    write_json(folder / "task.json", task.to_dict())
    write_inputs(folder, to_vocabulary(indexed, vocabulary), features, n_texts=n_texts)
    np.save(folder / "labels.npy", labels)
    np.save(folder / "identical.npy", identical[:n_train])


def _choose_vocabulary(
    indexed: IndexedTexts, n_train_texts: int, settings: TextConfig
) -> list[str]:
    """Return the tokens by id.

    Args:
        indexed: the texts of train, then those of test.
        n_train_texts: the number of texts of train.
        settings: the size, the least count, and whether the texts of test count.
    """
    counted = slice(None) if settings.use_test else slice(0, n_train_texts)
    vocabulary = build_vocabulary(
        indexed.tokens,
        token_counts(indexed, counted),
        max_size=settings.vocabulary_size,
        min_count=settings.min_count,
    )
    if len(vocabulary) <= UNK + 1:
        raise DataError(
            f"no token occurs text.min_count={settings.min_count} times; lower text.min_count"
        )
    return vocabulary


def _log_duplicates(identical: np.ndarray, n_train: int) -> None:
    """Log how many texts occur more than once, within train and across train and test."""
    n_repeated = int((identical[:n_train] != np.arange(n_train)).sum())
    n_shared = int((identical[n_train:] < n_train).sum())
    if n_repeated:
        _log.info(
            "duplicates: %s train texts repeat an earlier one; identical texts share a fold",
            f"{n_repeated:,}",
        )
    if n_shared:
        _log.warning("duplicates: %s test texts are also train texts", f"{n_shared:,}")
