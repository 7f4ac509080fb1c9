"""Train on a frame of labelled texts, as a notebook does: the same stages, without a page."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from regard.artefacts import write_csv
from regard.competitions.discovery.frames import discover_frame
from regard.config import CompetitionConfig, Config, compose_settings
from regard.data.row_files import RowFile
from regard.data.rows import str_cells
from regard.errors import DataError, did_you_mean
from regard.pipeline.members import train as train_all
from regard.pipeline.opening import load
from regard.runs.run import Run
from regard.tasks import TASKS
from regard.tasks.submission import submission_columns
from regard.text.label_cells import label_key

_IDS = "id"
_ROWS_PER_BLOCK = 2**13


def fit(
    train: pd.DataFrame | Path | str,
    target: str | Sequence[str],
    *,
    test: pd.DataFrame | Path | str | None = None,
    name: str = "fit",
    overrides: Sequence[str] = (),
    **settings: Any,
) -> Run:
    """Train on labelled texts with folds, and return the finished run.

    The columns and the task are guessed from the frame, unless settings of `competition` give
    them. The same call again trains nothing: the run is there already.

    Args:
        train: a frame, or a CSV, TSV, JSONL or Parquet file.
        target: the label column, or several.
        test: rows to predict; the run then has a submission.
        name: the name of the competition: artefacts are kept in `<output_dir>/<name>`.
        overrides: settings as words of the command line, such as "experiment=fast".
        **settings: pages by name, such as `model="text_cnn"`, and sections as dictionaries, such as
            `folds={"n_folds": 10}`, `competition={"task": "ordinal"}`.

    Raises:
        ConfigError: there is no such setting, or a value is wrong.
        DataError: a column is missing, or labels make no sense.

    Example:
        run = regard.fit(frame, target="label", model="tfidf_linear")
        run.predict(["The ship left the harbour."])
    """
    frame, labels = _as_frame(train, "train"), _labels(target)
    _check_columns(frame, labels)
    test_rows = None if test is None else _as_frame(test, "test")
    ids = _id_column(labels, [*frame, *(() if test_rows is None else test_rows)])
    frame = _with_ids(frame, ids)
    pages = {key: value for key, value in settings.items() if isinstance(value, str)}
    given = _dotted({key: value for key, value in settings.items() if key not in pages})
    words = ["competition=base", *overrides, *(f"{key}={value}" for key, value in pages.items())]
    missing = given.get("competition.label_missing")
    if missing is None:
        _check_filled(frame, labels)
    own = {*given, *(word.partition("=")[0].lstrip("+") for word in words)}
    values = {
        "competition.name": name,
        "competition.label_columns": labels,
        "competition.id_column": ids,
        "competition.test_file": None if test is None else "test.csv",
        "competition.sample_file": None if test is None else "sample_submission.csv",
        **_guesses(_labelled(frame, labels, missing or []), ids, labels, own),
        **given,
    }
    config = compose_settings(words, values)
    config = dataclasses.replace(config, data_dir=str(Path(config.output_dir) / name / "files"))
    _write_files(config, frame, None if test_rows is None else _with_ids(test_rows, ids))
    return load(train_all(config).folder)


def _guesses(
    train: pd.DataFrame, ids: str, labels: Sequence[str], own: Collection[str]
) -> dict[str, Any]:
    """Guess the settings of the competition that the user has not given.

    Args:
        train: all columns str.
        ids: its column of ids.
        labels: its columns of labels.
        own: the dotted names of the user's own settings.
    """
    if {"competition.task", "competition.text_columns"} <= {*own}:
        return {}
    found = discover_frame(train, id_column=ids, label_columns=labels)
    if "competition.task" in own:  # the values were guessed for another task
        found.pop("label_values", None)
    guesses = {f"competition.{key}": value for key, value in found.items()}
    return {key: value for key, value in guesses.items() if key not in own}


def _write_files(config: Config, train: pd.DataFrame, test: pd.DataFrame | None) -> None:
    """Write the files of the competition, as if they had been downloaded."""
    folder = config.competition_dir
    write_csv(folder / "train.csv", train)
    if test is not None:
        write_csv(folder / "test.csv", test)
        write_csv(folder / "sample_submission.csv", _sample(train, test, config.competition))


def _sample(
    train: pd.DataFrame, test: pd.DataFrame, competition: CompetitionConfig
) -> pd.DataFrame:
    task = TASKS[competition.task].from_labels(train, competition)
    columns = submission_columns(None, task, competition)
    # A label, so that the submission spells labels as train does.
    value = task.written_values[0] if competition.submit == "labels" else "0"
    return test[[competition.id_column]].assign(**dict.fromkeys(columns, value))


def _as_frame(rows: pd.DataFrame | Path | str, name: str) -> pd.DataFrame:
    """Return rows with str cells, as a CSV file would hold them."""
    if isinstance(rows, pd.DataFrame):
        return str_cells(rows, name).reset_index(drop=True)
    with RowFile(rows) as file:
        return pd.concat(file.blocks(_ROWS_PER_BLOCK), ignore_index=True)


def _labels(target: str | Sequence[str]) -> list[str]:
    """Return the names of the label columns.

    Raises:
        DataError: there is none, or one is named twice.
    """
    labels = [target] if isinstance(target, str) else list(map(str, target))
    if not labels:
        raise DataError("target names no column; name the label column, or several")
    if repeated := [label for label in labels if labels.count(label) > 1]:
        raise DataError(f"target names the column {repeated[0]!r} twice; name it once")
    return labels


def _check_columns(train: pd.DataFrame, labels: Sequence[str]) -> None:
    """Raise a DataError if a label column is missing."""
    for column in labels:
        if column not in train:
            hint = did_you_mean(column, train.columns)
            raise DataError(f"train has no column {column!r}; {hint}")


def _labelled(
    train: pd.DataFrame, labels: Sequence[str], missing: Sequence[object]
) -> pd.DataFrame:
    """Return the rows whose labels are not among the spellings of `label_missing`."""
    keys = {label_key("null" if spelling is None else str(spelling)) for spelling in missing}
    has_labels = np.ones(len(train), bool)
    for column in labels:
        has_labels &= ~train[column].map(label_key).isin(keys).to_numpy()
    return train[has_labels].reset_index(drop=True)


def _check_filled(train: pd.DataFrame, labels: Sequence[str]) -> None:
    """Make sure that every row has its labels.

    Raises:
        DataError: a label is missing.
    """
    for column in labels:
        empty = np.flatnonzero(train[column] == "")
        if len(empty):
            rows = ", ".join(map(str, empty[:5]))
            raise DataError(
                f"train has no label in the column {column!r} of {len(empty)} of its rows (the "
                f"first ones, counted from 0: {rows}); give them labels, or leave them out by "
                "competition={'label_missing': ['']}"
            )


def _id_column(labels: Sequence[str], columns: Collection[str]) -> str:
    """Return the name of the column of ids: `id`, or another one if that holds labels.

    Args:
        labels: the label columns.
        columns: those of train and test.
    """
    if _IDS not in labels:
        return _IDS
    names = ("row", *(f"row_{number}" for number in range(len(columns))))
    return next(name for name in names if name not in columns)


def _with_ids(frame: pd.DataFrame, ids: str) -> pd.DataFrame:
    """Return rows with unique ids: those of the column of ids, if it has them, else numbers."""
    if ids in frame and frame[ids].is_unique and (frame[ids] != "").all():
        return frame
    numbers = pd.Series(range(len(frame)), dtype="str")
    return frame.drop(columns=ids, errors="ignore").assign(**{ids: numbers})


def _dotted(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested dictionaries as one of dotted names.

    Example:
        {"folds": {"n_folds": 3}, "seed": 1} -> {"folds.n_folds": 3, "seed": 1}
    """
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= _dotted(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found
