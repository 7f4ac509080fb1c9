"""How the sample submission writes labels and numbers, whatever the train file does.

Train may have 0.0 and 1.0 where the sample has 0 and 1, since its column once had an empty cell; a
leaderboard that compares cells as text scores such a submission by zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.tasks.marks import KNOWN_PAIRS, read_marks
from regard.tasks.tags import SEPARATORS, find_joiner, split_tags
from regard.text.label_cells import label_key, match_labels
from regard.text.numbers import plain_number, written_with

if TYPE_CHECKING:
    from regard.config import CompetitionConfig
    from regard.tasks.base import Task

_CASES: tuple[Callable[[str], str], ...] = (str.upper, str.lower, str.capitalize, str.title)


@dataclass(frozen=True)
class Spelling:
    """The form of the cells of a submission.

    Attributes:
        labels: the sample's spelling of labels that train spells otherwise.
        decimal: the mark before the fraction of numbers.
        joiner: the joiner of tags, see `tags.join_tags`; empty: that of train.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    decimal: str = "."
    joiner: str = ""

    def write(self, values: np.ndarray) -> np.ndarray:
        """Return labels or numbers in the form of the sample, in the same shape.

        Example:
            labels={"1.0": "1"}, [["1.0"]] -> [["1"]]; decimal=",", [[0.5]] -> [["0,5"]]
        """
        frame = pd.DataFrame(values)
        if values.dtype.kind == "f":
            if self.decimal == ".":
                return values
            texts = frame.apply(lambda column: column.astype("str").str.replace(".", self.decimal))
            return np.asarray(texts.to_numpy(dtype=object))
        if not self.labels:
            return values
        spelled = frame.apply(lambda column: column.map(lambda cell: self.labels.get(cell, cell)))
        return np.asarray(spelled.to_numpy(dtype=object))


def find_spelling(sample: pd.DataFrame, task: Task, competition: CompetitionConfig) -> Spelling:
    """Find how the sample writes the values that are submitted.

    Args:
        sample: all columns str.
        task: the task.
        competition: the id column, and whether labels are submitted.

    Example:
        the classes "0.0" and "1.0", sample cells "0" -> labels={"0.0": "0", "1.0": "1"}
    """
    ids = competition.id_column_of_test
    columns = [sample[name].drop_duplicates() for name in sample.columns if name != ids]
    cells = [cell for column in columns for cell in column if cell.strip()]
    decimal = (written_with(cells) if cells else None) or competition.decimal
    if competition.submit != "labels":
        return Spelling(decimal=decimal)
    joiner = ""
    if competition.label_separator is not None:
        separator = separator_of_tags(cells, task.written_values, competition.label_separator)
        joiner = find_joiner(cells, separator) or ""
        cells = [tag for cell in cells for tag in split_tags(cell, separator) or []]
    labels = match_spellings(task.written_values, cells, decimal)
    return Spelling(labels, decimal, joiner)


def separator_of_tags(cells: Sequence[str], tags: Sequence[str], separator: str) -> str:
    """Return the separator of tags in cells: the first one that gives several known ones.

    Args:
        cells: of a sample, a submission or a solution.
        tags: the known tags.
        separator: that of train, which is tried first.

    Example:
        "sea;wet" with the known tags sea and wet, of a train file with "," -> ";"
    """
    for other in (separator, *SEPARATORS, "json"):
        rows = [split_tags(cell, other) or [] for cell in cells]
        found = [tag for row in rows for tag in row]
        if len(found) > len(rows) and (match_labels(found, tags) >= 0).all():
            return other
    return separator


def match_spellings(
    values: Sequence[str], cells: Sequence[str], decimal: str = "."
) -> dict[str, str]:
    """Return the sample's spelling of each label that it spells otherwise.

    Labels are matched by value: 0, 0.0 and False are one. A label that the sample does not show is
    written as those that it does show.

    Args:
        values: the labels as train spells them; of two marks the negative one first.
        cells: the cells of the sample.
        decimal: the mark before the fraction of the sample's numbers.

    Example:
        ("False", "True"), ["0"] -> {"False": "0", "True": "1"}
        ("1.0", "2.0"), ["1"] -> {"1.0": "1", "2.0": "2"}
        ("negative", "positive"), ["Negative"] -> {"negative": "Negative", "positive": "Positive"}
    """
    found = _found(values, Counter(cells), decimal)
    # Where the sample agrees with train, so do the labels that it does not show.
    if all(value == cell for value, cell in found.items()):
        return {}
    rest = [value for value in values if value not in found]
    found |= _completed(found, rest, values, decimal)
    return {value: cell for value, cell in found.items() if value != cell}


def _found(values: Sequence[str], cells: Counter[str], decimal: str) -> dict[str, str]:
    """Return the most frequent cell for each label that the sample shows."""
    keys: dict[str, str] = {}
    for cell, _ in cells.most_common():
        keys.setdefault(label_key(plain_number(cell, decimal) or cell), cell)
    found = {value: keys[label_key(value)] for value in values if label_key(value) in keys}
    found |= {value: value for value in values if value in cells}
    if found or not _are_marks(values):
        return found
    marks = read_marks(set(cells)) or {}
    # "no" and "yes" where the sample has 0 and 1: matched by meaning.
    return {
        value: max((cell for cell in marks if marks[cell] == code), key=lambda cell: cells[cell])
        for code, value in enumerate(values)
        if code in marks.values()
    }


def _are_marks(values: Sequence[str]) -> bool:
    """Return whether two values are marks for no and yes, in this order."""
    marks = read_marks(set(values)) if len(values) == 2 else None
    return marks is not None and [marks[value] for value in values] == [0, 1]


def _completed(
    found: Mapping[str, str], rest: Sequence[str], values: Sequence[str], decimal: str
) -> dict[str, str]:
    """Return the spelling of labels that the sample does not show, in the form of the others."""
    numbers = {cell: plain_number(cell, decimal) for cell in found.values()}
    if rest and _are_marks(values):
        (mark,) = found.values()
        return {value: _other_mark(mark, values.index(value)) for value in rest}
    if None not in numbers.values():
        digits = {len(str(number).partition(".")[2]) for number in numbers.values()}
        spelled = {value: _as_number(value, max(digits), decimal) for value in rest}
        return {value: text for value, text in spelled.items() if text is not None}
    for case in _CASES:
        if all(case(value) == cell for value, cell in found.items()):
            return {value: case(value) for value in rest}
    return {}


def _other_mark(mark: str, code: int) -> str:
    """Return the counterpart of a mark, in its form.

    Example:
        "0", 1 -> "1"; "FALSE", 1 -> "TRUE"; "0.0", 1 -> "1.0"
    """
    pair = next(pair for pair in KNOWN_PAIRS if label_key(pair[1 - code]) == label_key(mark))
    number = plain_number(mark)
    if number is not None:
        return _as_number(pair[code], len(number.partition(".")[2]), ".") or pair[code]
    case = next((case for case in _CASES if case(pair[1 - code]) == mark), str)
    return case(pair[code])


def _as_number(value: str, digits: int, decimal: str) -> str | None:
    """Return a label as a number with so many digits of a fraction; None if that would change it.

    Example:
        "2.0", 0 -> "2"; "2.5", 0 -> None
    """
    number = plain_number(value)
    if number is None:
        return None
    text = f"{float(number):.{digits}f}"
    return text.replace(".", decimal) if float(text) == float(number) else None


def spelling_from(stored: Mapping[str, Any]) -> Spelling:
    """Return a spelling from the dictionary of its fields."""
    return Spelling(**stored)
