"""The stage "prepare": turn the train table into a vocabulary, token ids, features and labels."""

from __future__ import annotations

import itertools
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.artefacts import write_json
from regard.data.cutting import choose_cut, write_cut
from regard.data.features import find_features
from regard.data.inputs import joined_texts, write_inputs
from regard.data.preprocessor import Preprocessor, fit_to_frames
from regard.data.tables import each_text
from regard.errors import DataError
from regard.tasks import TASKS
from regard.text import (
    UNK,
    build_vocabulary,
    identical_rows,
    index_texts,
    token_counts,
)
from regard.text.languages import ENGLISH, language_name
from regard.text.segmenting import WORDS

if TYPE_CHECKING:
    from regard.config import TextConfig
    from regard.runs.run import Run
    from regard.text import IndexedTexts

_log = logging.getLogger(__name__)


def make_inputs(run: Run, folder: Path) -> None:
    """Write everything that models read of the train rows, and what is predicted.

    The test rows are read as well where `text.use_test` lets their words into the vocabulary.

    Raises:
        ConfigError: the label values cannot be those of the task.
        DataError: labels or numbers are missing or wrong, or no token is frequent enough.
    """
    config = run.config
    competition = config.competition
    train = run.table("train")
    task = TASKS[competition.task].from_labels(train, competition)
    labels = task.encode_labels(train, competition)
    _log.info("%s, %s", task.kind, task.count_labels(labels))
    features = find_features(train, competition)
    frames = (
        [train, run.table("test")] if config.text.use_test and competition.has_test else [train]
    )
    texts = (each_text(frame, competition) for frame in frames)
    tokenizer = fit_to_frames(frames, competition, config.text)
    if tokenizer.segmenter != WORDS or tokenizer.language != ENGLISH:
        name = language_name(tokenizer.language)
        _log.info("text: %s; text.tokenizer is %s", name, tokenizer.segmenter)
    indexed = index_texts(itertools.chain.from_iterable(texts), tokenizer)
    # Compared after cleaning, since a model sees no difference between such texts.
    identical = identical_rows(
        indexed.identical, len(train), competition.n_texts, any_order=competition.in_any_order
    )
    _log_duplicates(identical, len(train))
    vocabulary = _choose_vocabulary(indexed, config.text)
    preprocessor = Preprocessor(
        competition,
        tokenizer,
        tuple(config.features.text_statistics),
        vocabulary,
        features,
    )
    preprocessor.write(folder)
    write_json(folder / "task.json", task.to_dict())
    inputs = preprocessor.inputs(train, file=competition.train_name, indexed=indexed)
    write_inputs(folder, inputs)
    write_cut(folder, choose_cut(joined_texts(inputs).lengths))
    np.save(folder / "labels.npy", labels)
    np.save(folder / "identical.npy", identical[: len(train)])


def _choose_vocabulary(indexed: IndexedTexts, settings: TextConfig) -> list[str]:
    """Return the tokens by id.

    Raises:
        DataError: no token occurs often enough, or there is none.
    """
    if not indexed.tokens:
        raise DataError(
            "no train text has a word after cleaning; check competition.text_columns and "
            "text.cleaning"
        )
    vocabulary = build_vocabulary(
        indexed.tokens,
        token_counts(indexed),
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
