"""A competition's CSV files, read as text and checked.

The files are read with Python's `csv` rather than pandas because it knows the line on which a record starts: texts
hold line breaks, so the tenth row may stand on line 50, and a message has to send its reader to line 50. Nothing is
guessed: cells stay the strings they are, `NA` and `null` included.
"""

import csv
import io
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from regard.config import CompetitionConfig
from regard.errors import DataError, did_you_mean

_log = logging.getLogger(__name__)

_LONGEST_CELL = 2**31 - 1
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
        DataError: a file is missing or broken, a column is missing, or ids are missing, repeated or not those of the
            other file; the message names the file and the line, column or first ids.
    """
    test_id_column = competition.test_id_column or competition.id_column
    in_both = [*competition.text_columns, *competition.numeric_columns, *competition.categorical_columns]
    of_folds = (competition.group_column, competition.fold_column, competition.time_column)
    in_train = [*competition.label_columns, *competition.subgroup_columns, *filter(None, of_folds)]
    train = _read(folder / competition.train_file, competition.encoding, competition.separator)
    _need_columns(train, [competition.id_column, *in_both, *in_train])
    test = _read(folder / competition.test_file, competition.encoding, competition.separator)
    _need_columns(test, [test_id_column, *in_both])
    sample = _read(folder / competition.sample_file, competition.encoding, competition.separator)
    _need_columns(sample, [test_id_column])
    for file, id_column in ((train, competition.id_column), (test, test_id_column), (sample, test_id_column)):
        _check_ids(file, id_column)
    for file, id_column in ((train, competition.id_column), (test, test_id_column)):
        _check_texts(file, id_column, competition.text_columns)
    _check_same_ids(test, sample, test_id_column)
    _log.info("%d train rows, %d test rows", len(train.frame), len(test.frame))
    return Tables(train.frame, test.frame, sample.frame)


def texts_of(frame: pd.DataFrame, competition: CompetitionConfig) -> list[list[str]]:
    r"""Return the texts that the network reads, column by column; joined ones are one column, joined by line breaks.

    Example:
        texts=joined, columns title="Old news", text="Nothing new." -> [["Old news\nNothing new."]]
    """
    columns = [frame[column].tolist() for column in competition.text_columns]
    return [list(map("\n".join, zip(*columns, strict=True)))] if competition.texts == "joined" else columns


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
    text = _decoded(path, encoding)
    if not text.strip():
        raise DataError(f"{path} is empty")
    separator = (separator or ("\t" if path.suffix == ".tsv" else ",")).replace("\\t", "\t")
    header, rows, lines = _records(path, text, separator)
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise DataError(f"{path} has two columns of the name {', '.join(map(repr, repeated))}; rename or remove one")
    if not rows:
        raise DataError(f"{path} has a header, but no rows")
    _check_widths(path, [len(row) for row in rows], lines, len(header), separator)
    return _File(path, pd.DataFrame(rows, columns=pd.Index(header), dtype="str"), np.array(lines))


def _decoded(path: Path, encoding: str) -> str:
    """The file's text, without a byte order mark."""
    if not path.is_file():
        others = [other.name for other in path.parent.glob("*") if other.is_file()]
        hint = f"; {did_you_mean(path.name, others)}" if others else ""
        raise DataError(
            f"{path} is not there{hint}; data/README.md says where to get it, "
            "competition.train_file, test_file and sample_file how the files are named"
        )
    content = path.read_bytes()
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        likely = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"
        raise DataError(
            f"{path} line {line}: byte 0x{content[error.start]:02x} is not valid {encoding}; "
            f"set competition.encoding to the file's own, for example {likely}, or save it as {encoding}"
        ) from None


def _records(path: Path, text: str, separator: str) -> tuple[list[str], list[list[str]], list[int]]:
    """The header, the rows, and the line on which each row starts; blank lines are left out."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows, lines, start = [], [], 1
    for row in reader:
        if row:
            rows.append(row)
            lines.append(start)
        start = reader.line_num + 1
    _check_last_quote(path, text, separator, lines[-1])
    return rows[0], rows[1:], lines[1:]


def _check_last_quote(path: Path, text: str, separator: str, last_start: int) -> None:
    """Refuse a file that ends inside a quoted cell: it was cut off, or a quote is missing further up."""
    record = "".join(islice(io.StringIO(text, newline=""), last_start - 1, None))
    try:
        list(csv.reader(io.StringIO(record, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            opened = [match.start() for match in _QUOTED.finditer(record)][-1]
            line = last_start + record.count("\n", 0, opened)
            raise DataError(
                f"{path} line {line}: a quote is opened and never closed, so the file was cut off or a quote is "
                "missing; download it again or mend that line"
            ) from None


def _check_widths(path: Path, widths: list[int], lines: list[int], expected: int, separator: str) -> None:
    wrong = [(line, width) for line, width in zip(lines, widths, strict=True) if width != expected]
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
        raise DataError(f"{file.path}: {empty.sum()} rows have no {id_column!r} (lines {where}); give every row an id")
    repeated = ids.duplicated().to_numpy()
    if repeated.any():
        raise DataError(
            f"{file.path}: {repeated.sum()} rows repeat the {id_column!r} of an earlier row "
            f"(ids {_first(ids[repeated])}; lines {_first(file.lines[repeated])}); ids must differ"
        )


def _check_texts(file: _File, id_column: str, text_columns: Sequence[str]) -> None:
    """Refuse a text column without any text; warn of single empty texts."""
    for column in text_columns:
        empty = (file.frame[column].str.strip() == "").to_numpy()
        if empty.all():
            raise DataError(f"{file.path}: column {column!r} is empty in every row; see competition.text_columns")
        if empty.any():
            ids = _first(file.frame[id_column][empty])
            _log.warning("%s: %d empty texts in column %r are kept (ids %s)", file.path, empty.sum(), column, ids)


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
