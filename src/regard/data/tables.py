"""The train, test and sample tables of a competition: read once, then kept as Parquet.

The train table is an artefact by itself: what models learn does not depend on the test file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.config import ROW_NUMBERS
from regard.data.swallowed_rows import find_swallowed, quotes_warning, swallowed_error
from regard.data.whole_files import ROWS_PER_BLOCK, WholeFile, first_few, read_whole
from regard.errors import ArtefactError, DataError

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

_log = logging.getLogger(__name__)

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


def file_names(competition: CompetitionConfig) -> dict[str, list[str]]:
    """Return the file names of each part; a competition may have no test file."""
    names = {"train": competition.train_files}
    for part, name in (("test", competition.test_file), ("sample", competition.sample_file)):
        if name is not None:
            names[part] = [name]
    return names


def joined_digest(digests: Sequence[str]) -> str:
    """Return one hash of the hashes of several files; that of a single file stays as it is."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.blake2b(" ".join(digests).encode()).hexdigest()


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


def read_train(competition: CompetitionConfig, folder: Path) -> dict[str, WholeFile]:
    """Read and check the train file, or all of them as one.

    Whether the labels make sense is for `tasks` to check. Empty texts are kept, with a warning.

    Args:
        competition: names of files and columns.
        folder: where the files are.

    Raises:
        DataError: the file is missing or broken, a column is missing, or ids are missing or
            repeated; the message names the file and the line, column or first ids.
    """
    files = []
    for name in competition.train_files:
        file = read_whole(folder / name, competition.dialect("train"))
        file = number_rows(file, competition.id_column, sum(len(one.frame) for one in files))
        _check_columns_and_ids("train", file, competition)
        files.append(file)
    whole = _joined(files, competition.id_column)
    _check_texts(whole, competition.id_column, competition.text_columns)
    _log.info("%d train rows", len(whole.frame))
    return {"train": whole}


def read_test(competition: CompetitionConfig, folder: Path) -> dict[str, WholeFile]:
    """Read and check the test file and the sample submission, see `read_train`.

    Raises:
        DataError: see `read_train`; or the ids differ between the two files.
    """
    id_column = competition.id_column_of_test
    files = {}
    for part, names in file_names(competition).items():
        if part != "train":
            file = read_whole(folder / names[0], competition.dialect(part))
            files[part] = number_rows(file, id_column)
    known_ids = files["sample"].frame.get(id_column, pd.Series(dtype="str")).tolist()
    for part, file in files.items():
        _check_columns_and_ids(part, file, competition, known_ids)
    _check_texts(files["test"], id_column, competition.text_columns)
    if competition.numbers_test_rows:
        _check_same_length(files["test"], files["sample"])
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


def number_rows(file: WholeFile, id_column: str, first: int = 0) -> WholeFile:
    """Return a file with row numbers if its rows have no ids.

    Args:
        file: the file.
        id_column: `ROW_NUMBERS` if its rows have no ids.
        first: the number of its first row.

    Raises:
        DataError: it has a column of the name that row numbers get.
    """
    if id_column != ROW_NUMBERS:
        return file
    if ROW_NUMBERS in file.frame:
        raise DataError(f"{file.path} has a column {ROW_NUMBERS!r}; rename it")
    frame = file.frame.copy(deep=False)
    frame.insert(0, ROW_NUMBERS, pd.Series(range(first, first + len(frame)), dtype="str"))
    return replace(file, frame=frame)


def _joined(files: Sequence[WholeFile], id_column: str) -> WholeFile:
    """Return the rows of several train files as one file.

    Raises:
        DataError: their columns differ, or an id is in two of them.
    """
    first = files[0]
    if len(files) == 1:
        return first
    for number, file in enumerate(files[1:], start=1):
        _check_same_columns(first, file)
        for other in files[:number]:
            _check_no_shared_ids(other, file, id_column)
    return WholeFile(
        path=first.path.with_name(" + ".join(file.path.name for file in files)),
        frame=pd.concat([file.frame[list(first.frame)] for file in files], ignore_index=True),
        lines=np.concatenate([file.lines for file in files]),
        digest=joined_digest([file.digest for file in files]),
        unit=first.unit,
    )


def _check_same_columns(first: WholeFile, file: WholeFile) -> None:
    for one, other in ((first, file), (file, first)):
        missing = [column for column in one.frame if column not in other.frame]
        if missing:
            raise DataError(
                f"{other.path} lacks columns of {one.path.name} ({first_few(missing)}); all train "
                "files must have the same columns"
            )


def _check_no_shared_ids(other: WholeFile, file: WholeFile, id_column: str) -> None:
    shared = file.frame[id_column].isin(other.frame[id_column]).to_numpy()
    if shared.any():
        raise DataError(
            f"{file.path}: {shared.sum()} rows have the {id_column!r} of a row of "
            f"{other.path.name} (ids {first_few(file.frame[id_column][shared])}; "
            f"{file.places(shared)}); ids must differ"
        )


def _check_columns_and_ids(
    part: str, file: WholeFile, competition: CompetitionConfig, known_ids: Sequence[str] = ()
) -> None:
    needed = _needed_columns(competition)[part]
    file.need_columns(needed)
    if part != "sample":
        _check_quotes(part, file, competition, known_ids)
    _check_ids(file, needed[0])


def _check_quotes(
    part: str, file: WholeFile, competition: CompetitionConfig, known_ids: Sequence[str]
) -> None:
    """Refuse rows that a quote has certainly swallowed, and warn about quotes that are unclear."""
    dialect = competition.dialect(part)
    ids = competition.id_column if part == "train" else competition.id_column_of_test
    found = find_swallowed(file, dialect, None if ids == ROW_NUMBERS else ids, known_ids)
    if any(one.is_certain for one in found):
        raise swallowed_error(file, found)
    if warning := quotes_warning(file, dialect, found):
        _log.warning("%s", warning)


def _check_same_length(test: WholeFile, sample: WholeFile) -> None:
    if len(test.frame) != len(sample.frame):
        raise DataError(
            f"{sample.path} has {len(sample.frame)} rows, but {test.path.name} has "
            f"{len(test.frame)}; without ids the two must have the same rows in the same order"
        )


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


def _check_ids(file: WholeFile, id_column: str) -> None:
    ids = file.frame[id_column]
    empty = (ids.str.strip() == "").to_numpy()
    if empty.any():
        raise DataError(
            f"{file.path}: {empty.sum()} rows have no {id_column!r} ({file.places(empty)}); give "
            "every row an id"
        )
    repeated = ids.duplicated().to_numpy()
    if repeated.any():
        raise DataError(
            f"{file.path}: {repeated.sum()} rows repeat the {id_column!r} of an earlier row (ids "
            f"{first_few(ids[repeated])}; {file.places(repeated)}); ids must differ"
        )


def _check_texts(file: WholeFile, id_column: str, text_columns: list[str]) -> None:
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


def _check_same_ids(test: WholeFile, sample: WholeFile, id_column: str) -> None:
    for file, other in ((sample, test), (test, sample)):
        ids = file.frame[id_column]
        missing = ids[~ids.isin(other.frame[id_column])]
        if len(missing):
            raise DataError(
                f"{file.path}: {len(missing)} ids are not in {other.path.name} (ids "
                f"{first_few(missing)}); the two must agree"
            )
