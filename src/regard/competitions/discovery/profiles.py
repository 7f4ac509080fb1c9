"""Statistics of a column, and the input that it can be: text, number or category."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regard.competitions.discovery.guess import line_numbers
from regard.competitions.discovery.ids import is_id_name
from regard.competitions.discovery.numeric_cells import NEARLY_ALL, is_number
from regard.data.tables import Tables

MIN_WORDS = 3.0  # of a text, on average

_SAMPLE_SIZE = 5000  # cells whose words are counted
_ROWS_PER_CATEGORY = 10  # on average; a column with fewer rows per value is not a category
_KNOWN_CATEGORIES = 0.8  # the least share of test cells whose values train has too

# Thai, Japanese and Chinese are written without spaces: each of their letters counts as a word.
_WORD = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\s\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+"
)


@dataclass(frozen=True)
class ColumnProfile:
    """Statistics of a column that train and test share; empty cells do not count.

    Attributes:
        name: the name of the column.
        n_filled: cells of train.
        n_distinct: distinct cells of train.
        n_words: the mean number of words in a cell.
        share_of_numbers: the share of cells that are numbers.
        mistake: the first cell that is not a number, with its line, if nearly all others are;
            else "".
        known_in_test: the share of test cells whose values train has too.
    """

    name: str
    n_filled: int
    n_distinct: int
    n_words: float
    share_of_numbers: float
    mistake: str
    known_in_test: float

    @property
    def is_id(self) -> bool:
        """Whether the column's name is that of ids."""
        return is_id_name(self.name)

    @property
    def has_words(self) -> bool:
        """Whether the cells are neither ids nor numbers."""
        return not self.is_id and self.share_of_numbers < NEARLY_ALL

    @property
    def role(self) -> str:
        """`text`, `numeric`, `categorical`, or `none` if the column is not an input."""
        repeats = self.n_distinct * _ROWS_PER_CATEGORY <= self.n_filled
        # Ids identify rows; a column with a mistake would stop training at that cell.
        if self.n_distinct < 2 or self.is_id or self.mistake:
            return "none"
        if not self.has_words:
            return "numeric"
        if repeats:
            return "categorical" if self.known_in_test >= _KNOWN_CATEGORIES else "none"
        return "text" if self.n_words >= MIN_WORDS else "none"


def profile_column(tables: Tables, column: str) -> ColumnProfile:
    """Compute the statistics of a column of train and test."""
    cells = _filled(tables.train[column])
    test_cells = _filled(tables.test[column])
    sample = cells.sample(min(len(cells), _SAMPLE_SIZE), random_state=0)
    n_words = [len(_WORD.findall(cell)) for cell in sample]
    share = is_number(sample).mean()
    # The sample is enough to rule numbers out; for a mistake in 5,000 cells, all must be read.
    if share >= NEARLY_ALL - 0.1:
        share = is_number(pd.concat([cells, test_cells])).mean()
    return ColumnProfile(
        name=column,
        n_filled=len(cells),
        n_distinct=cells.nunique(),
        n_words=float(np.mean(n_words)) if n_words else 0.0,
        share_of_numbers=share,
        mistake=_first_mistake(tables, column) if NEARLY_ALL <= share < 1 else "",
        known_in_test=float(test_cells.isin(cells.unique()).mean()) if len(test_cells) else 1.0,
    )


def describe_profiles(profiles: Sequence[ColumnProfile]) -> str:
    """Return the columns with their statistics, in words."""
    return ", ".join(
        f"{profile.name} ({profile.n_distinct:,} values in {profile.n_filled:,} rows, "
        f"{profile.n_words:.1f} words each)"
        for profile in profiles
    )


def _filled(cells: pd.Series) -> pd.Series:
    """Return the cells that are not empty."""
    return cells[cells.str.strip() != ""]


def _first_mistake(tables: Tables, column: str) -> str:
    """Return the first cell that is neither empty nor a number, with its line."""
    for role, table in (("train", tables.train), ("test", tables.test)):
        is_mistake = ~is_number(table[column]) & (table[column].str.strip() != "")
        if is_mistake.any():
            cell = table[column][is_mistake].iloc[0]
            line = line_numbers(table, is_mistake)[0]
            return f"{cell!r} in line {line} of the {role} file"
    return ""
