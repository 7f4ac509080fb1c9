"""Find rows that an unclosed quote has merged into one cell.

A quote that is opened and closed only some lines further down is valid CSV: the lines between
become part of one cell, and their rows are lost without an error.
"""

import re

import numpy as np
import pandas as pd

from regard.config import CompetitionConfig
from regard.data.tables import Tables, file_names

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_MIN_LINES = 2  # lines like rows in one cell; a text may well hold one such line


def find_swallowed_rows(
    tables: Tables, competition: CompetitionConfig
) -> dict[str, tuple[int, int]]:
    """Find rows of train and test with a cell whose lines look like rows of the file.

    Returns:
        The number of such rows and the line on which the first of them starts, by file.
    """
    found = {}
    names = file_names(competition)
    for part, table, id_column in (
        ("train", tables.train, competition.id_column),
        ("test", tables.test, competition.id_column_of_test),
    ):
        file = names.get(part, "")
        default = "\t" if file.endswith(".tsv") else ","
        separator = (competition.separator or default).replace("\\t", "\t")
        n_breaks = table.apply(lambda cells: cells.str.count(_LINE_BREAK))
        # Only a cell with enough line breaks is split: most cells of most files have none.
        candidates = np.flatnonzero(n_breaks.max(axis=1) >= _MIN_LINES)
        rows = _rows_with_swallowed_rows(table, candidates, id_column, separator)
        if rows:
            # Row i starts on line 2 + i, plus the line breaks inside the rows before it.
            n_breaks_before = n_breaks.sum(axis=1).to_numpy()[: rows[0]].sum()
            found[file] = (len(rows), 2 + rows[0] + int(n_breaks_before))
    return found


def _rows_with_swallowed_rows(
    table: pd.DataFrame, candidates: np.ndarray, id_column: str, separator: str
) -> list[int]:
    r"""Return the candidates with a cell whose lines look like rows.

    Args:
        table: all columns str.
        candidates: positions of rows, int.
        id_column: a line looks like a row if this cell is no longer and no shorter than other ids.
        separator: of the cells.

    Example:
        columns id, text; ids of two letters; the cell "hello\na3,you\na4,there" -> its row
    """
    id_index = list(table.columns).index(id_column)
    id_lengths = table[id_column].str.len()
    shortest = id_lengths.min()
    longest = id_lengths.max()

    def looks_like_row(line: str) -> bool:
        cells = line.split(separator)
        return (
            len(cells) >= table.shape[1]
            and shortest <= len(cells[id_index]) <= longest
            and " " not in cells[id_index]
        )

    return [
        int(row)
        for row in candidates
        if any(
            sum(map(looks_like_row, _LINE_BREAK.split(cell)[1:])) >= _MIN_LINES
            for cell in table.iloc[row]
        )
    ]
