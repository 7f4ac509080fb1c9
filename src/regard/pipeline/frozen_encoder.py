"""The learner of linear models that read the states of a pretrained encoder.

It is here, and not in the room of linear models, since it needs that room and the encoder's. Folds
read the states that the stage "encode" has written; the encoder is loaded for new texts only.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from regard.artefacts import hash_file, read_json
from regard.data.tables import texts_of
from regard.errors import ArtefactError, RegardError
from regard.linear.learner import LinearLearner, other_features
from regard.linear.model import LinearInputs
from regard.network.transformer.folder import FILES, check_packages, encoder_folder
from regard.network.transformer.jobs import encode_texts
from regard.network.transformer.states import known_states
from regard.runs.contents import ENCODER_NOTE, FITTED

if TYPE_CHECKING:
    from regard.config import CompetitionConfig, FrozenEncoderConfig, LinearConfig
    from regard.data.rows import Rows
    from regard.runs.run import Run

_STAGES = ("encode", "encode_test")


class FrozenEncoderLearner(LinearLearner):
    """Fit a linear model of states, numbers and categories for each fold."""

    needs = ("encode",)

    def inputs(self, run: Run, rows: Rows) -> LinearInputs:
        """Return the inputs of rows, see `LinearInputs`; all folds share them."""
        model = repr((run.config.model, run.config.competition.text_columns))
        return rows.once(("states", run.folder, model), lambda: _inputs(run, rows))

    def fit_settings(self, run: Run, inputs: LinearInputs) -> LinearConfig:
        """Return the settings of the linear model."""
        return _model(run).as_linear()


def pair_features(states: list[np.ndarray], competition: CompetitionConfig) -> np.ndarray:
    """Return the numbers of rows from the states of their texts.

    Those of a pair include its difference and product; of a symmetric one, the sum replaces the
    two texts, so that a swap leaves all numbers unchanged.

    Args:
        states: for each text of a row, `(rows, width)` float32.
        competition: tells whether texts are pairs.

    Returns:
        `(rows, numbers)` float32.

    Example:
        [[1, 2]], [[3, 1]] of a pair -> [[1, 2, 3, 1, 2, 1, 3, 2]]
    """
    if competition.texts != "pair":
        return np.hstack(states)
    first, second = states
    own = [first + second] if competition.in_any_order else [first, second]
    return np.hstack([*own, abs(first - second), first * second])


def _inputs(run: Run, rows: Rows) -> LinearInputs:
    competition = run.config.competition
    columns = texts_of(rows.frame, competition.text_columns, competition.texts)
    features = other_features(run, rows)
    states = _states_of(run, [text for column in columns for text in column])
    by_column = np.split(states, len(columns))
    return LinearInputs(
        ngrams=(),
        numbers=np.hstack([features.numbers, pair_features(by_column, competition)]),
        categories=features.categories,
        n_values=run.features.n_values,
        symmetric=competition.in_any_order,
    )


def _states_of(run: Run, texts: list[str]) -> np.ndarray:
    """Return the states of texts, `(texts, width)`: those that are known, or by the encoder."""
    parts: list[np.ndarray] = []
    places = np.full(len(texts), -1, np.int64)  # row of each text in the parts, one after another
    for stage in _STAGES:
        folder = run.folders.get(stage)
        if folder is None or not folder.is_dir():
            continue  # a run that was copied without it
        known = known_states(folder)
        waiting = np.flatnonzero(places < 0)
        rows = known.rows([texts[place] for place in waiting])
        found = rows >= 0
        places[waiting[found]] = sum(map(len, parts)) + np.arange(found.sum())
        parts.append(known.states[rows[found]])
    unknown = list(dict.fromkeys(texts[place] for place in np.flatnonzero(places < 0)))
    if unknown:
        row_of = {text: sum(map(len, parts)) + row for row, text in enumerate(unknown)}
        for place in np.flatnonzero(places < 0):
            places[place] = row_of[texts[place]]
        parts.append(_encode(run, unknown))
    return np.concatenate(parts)[places]


def _encode(run: Run, texts: list[str]) -> np.ndarray:
    """Return the states of new texts, by the encoder that the run was trained with."""
    model = _model(run)
    folder, content = _find_encoder(run)
    return encode_texts(folder, content, texts, model.encoder_pooling, model.encoder_max_tokens)


def _find_encoder(run: Run) -> tuple[Path, tuple[str, ...]]:
    """Return the folder of a run's encoder and the hashes of its files.

    Raises:
        ArtefactError: the folder is gone, or a file of it has changed.
        ConfigError: a package that reads encoders is not installed.
    """
    check_packages()
    note = _note(run)
    # The folder of the setting may be relative to another working directory.
    folders = [Path(note["folder"])]
    with contextlib.suppress(RegardError):
        folders.insert(0, encoder_folder(_model(run).encoder_folder))
    for folder in folders:
        if _changed_file(folder, note["files"]) is None:
            return folder, tuple(note["files"][file] for file in FILES)
    raise _other_encoder(run, cast("Path", _changed_file(folders[-1], note["files"])))


def check_encoder(run: Run) -> None:
    """Make sure that a training with a run's settings would read the encoder of that run.

    Raises:
        ArtefactError: a file of the encoder has changed.
        ConfigError, DataError: see `encoder_folder`.
    """
    folder = encoder_folder(_model(run).encoder_folder)
    if path := _changed_file(folder, _note(run)["files"]):
        raise _other_encoder(run, path)


def _note(run: Run) -> dict[str, Any]:
    """Return the note of a run's encoder: its `folder`, and the hashes of its `files` by name."""
    own = run.folder / FITTED / ENCODER_NOTE
    return dict(read_json(own if own.exists() else run.artefact("encode") / ENCODER_NOTE))


def _other_encoder(run: Run, path: Path) -> ArtefactError:
    found = "is not the one" if path.is_file() else "is missing; it is needed as the one"
    return ArtefactError(
        f"{path} {found} that run {run.name} was trained with; put the folder "
        f"{_note(run)['folder']} back, or train again"
    )


def _changed_file(folder: Path, hashes: dict[str, str]) -> Path | None:
    """Return the first file of an encoder that is missing or has another content."""
    for file in FILES:
        path = folder / file
        if not path.is_file() or hash_file(path) != hashes[file]:
            return path
    return None


def _model(run: Run) -> FrozenEncoderConfig:
    return cast("FrozenEncoderConfig", run.config.model)
