"""Statistics of a column, and the input that it can be: text, number or category."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regard.competitions.discovery.cell_kinds import kind_of_cells
from regard.competitions.discovery.guess import line_numbers
from regard.competitions.discovery.ids import is_id_name
from regard.competitions.discovery.numeric_cells import NEARLY_ALL, have_fractions, is_number
from regard.competitions.discovery.row_counters import explain_row_numbers
from regard.data.tables import Tables
from regard.text.numbers import parse_numbers

MIN_WORDS = 3.0  # of a text, on average

_SAMPLE_SIZE = 5000  # cells whose words are counted
_ROWS_PER_CATEGORY = 10  # on average; a column with fewer rows per value is not a category
_KNOWN_CATEGORIES = 0.8  # the least share of test cells whose values train has too
_KNOWN_GROUPS = 0.2  # the greatest share of test cells whose values train has too
_MIN_TEST = 5  # with fewer cells, all of them may be new by chance
_MAX_SINGLE = 0.5  # the share of rows that are alone in their group

# The last word of a name whose numbers name kinds: essay_set, ClassCode, topic_no, prompt.
_KIND_NAME = re.compile(
    r"(?:(?:^|[\W_])(?i:set|type|kind|category|group|code|class|topic|prompt|source|section|no|nr)"
    r"|[a-z](?:Set|Type|Kind|Category|Group|Code|Class|Topic|Prompt|Source|Section|No|Nr))$"
)
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
        n_test: cells of test.
        n_single: cells of train whose values occur once.
        kind: of cells that are not words, from `kind_of_cells`.
        fault: why the column is no input, such as row numbers; "" if it may be one.
        has_fractions: whether the cells are numbers of which one is not whole.
    """

    name: str
    n_filled: int
    n_distinct: int
    n_words: float
    share_of_numbers: float
    mistake: str
    known_in_test: float
    n_test: int = 0
    n_single: int = 0
    kind: str = ""
    fault: str = ""
    has_fractions: bool = False

    @property
    def is_id(self) -> bool:
        """Whether the column's name is that of ids."""
        return is_id_name(self.name)

    @property
    def has_words(self) -> bool:
        """Whether the cells are neither ids nor numbers."""
        return not self.is_id and not self.is_number and not self.kind

    @property
    def is_number(self) -> bool:
        """Whether nearly all cells are numbers."""
        return self.share_of_numbers >= NEARLY_ALL

    @property
    def repeats(self) -> bool:
        """Whether there are few values, of many rows each."""
        return self.n_distinct * _ROWS_PER_CATEGORY <= self.n_filled

    @property
    def has_new_groups(self) -> bool:
        """Whether train rows share values, of which test has nearly none, but others."""
        is_new = self.known_in_test <= _KNOWN_GROUPS and self.n_test >= _MIN_TEST
        if self.n_distinct < 2:
            return False
        if self.fault or self.mistake or self.kind in ("dates", "structures") or not is_new:
            return False
        if self.repeats:
            return not self.has_fractions
        # Of values that many rows share, a random test row would have one that train has too.
        is_shared = self.n_single <= _MAX_SINGLE * self.n_filled
        return is_shared and not self.is_number and self.n_words < MIN_WORDS

    @property
    def has_numbers_of_kinds(self) -> bool:
        """Whether its few numbers name kinds, such as those of essay_set, and are no amounts."""
        is_few = self.repeats and not self.has_fractions
        is_known = self.known_in_test >= _KNOWN_CATEGORIES
        return self.is_number and is_few and is_known and bool(_KIND_NAME.search(self.name))

    @property
    def may_be_category(self) -> bool:
        """Whether most rows share their values with others, and test rows with those of train."""
        is_shared = self.n_distinct > 1 and self.n_single <= _MAX_SINGLE * self.n_filled
        return is_shared and self.known_in_test >= _KNOWN_CATEGORIES

    @property
    def role(self) -> str:
        """`text`, `numeric`, `categorical`, or `none` if the column is not an input."""
        # A column with a mistake would stop training at that cell.
        if self.n_distinct < 2 or self.fault or self.mistake or self.has_new_groups:
            return "none"
        if self.is_number and not self.is_id and not self.has_numbers_of_kinds:
            return "numeric"
        if self.repeats:
            return "categorical" if self.known_in_test >= _KNOWN_CATEGORIES else "none"
        # Ids identify rows.
        return "text" if self.has_words and self.n_words >= MIN_WORDS else "none"


def profile_column(tables: Tables, column: str) -> ColumnProfile:
    """Compute the statistics of a column of train and test."""
    cells = _filled(tables.train[column])
    test_cells = _filled(tables.test[column])
    sample = cells.sample(min(len(cells), _SAMPLE_SIZE), random_state=0)
    n_words = list(map(count_words, sample))
    share = is_number(sample).mean()
    # The sample is enough to rule numbers out; for a mistake in 5,000 cells, all must be read.
    if share >= NEARLY_ALL - 0.1:
        share = is_number(pd.concat([cells, test_cells])).mean()
    counts = cells.value_counts()
    all_numbers = share == 1
    return ColumnProfile(
        name=column,
        n_filled=len(cells),
        n_distinct=len(counts),
        n_words=float(np.mean(n_words)) if n_words else 0.0,
        share_of_numbers=share,
        mistake=_first_mistake(tables, column) if NEARLY_ALL <= share < 1 else "",
        known_in_test=_share_known(test_cells, cells, all_numbers=all_numbers),
        n_test=len(test_cells),
        n_single=int((counts == 1).sum()),
        kind="" if share >= NEARLY_ALL else kind_of_cells(cells),
        fault=_find_fault(tables, column),
        has_fractions=all_numbers and have_fractions(cells),
    )


def _share_known(test_cells: pd.Series, cells: pd.Series, *, all_numbers: bool) -> float:
    """Return the share of test cells whose values train has too; numbers are compared as such."""
    if all_numbers:
        test_cells, cells = (
            pd.Series(parse_numbers(values), values.index) for values in (test_cells, cells)
        )
    return float(test_cells.isin(cells.unique()).mean()) if len(test_cells) else 1.0


def _find_fault(tables: Tables, column: str) -> str:
    """Return why a column is no input although its cells look like one; "" if it may be one."""
    train, test = tables.train[column], tables.test[column]
    if found := explain_row_numbers(train, test):
        return found
    if is_id_name(column):  # an id such as 814 is a number by chance
        return ""
    share, test_share = (
        float(is_number(_filled(cells)).mean()) if len(_filled(cells)) else math.nan
        for cells in (train, test)
    )
    if max(share, test_share) >= NEARLY_ALL and min(share, test_share) <= 1 - NEARLY_ALL:
        forms = ("numbers", "words") if share > test_share else ("words", "numbers")
        return f"it has {forms[0]} in train but {forms[1]} in test"
    return ""


def count_words(text: str) -> int:
    """Return the number of words; each letter counts in scripts without spaces."""
    return len(_WORD.findall(text))


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
