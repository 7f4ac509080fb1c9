"""From the body of a request to rows of cells, with one-line refusals."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regard.config import CompetitionConfig, ServeConfig
from regard.errors import DataError, did_you_mean
from regard.serving.bodies import Cell, PredictRequest

MAX_EXPLAINED_ROWS = 16  # each is explained by itself, which takes longer than a prediction
# Halves of surrogate pairs, which JSON can write but no file can hold.
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Row:
    """A row to predict: its cells by column, all of the competition's columns."""

    cells: Mapping[str, str]
    explain: bool = False


def read_rows(
    request: PredictRequest, competition: CompetitionConfig, limits: ServeConfig
) -> list[Row]:
    """Return the rows of a request.

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
    return [
        Row(_cells(row, number, competition, limits.max_characters), request.explain)
        for number, row in enumerate(given)
    ]


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
        _check_number(cells[name], name, number)
    return cells


def _text(cell: Cell) -> str:
    return "" if cell is None else _SURROGATES.sub("\ufffd", str(cell))


def _check_number(cell: str, name: str, number: int) -> None:
    try:
        float(cell or 0)
    except ValueError:
        raise DataError(f"row {number} has {cell[:40]!r} in {name!r}, which is no number") from None
