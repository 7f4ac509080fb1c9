"""The train, test and sample tables of a competition: read once, then kept as Parquet.

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

from regard.artefacts import check_file
from regard.data.joining import JoinedTable, join_files, read_joined
from regard.data.known_labels import with_labels
from regard.data.table_checks import (
    check_ids,
    check_quotes,
    check_same_ids,
    check_same_length,
    check_texts,
    joined,
    number_rows,
    with_ids_of,
)
from regard.data.whole_files import ROWS_PER_BLOCK, WholeFile, read_whole
from regard.errors import ArtefactError

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


def file_names(competition: CompetitionConfig) -> dict[str, list[str]]:
    """Return the file names of each part; a competition may have no test file."""
    names = {"train": competition.train_files}
    for part, name in (("test", competition.test_file), ("sample", competition.sample_file)):
        if name is not None:
            names[part] = [name]
    return names


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


def read_train(
    competition: CompetitionConfig, folder: Path, table: JoinedTable | None = None
) -> dict[str, WholeFile]:
    """Read and check the train file, or all of them as one.

    Rows are left out whose label is missing by `competition.label_missing`. Whether the others make
    sense is for `tasks` to check. Empty texts are kept, with a warning.

    Args:
        competition: names of files and columns.
        folder: where the files are.
        table: the rows of `competition.joined_files`; None: they are read here.

    Raises:
        DataError: the file is missing or broken, a column is missing, or ids are missing or
            repeated; the message names the file and the line, column or first ids.
    """
    files: list[WholeFile] = []
    n_rows = 0
    table = table or read_joined(competition, folder)
    for name in competition.train_files:
        file = read_whole(folder / name, competition.dialect("train"))
        file = number_rows(file, competition.id_column, n_rows)
        n_rows += len(file.frame)
        files.append(_joined_and_checked("train", file, competition, table))
    whole = with_labels(joined(files, competition.id_column), competition)
    check_texts(whole, competition.id_column, competition.text_columns)
    _log.info("%d train rows", len(whole.frame))
    return {"train": whole}


def read_test(competition: CompetitionConfig, folder: Path) -> dict[str, WholeFile]:
    """Read and check the test file and the sample submission, see `read_train`.

    Raises:
        DataError: see `read_train`; or the ids differ between the two files.
    """
    id_column = competition.id_column_of_test
    files: dict[str, WholeFile] = {}
    for part, names in file_names(competition).items():
        if part != "train":
            file = read_whole(folder / names[0], competition.dialect(part))
            files[part] = number_rows(file, id_column)
    known_ids = files["sample"].frame.get(id_column, pd.Series(dtype="str")).tolist()
    table = read_joined(competition, folder)
    files = {
        part: _joined_and_checked(part, file, competition, table, known_ids)
        for part, file in files.items()
    }
    check_texts(files["test"], id_column, competition.text_columns)
    if competition.numbers_test_rows:
        check_same_length(files["test"], files["sample"])
    files["test"] = with_ids_of(files["sample"], files["test"], id_column)
    check_same_ids(files["test"], files["sample"], id_column)
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
    check_file(path)
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


def _joined_and_checked(
    part: str,
    file: WholeFile,
    competition: CompetitionConfig,
    table: JoinedTable | None,
    known_ids: Sequence[str] = (),
) -> WholeFile:
    """Return a file with the columns of other files, after checks of its columns and ids."""
    needed = _needed_columns(competition)[part]
    whole = file if part == "sample" else join_files(file, competition, table)
    whole.need_columns(needed)
    if part != "sample":
        check_quotes(part, file, competition, known_ids)
    check_ids(whole, needed[0])
    return whole


def _needed_columns(competition: CompetitionConfig) -> dict[str, list[str]]:
    """Return the columns that each part must have, the id first."""
    test_id_column = competition.id_column_of_test
    in_both = competition.input_columns
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
