"""From the body of a request to rows of cells, with one-line refusals."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from regard.config import CompetitionConfig, ServeConfig
from regard.data.joining import JoinedTable
from regard.errors import DataError, did_you_mean
from regard.serving.bodies import Cell, PredictRequest
from regard.text.numbers import plain_number

MAX_EXPLAINED_ROWS = 16  # each is explained by itself, which takes longer than a prediction
# Halves of surrogate pairs, which JSON can write but no file can hold.
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Row:
    """A row to predict: its cells by column, all of the competition's columns."""

    cells: Mapping[str, str]
    explain: bool = False


def read_rows(
    request: PredictRequest,
    competition: CompetitionConfig,
    limits: ServeConfig,
    table: JoinedTable | None = None,
) -> list[Row]:
    """Return the rows of a request.

    Args:
        request: the body.
        competition: names the columns.
        limits: the most rows and characters.
        table: the rows of joined files, for cells that a row leaves out.

    Raises:
        DataError: the request has no rows, too many, or not the columns of the competition.

    Example:
        {"texts": ["a", "b"]} -> [Row({"text": "a"}), Row({"text": "b"})]
    """
    given = _given_rows(request, competition.text_columns)
    most = min(limits.max_rows, MAX_EXPLAINED_ROWS) if request.explain else limits.max_rows
    if not 1 <= len(given) <= most:
        kind = "rows to explain" if request.explain else "rows"
        raise DataError(f"the request has {len(given)} {kind}; send 1 to {most} at a time")
    rows = []
    for number, row in enumerate(given):
        whole = row if table is None else _with_joins(row, number, competition, table)
        cells = _cells(whole, number, competition, limits.max_characters)
        rows.append(Row(cells, request.explain))
    return rows


def _given_rows(
    request: PredictRequest, text_columns: Sequence[str]
) -> Sequence[Mapping[str, Cell]]:
    forms = [name for name in ("text", "texts", "rows") if getattr(request, name) is not None]
    if len(forms) != 1:
        raise DataError(
            f"the request has {' and '.join(forms) or 'no rows'}; give one of text, texts and rows"
        )
    if request.rows is not None:
        return request.rows
    if len(text_columns) != 1:
        raise DataError(
            f"{forms[0]} is for rows with one text column; give rows with the columns "
            f"{', '.join(text_columns)}"
        )
    texts = [request.text] if request.text is not None else request.texts or []
    return [{text_columns[0]: text} for text in texts]


def _with_joins(
    row: Mapping[str, Cell], number: int, competition: CompetitionConfig, table: JoinedTable
) -> dict[str, Cell]:
    """Return a row with the cells of joined files that it leaves out, if it has their key.

    Raises:
        DataError: the files lack the key.
    """
    needed = competition.input_columns
    found = {name: cell for name, cell in row.items() if name != table.key or name in needed}
    key = _text(row.get(table.key))
    if key:
        given = pd.DataFrame({name: [_text(cell)] for name, cell in row.items()}, dtype="str")
        completed = table.complete(given, needed, f"row {number}")
        added = [str(name) for name in completed.columns if name not in row]
        found |= {name: str(completed[name].iloc[0]) for name in added}
    return found


def _cells(
    row: Mapping[str, Cell], number: int, competition: CompetitionConfig, max_characters: int
) -> dict[str, str]:
    """Return the cells of a row as text, those that are left out empty."""
    texts = competition.text_columns
    columns = competition.input_columns
    for name in row:
        if name not in columns and name != competition.id_column_of_test:
            raise DataError(f"row {number} has a column {name!r}; {did_you_mean(name, columns)}")
    cells = {name: _text(row.get(name)) for name in columns}
    for name in texts:
        if name not in row:
            raise DataError(f"row {number} has no column {name!r}; an empty text is written ''")
        if len(cells[name]) > max_characters:
            raise DataError(
                f"row {number} has {len(cells[name])} characters in {name!r}; send at most "
                f"{max_characters}"
            )
    for name in competition.numeric_columns:
        _check_number(cells[name], name, number, competition.decimal)
    return cells


def _text(cell: Cell) -> str:
    return "" if cell is None else _SURROGATES.sub("\ufffd", str(cell))


def _check_number(cell: str, name: str, number: int, decimal: str) -> None:
    if cell.strip() and plain_number(cell, decimal) is None:
        raise DataError(f"row {number} has {cell[:40]!r} in {name!r}, which is no number")
