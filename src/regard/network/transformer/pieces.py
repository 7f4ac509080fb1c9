"""The pieces of a run's texts: written once by a stage, and made of new texts."""

from __future__ import annotations

import dataclasses
import functools
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from regard.artefacts import check_file, hash_file, read_array
from regard.data.cutting import choose_cut, read_cut, resolved, write_cut
from regard.data.features import build_features
from regard.data.tables import each_text
from regard.errors import ArtefactError, ConfigError, DataError
from regard.network.transformer.folder import CONFIG, TOKENIZER, check_packages
from regard.network.transformer.inputs import PieceInputs
from regard.network.transformer.tokenizer import PieceTokenizer
from regard.runs.contents import FITTED, TRAINED_ENCODER
from regard.text import RaggedTokens

if TYPE_CHECKING:
    import pandas as pd

    from regard.config import BatchesConfig, CompetitionConfig, FinetunedEncoderConfig
    from regard.data.rows import Rows
    from regard.runs.run import Run

# The same names in the folder of the stage and in that of a run.
_CONFIG, _TOKENIZER, _CUT = TRAINED_ENCODER
_TOKEN_IDS = "token_ids.npy"
_OFFSETS = "offsets.npy"


def _fitted_folder(run: Run) -> Path:
    """Return the folder of the files `TRAINED_ENCODER`; a finished run has its own copy."""
    own = run.folder / FITTED
    return own if own.is_dir() else run.artefact("pieces")


def run_tokenizer(run: Run) -> PieceTokenizer:
    """Return the tokenizer of a run's encoder.

    Raises:
        ArtefactError: a file is missing or damaged.
    """
    check_packages()
    folder = _fitted_folder(run)
    for name in TRAINED_ENCODER:
        check_file(folder / name)
    content = tuple(hash_file(folder / name) for name in TRAINED_ENCODER)
    try:
        return _read_tokenizer(folder, content)
    except DataError as error:
        raise ArtefactError(str(error)) from error


@functools.lru_cache(maxsize=4)
def _read_tokenizer(folder: Path, content: tuple[str, ...]) -> PieceTokenizer:
    return PieceTokenizer(folder, _CONFIG, _TOKENIZER)


def run_batches(run: Run) -> BatchesConfig:
    """Return the settings of batches, with lengths that follow the pieces of the texts.

    Raises:
        ConfigError: no piece of a text fits.
    """
    model = cast("FinetunedEncoderConfig", run.config.model)
    batches = resolved(run.config.batches, read_cut(_fitted_folder(run), _CUT))
    tokenizer = run_tokenizer(run)
    n_tokens = min(batches.max_tokens, tokenizer.shape.max_tokens)
    n_special = tokenizer.joints.n_tokens(run.config.competition.n_texts)
    if n_tokens <= n_special:
        raise ConfigError(
            f"batches.max_tokens={n_tokens} leaves no room for a text next to the {n_special} "
            "special tokens of the encoder; raise it"
        )
    # Its states of a batch take far more memory than those of a network of word vectors.
    size = min(batches.prediction_size, model.fine_tuning.batch_size)
    return dataclasses.replace(batches, max_tokens=n_tokens, prediction_size=size)


def pieces_of(
    frame: pd.DataFrame, competition: CompetitionConfig, tokenizer: PieceTokenizer
) -> RaggedTokens:
    """Return the pieces of all texts of rows, column by column."""
    return tokenizer.pieces(list(each_text(frame, competition)))


def write_pieces(folder: Path, pieces: RaggedTokens, encoder: Path) -> None:
    """Write the pieces of the train texts, and what prediction needs of the encoder."""
    shutil.copyfile(encoder / CONFIG, folder / _CONFIG)
    shutil.copyfile(encoder / TOKENIZER, folder / _TOKENIZER)
    write_cut(folder, choose_cut(pieces.lengths), _CUT)
    np.save(folder / _TOKEN_IDS, pieces.token_ids)
    np.save(folder / _OFFSETS, pieces.offsets)


def train_inputs(run: Run) -> PieceInputs:
    """Return the inputs of the train rows, memory-mapped."""
    folder = run.artefact("pieces")
    pieces = RaggedTokens(read_array(folder / _TOKEN_IDS), read_array(folder / _OFFSETS))
    known = run.train_inputs  # of words, with the numbers and categories
    return _inputs(run, pieces, known.numbers, known.categories)


def piece_inputs(run: Run, rows: Rows) -> PieceInputs:
    """Return the inputs of any rows; all models of a run share them.

    Raises:
        DataError: a cell of a numeric column is not a number.
    """
    key = ("pieces", run.folder, repr(run.config.competition.text_columns))
    return rows.once(key, lambda: _read_rows(run, rows))


def _read_rows(run: Run, rows: Rows) -> PieceInputs:
    config = run.config
    features = build_features(
        rows.frame,
        run.features,
        config.competition,
        tuple(config.features.text_statistics),
        file=rows.file,
    )
    pieces = pieces_of(rows.frame, config.competition, run_tokenizer(run))
    return _inputs(run, pieces, features.numbers, features.categories)


def _inputs(
    run: Run, pieces: RaggedTokens, numbers: np.ndarray, categories: np.ndarray
) -> PieceInputs:
    tokenizer = run_tokenizer(run)
    n_rows = len(numbers)
    return PieceInputs(
        texts=tuple(pieces.rows(start, start + n_rows) for start in range(0, len(pieces), n_rows)),
        numbers=numbers,
        categories=categories,
        symmetric=run.config.competition.in_any_order,
        joints=tokenizer.joints,
        pad_id=tokenizer.shape.pad_id,
    )
