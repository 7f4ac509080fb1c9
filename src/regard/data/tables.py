"""The train, test and sample tables of a competition: read from CSV once, then kept as Parquet.

The train table is an artefact by itself: what models learn does not depend on the test file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.data.csv_files import ROWS_PER_BLOCK, CsvFile, first_few, read_csv
from regard.errors import ArtefactError, DataError

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

_log = logging.getLogger(__name__)

_SAMPLE_ROWS = 2000
PARTS = ("train", "test", "sample")


@dataclass(frozen=True, eq=False)
class Tables:
    """The files of a competition; every column is str.

    Attributes:
        train: the train rows.
        test: the test rows.
        sample: the sample submission.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    sample: pd.DataFrame


def file_names(competition: CompetitionConfig) -> dict[str, str]:
    """Return the file name of each part; a competition may have no test file."""
    names = (competition.train_file, competition.test_file, competition.sample_file)
    return {part: name for part, name in zip(PARTS, names, strict=True) if name is not None}


def read_tables(competition: CompetitionConfig, folder: Path) -> Tables:
    """Read and check the train, test and sample files, see `read_train` and `read_test`.

    Without a test file, the tables of test and of the sample have columns but no rows.
    """
    frames = {part: file.frame for part, file in read_train(competition, folder).items()}
    if competition.has_test:
        files = read_test(competition, folder)
        return Tables(**frames, **{part: file.frame for part, file in files.items()})
    no_rows = frames["train"].iloc[:0]
    test = no_rows.rename(columns={competition.id_column: competition.id_column_of_test})
    return Tables(**frames, test=test, sample=test[[competition.id_column_of_test]])


def read_train(competition: CompetitionConfig, folder: Path) -> dict[str, CsvFile]:
    """Read and check the train file.

    Whether the labels make sense is for `tasks` to check. Empty texts are kept, with a warning.

    Args:
        competition: names of files and columns.
        folder: where the files are.

    Raises:
        DataError: the file is missing or broken, a column is missing, or ids are missing or
            repeated; the message names the file and the line, column or first ids.
    """
    path = folder / competition.train_file
    files = {"train": read_csv(path, competition.encoding, competition.separator)}
    _check_columns_and_ids(files, competition)
    _check_texts(files["train"], competition.id_column, competition.text_columns)
    _log.info("%d train rows", len(files["train"].frame))
    return files


def read_test(competition: CompetitionConfig, folder: Path) -> dict[str, CsvFile]:
    """Read and check the test file and the sample submission, see `read_train`.

    Raises:
        DataError: see `read_train`; or the ids differ between the two files.
    """
    files = {}
    for part, name in file_names(competition).items():
        if part != "train":
            path = folder / name
            files[part] = read_csv(path, competition.encoding, competition.separator)
    _check_columns_and_ids(files, competition)
    id_column = competition.id_column_of_test
    _check_texts(files["test"], id_column, competition.text_columns)
    _check_same_ids(files["test"], files["sample"], id_column)
    _log.info("%d test rows", len(files["test"].frame))
    return files


