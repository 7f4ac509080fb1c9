"""Train on a frame of labelled texts, as a notebook does: the same stages, without a page."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from regard.artefacts import write_csv
from regard.competitions.discovery.frames import discover_frame
from regard.config import CompetitionConfig, Config, compose_settings
from regard.data.row_files import RowFile
from regard.errors import DataError, did_you_mean
from regard.pipeline.members import train as train_all
from regard.pipeline.opening import load
from regard.runs.run import Run
from regard.tasks import TASKS
from regard.tasks.submission import submission_columns

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

    The columns and the task are guessed from the frame; a setting of `competition` overrides a
    guess. The same call again trains nothing: the run is there already.

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
    labels = [target] if isinstance(target, str) else list(target)
    frame = _with_ids(_as_frame(train), labels)
    pages = {key: value for key, value in settings.items() if isinstance(value, str)}
    others = {key: value for key, value in settings.items() if key not in pages}
    given = _dotted(others)
    is_known = {"competition.task", "competition.text_columns"} <= given.keys()
    guesses = {} if is_known else discover_frame(frame, id_column=_IDS, label_columns=labels)
    words = ["competition=base", *overrides]
    words += [f"{key}={value}" for key, value in pages.items()]
    values = {
        "competition.name": name,
        "competition.label_columns": labels,
        "competition.id_column": _IDS,
        "competition.test_file": None if test is None else "test.csv",
        "competition.sample_file": None if test is None else "sample_submission.csv",
        **{f"competition.{key}": value for key, value in guesses.items()},
        **given,
    }
    config = compose_settings(words, values)
    config = dataclasses.replace(config, data_dir=str(Path(config.output_dir) / name / "files"))
    _write_files(config, frame, None if test is None else _with_ids(_as_frame(test), []))
    return load(train_all(config).folder)


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
    return test[[_IDS]].assign(**dict.fromkeys(columns, "0"))


def _as_frame(rows: pd.DataFrame | Path | str) -> pd.DataFrame:
    """Return rows with str cells, as a CSV file would hold them."""
    if isinstance(rows, pd.DataFrame):
        rows = rows.rename(columns=str)
        return rows.astype("str").where(rows.notna(), "").reset_index(drop=True)
    with RowFile(rows) as file:
        return pd.concat(file.blocks(_ROWS_PER_BLOCK), ignore_index=True)


def _with_ids(frame: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Return rows with unique ids: those of the column `id`, if it has them, else numbers.

    Raises:
        DataError: a label column is missing.
    """
    for column in labels:
        if column not in frame:
            hint = did_you_mean(column, frame.columns)
            raise DataError(f"train has no column {column!r}; {hint}")
    if _IDS in frame and frame[_IDS].is_unique and (frame[_IDS] != "").all():
        return frame
    numbers = pd.Series(range(len(frame)), dtype="str")
    return frame.drop(columns=_IDS, errors="ignore").assign(**{_IDS: numbers})


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
