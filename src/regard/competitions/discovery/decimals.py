"""Guess the decimal mark of a competition's numbers."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.numeric_cells import NEARLY_ALL
from regard.competitions.discovery.tags import is_name_of_tags
from regard.data.tables import Tables
from regard.text.label_cells import MISSING, label_key
from regard.text.numbers import plain_number

_SAMPLE_SIZE = 2000  # distinct cells of a column that are looked at


def guess_decimal(tables: Tables, ids: Sequence[str]) -> tuple[Tables, list[Guess]]:
    """Guess whether numbers have a decimal comma.

    Args:
        tables: the three files.
        ids: the id columns of train and test.

    Returns:
        The tables, with decimal points in all columns of numbers, and the guess if it is a comma.

    Example:
        cells "3,5", "1.200,0" -> decimal=","; "1.5", "1,200.0" -> no guess
    """
    # The commas of 1,2 part labels in a column of tags.
    columns = [
        column
        for column in tables.train.columns
        if column not in ids and not is_name_of_tags(column)
    ]
    marks = {column: _mark(tables.train[column]) for column in columns}
    commas = [column for column, mark in marks.items() if mark == ","]
    if not commas:
        return tables, _unclear(marks)
    points = [column for column, mark in marks.items() if mark == "."]
    first = next(cell for cell in tables.train[commas[0]] if "," in cell)
    doubt = (
        f"decimal: {list_some(points)} has points before its fractions, unlike {list_some(commas)};"
        " write all numbers of the files in one way"
        if points
        else ""
    )
    reason = f"the numbers of {list_some(commas)} have commas, such as {first}"
    frames = [
        frame.assign(**{str(name): _with_points(frame[name]) for name in commas if name in frame})
        for frame in (tables.train, tables.test)
    ]
    sample = tables.sample.assign(
        **{
            str(name): _with_points(tables.sample[name])
            for name in tables.sample
            if name not in ids
        }
    )
    return replace(tables, train=frames[0], test=frames[1], sample=sample), [
        Guess("decimal", ",", reason, doubt)
    ]


def _unclear(marks: dict[str, str]) -> list[Guess]:
    """Return the doubt about columns whose only commas may group thousands."""
    unclear = [column for column, mark in marks.items() if mark == "?"]
    if not unclear:
        return []
    doubt = (
        f"decimal: the commas of {list_some(unclear)} are assumed to group thousands; if they are "
        'decimal commas, write decimal: ","'
    )
    return [Guess("decimal", ".", "", doubt)]


def _mark(cells: pd.Series) -> str:
    """Return the decimal mark of a column: "," or "."; "?" if it is unclear, "" without numbers.

    Example:
        "1,5", "2" -> ","; "1,500" -> "?"; "0,500" -> ","; "1,5,7" -> "" (several labels)
    """
    distinct = pd.Series(cells.unique()[:_SAMPLE_SIZE])
    filled = [cell for cell in distinct if label_key(cell) not in MISSING]
    if not any("," in cell or "." in cell for cell in filled):
        return ""
    shares = {
        mark: sum(plain_number(cell, mark) is not None for cell in filled) / len(filled)
        for mark in (".", ",")
    }
    if max(shares.values()) < NEARLY_ALL:
        return ""
    if shares["."] >= NEARLY_ALL and shares[","] >= NEARLY_ALL:
        # 1,500 may be either, and so may 1.500, which is a fraction for all other programs.
        return "?" if any("," in cell for cell in filled) else "."
    return max(shares, key=lambda mark: shares[mark])


def _with_points(cells: pd.Series) -> pd.Series:
    numbers = {cell: plain_number(cell, ",") for cell in cells.unique()}
    return cells.map(lambda cell: numbers[cell] or cell).astype("str")