def write_tables(folder: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    """Write each table as `<part>.parquet`."""
    for part, frame in frames.items():
        frame.to_parquet(folder / f"{part}.parquet", index=False)


def read_table(folder: Path, part: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a table that `write_tables` wrote.

    Args:
        folder: its folder.
        part: "train", "test" or "sample".
        columns: the columns to read; None: all.

    Raises:
        ArtefactError: the file is missing or broken.
    """
    # Parquet lets a stage read the columns that it needs, and keeps ids such as "007" as text.
    path = folder / f"{part}.parquet"
    try:
        return pd.read_parquet(path, columns=None if columns is None else list(columns))
    except (OSError, ValueError) as error:
        raise ArtefactError(
            f"{path}: cannot be read ({error}); delete its folder and run again"
        ) from error


def texts_of(frame: pd.DataFrame, text_columns: Sequence[str], texts: str) -> list[list[str]]:
    r"""Return the texts of each row, column by column; joined columns become one.

    Example:
        texts=joined, columns title="Old news", text="Nothing new." -> [["Old news\nNothing new."]]
    """
    columns = [frame[column].tolist() for column in text_columns]
    if texts == "joined":
        return [list(map("\n".join, zip(*columns, strict=True)))]
    return columns


def each_text(frame: pd.DataFrame, competition: CompetitionConfig) -> Iterator[str]:
    """Yield the texts of `texts_of` column after column, without a list of Python strings."""
    columns = competition.text_columns
    for names in [columns] if competition.texts == "joined" else [[column] for column in columns]:
        for block in _blocks(frame[names]):
            yield from map("\n".join, zip(*(block[name].tolist() for name in names), strict=True))


def sample_texts(frames: Sequence[pd.DataFrame], competition: CompetitionConfig) -> list[str]:
    """Return texts of at most 2,000 rows of each frame, evenly spaced.

    Their language and script are those of all texts.
    """
    texts: list[str] = []
    for frame in frames:
        if len(frame):
            rows = np.unique(np.linspace(0, len(frame) - 1, _SAMPLE_ROWS).astype(np.int64))
            texts += each_text(frame.iloc[rows], competition)
    return texts


def _check_columns_and_ids(files: Mapping[str, CsvFile], competition: CompetitionConfig) -> None:
    needed = _needed_columns(competition)
    for part, file in files.items():
        file.need_columns(needed[part])
    for part, file in files.items():
        _check_ids(file, needed[part][0])


def _needed_columns(competition: CompetitionConfig) -> dict[str, list[str]]:
    """Return the columns that each part must have, the id first."""
    test_id_column = competition.id_column_of_test
    in_both = [
        *competition.text_columns,
        *competition.numeric_columns,
        *competition.categorical_columns,
    ]
    of_folds = (competition.group_column, competition.fold_column, competition.time_column)
    in_train = [*competition.label_columns, *competition.subgroup_columns, *filter(None, of_folds)]
    return {
        "train": [competition.id_column, *in_both, *in_train],
        "test": [test_id_column, *in_both],
        "sample": [test_id_column],
    }


def _blocks(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    starts = range(0, len(frame), ROWS_PER_BLOCK)
    return (frame.iloc[start : start + ROWS_PER_BLOCK] for start in starts)


def _check_ids(file: CsvFile, id_column: str) -> None:
    ids = file.frame[id_column]
    empty = (ids.str.strip() == "").to_numpy()
    if empty.any():
        lines = first_few(file.lines[empty])
        raise DataError(
            f"{file.path}: {empty.sum()} rows have no {id_column!r} (lines {lines}); give every "
            "row an id"
        )
    repeated = ids.duplicated().to_numpy()
    if repeated.any():
        raise DataError(
            f"{file.path}: {repeated.sum()} rows repeat the {id_column!r} of an earlier row (ids "
            f"{first_few(ids[repeated])}; lines {first_few(file.lines[repeated])}); ids must differ"
        )


def _check_texts(file: CsvFile, id_column: str, text_columns: list[str]) -> None:
    """Refuse a text column without any text; warn about single empty texts."""
    for column in text_columns:
        empty = np.concatenate([block[column].str.strip() == "" for block in _blocks(file.frame)])
        if empty.all():
            raise DataError(
                f"{file.path}: column {column!r} is empty in every row; see "
                "competition.text_columns"
            )
        if empty.any():
            ids = first_few(file.frame[id_column][empty])
            _log.warning(
                "%s: %d empty texts in column %r are kept (ids %s)",
                file.path,
                empty.sum(),
                column,
                ids,
            )


def _check_same_ids(test: CsvFile, sample: CsvFile, id_column: str) -> None:
    for file, other in ((sample, test), (test, sample)):
        ids = file.frame[id_column]
        missing = ids[~ids.isin(other.frame[id_column])]
        if len(missing):
            raise DataError(
                f"{file.path}: {len(missing)} ids are not in {other.path.name} (ids "
                f"{first_few(missing)}); the two must agree"
            )
