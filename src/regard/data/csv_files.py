"""A competition's CSV files, read as text and checked.

The files are read with Python's `csv` rather than pandas because it knows the line on which a
record starts: texts hold line breaks, so the tenth row may stand on line 50, and a message has to
send its reader to line 50. Nothing is
guessed: cells stay the strings they are, `NA` and `null` included.
"""

import codecs
import csv
import logging
import re
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pandas as pd

from regard.config import CompetitionConfig
from regard.errors import DataError, did_you_mean

_log = logging.getLogger(__name__)

_LONGEST_CELL = 2**31 - 1
_ROWS_AT_ONCE = 2**13
_BYTE_ORDER_MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
_END = "."  # a line put after the last one: it is a record of its own unless a quote is open
_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*(?:"|\Z)')


@dataclass(frozen=True, eq=False)
class Tables:
    """The files of a competition; every column is str."""

    train: pd.DataFrame
    test: pd.DataFrame
    sample: pd.DataFrame


@dataclass(frozen=True, eq=False)
class _File:
    """One file with the line on which each row starts."""

    path: Path
    frame: pd.DataFrame
    lines: np.ndarray


def read_tables(competition: CompetitionConfig, folder: Path) -> Tables:
    """Read and check the train, test and sample files.

    Whether the labels make sense is for `task` to say. Empty texts are kept, with a warning.

    Args:
        competition: names of files and columns.
        folder: where the files are.

    Raises:
        DataError: a file is missing or broken, a column is missing, or ids are missing, repeated or
            not those of the other file; the message names the file and the line, column or first
            ids.
    """
    test_id_column = competition.id_column_of_test
    in_both = [
        *competition.text_columns,
        *competition.numeric_columns,
        *competition.categorical_columns,
    ]
    of_folds = (competition.group_column, competition.fold_column, competition.time_column)
    in_train = [*competition.label_columns, *competition.subgroup_columns, *filter(None, of_folds)]
    train = _read(folder / competition.train_file, competition.encoding, competition.separator)
    _need_columns(train, [competition.id_column, *in_both, *in_train])
    test = _read(folder / competition.test_file, competition.encoding, competition.separator)
    _need_columns(test, [test_id_column, *in_both])
    sample = _read(folder / competition.sample_file, competition.encoding, competition.separator)
    _need_columns(sample, [test_id_column])
    for file, id_column in (
        (train, competition.id_column),
        (test, test_id_column),
        (sample, test_id_column),
    ):
        _check_ids(file, id_column)
    for file, id_column in ((train, competition.id_column), (test, test_id_column)):
        _check_texts(file, id_column, competition.text_columns)
    _check_same_ids(test, sample, test_id_column)
    _log.info("%d train rows, %d test rows", len(train.frame), len(test.frame))
    return Tables(train.frame, test.frame, sample.frame)


def texts_of(frame: pd.DataFrame, competition: CompetitionConfig) -> list[list[str]]:
    r"""Return the texts that the network reads, column by column; joined ones are one column,
    joined by line breaks.

    Example:
        texts=joined, columns title="Old news", text="Nothing new." -> [["Old news\nNothing new."]]
    """
    columns = [frame[column].tolist() for column in competition.text_columns]
    return (
        [list(map("\n".join, zip(*columns, strict=True)))]
        if competition.texts == "joined"
        else columns
    )


def each_text(frame: pd.DataFrame, competition: CompetitionConfig) -> Iterator[str]:
    """Yield the texts of `texts_of`, one column after another, without holding them all as Python's strings."""
    columns = competition.text_columns
    for names in [columns] if competition.texts == "joined" else [[column] for column in columns]:
        for block in _blocks(frame[names]):
            yield from map("\n".join, zip(*(block[name].tolist() for name in names), strict=True))


def _blocks(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    return (
        frame.iloc[start : start + _ROWS_AT_ONCE] for start in range(0, len(frame), _ROWS_AT_ONCE)
    )


def read_frame(path: Path, encoding: str, separator: str | None) -> pd.DataFrame:
    """Read one file; only its form is checked, not which columns it has.

    Args:
        path: of the file.
        encoding: of the file.
        separator: of the cells; None: the tab for .tsv files, else the comma.

    Returns:
        Every column str.

    Raises:
        DataError: the file is missing or broken; the message names the line.
    """
    return _read(path, encoding, separator).frame


def _read(path: Path, encoding: str, separator: str | None) -> _File:
    """Read a file in blocks of rows, so that little more than the frame is ever in memory."""
    _check_is_there(path)
    separator = (separator or ("\t" if path.suffix == ".tsv" else ",")).replace("\\t", "\t")
    try:
        return _frame_of(path, _codec(path, encoding), separator)
    except UnicodeDecodeError:
        _refuse_encoding(path, encoding)
        raise


def _codec(path: Path, encoding: str) -> str:
    """The encoding, or for UTF-16 and UTF-32 without a byte order mark, in which Python opens no file, their own."""
    name = codecs.lookup(encoding).name
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(_BYTE_ORDER_MARKS.get(name, b"")):
        return encoding
    return f"{name}-{'le' if sys.byteorder == 'little' else 'be'}"


def _frame_of(path: Path, encoding: str, separator: str) -> _File:
    starts, blocks, wrong = array("q"), [], []
    records = _records(path, encoding, separator)
    _, header = next(records)
    while block := list(islice(records, _ROWS_AT_ONCE)):
        starts.extend(start for start, _ in block)
        wrong += [(start, len(row)) for start, row in block if len(row) != len(header)]
        if not wrong:
            blocks.append(pd.DataFrame([row for _, row in block], dtype="str"))
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise DataError(
            f"{path} has two columns of the name {', '.join(map(repr, repeated))}; rename or remove one"
        )
    if not starts:
        raise DataError(f"{path} has a header, but no rows")
    _check_widths(path, wrong, len(header), separator)
    frame = pd.concat(blocks, ignore_index=True)
    frame.columns = pd.Index(header)
    return _File(path, frame, np.array(starts))


def _check_is_there(path: Path) -> None:
    if not path.is_file():
        others = [other.name for other in path.parent.glob("*") if other.is_file()]
        hint = f"; {did_you_mean(path.name, others)}" if others else ""
        raise DataError(
            f"{path} is not there{hint}; data/README.md says where to get it, "
            "competition.train_file, test_file and sample_file how the files are named"
        )


def _refuse_encoding(path: Path, encoding: str) -> None:
    """Say which byte is not of the encoding."""
    content = path.read_bytes()
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        likely = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
        raise DataError(
            f"{path} line {line}: byte 0x{content[error.start]:02x} is not valid {encoding}; "
            f"set competition.encoding to the file's own, for example {likely}, or save it as {encoding}"
        ) from None


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The file's lines with their ends, without a byte order mark."""
    with path.open(encoding=encoding, newline="") as file:
        yield file.readline().removeprefix("\ufeff")
        yield from file


def _records(path: Path, encoding: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The line on which each record starts, and its cells; blank lines are left out."""
    if not any(map(str.strip, _lines(path, encoding))):
        raise DataError(f"{path} is empty")
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(chain(_lines(path, encoding), [_END]), delimiter=separator)
    before: tuple[int, list[str]] | None = None
    start = 1
    for row in reader:
        if row:
            if before:
                yield before
            before = start, row
        last, start = start, reader.line_num + 1
    if last != reader.line_num:  # the line after the last went into a cell
        raise _open_quote(path, encoding, last)


def _open_quote(path: Path, encoding: str, last_start: int) -> DataError:
    """What to say of a file that ends inside a quoted cell: it was cut off, or a quote is missing further up."""
    record = "".join(islice(_lines(path, encoding), last_start - 1, None))
    opened = [match.start() for match in _QUOTED.finditer(record)][-1]
    line = last_start + record.count("\n", 0, opened)
    return DataError(
        f"{path} line {line}: a quote is opened and never closed, so the file was cut off or a quote is "
        "missing; download it again or mend that line"
    )


def _check_widths(path: Path, wrong: list[tuple[int, int]], expected: int, separator: str) -> None:
    if wrong:
        line, width = wrong[0]
        raise DataError(
            f"{path} line {line}: {width} cells, but the header has {expected} ({len(wrong)} such rows); a text that "
            f"holds a quote, a line break or the separator {separator!r} must stand in quotes"
        )


def _need_columns(file: _File, columns: Sequence[str]) -> None:
    present = list(file.frame.columns)
    for column in columns:
        if column not in present:
            guess = did_you_mean(column, present)
            listing = "" if guess.startswith("there are") else f" (there are: {', '.join(present)})"
            separator = "; or set competition.separator" if len(present) == 1 else ""
            raise DataError(f"{file.path} has no column {column!r}; {guess}{listing}{separator}")


def _check_ids(file: _File, id_column: str) -> None:
    ids = file.frame[id_column]
    empty = (ids.str.strip() == "").to_numpy()
    if empty.any():
        where = _first(file.lines[empty])
        raise DataError(
            f"{file.path}: {empty.sum()} rows have no {id_column!r} (lines {where}); give every row an id"
        )
    repeated = ids.duplicated().to_numpy()
    if repeated.any():
        raise DataError(
            f"{file.path}: {repeated.sum()} rows repeat the {id_column!r} of an earlier row "
            f"(ids {_first(ids[repeated])}; lines {_first(file.lines[repeated])}); ids must differ"
        )


def _check_texts(file: _File, id_column: str, text_columns: Sequence[str]) -> None:
    """Refuse a text column without any text; warn of single empty texts."""
    for column in text_columns:
        empty = np.concatenate([block[column].str.strip() == "" for block in _blocks(file.frame)])
        if empty.all():
            raise DataError(
                f"{file.path}: column {column!r} is empty in every row; see competition.text_columns"
            )
        if empty.any():
            ids = _first(file.frame[id_column][empty])
            _log.warning(
                "%s: %d empty texts in column %r are kept (ids %s)",
                file.path,
                empty.sum(),
                column,
                ids,
            )


def _check_same_ids(test: _File, sample: _File, id_column: str) -> None:
    test_ids, sample_ids = test.frame[id_column], sample.frame[id_column]
    for ids, others, here, there in (
        (sample_ids, test_ids, sample.path, test.path),
        (test_ids, sample_ids, test.path, sample.path),
    ):
        alone = ids[~ids.isin(others)]
        if len(alone):
            raise DataError(
                f"{here}: {len(alone)} ids are not in {there.name} (ids {_first(alone)}); the two must agree"
            )


def _first(values: Iterable[object]) -> str:
    """The first five, for a message."""
    listed = list(map(str, values))
    return ", ".join(listed[:5]) + ", ..." * (len(listed) > 5)
