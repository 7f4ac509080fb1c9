"""Find labels that are missing, such as -1 next to 0 and 1, and the spellings that say so."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from regard.competitions.discovery.guess import Guess, line_numbers, list_some
from regard.competitions.discovery.label_order import separates
from regard.competitions.discovery.missing_codes import Missing, find_codes
from regard.tasks.marks import read_columns, read_marks
from regard.text.label_cells import MISSING, label_key
from regard.text.numbers import parse_numbers, plain_number

# Words that are classes as often as not, where the other labels are words, too.
_WORDS_OF_CLASSES = ("none", "na", "missing", "-", "--", ".")
_MAX_CLASSES = 20
_MIN_SHARE = 0.1  # of the rows, for a word such as n/a to be tested as a class


def find_missing(
    cells: pd.DataFrame, texts: Sequence[str], predicted: pd.DataFrame
) -> tuple[Missing | None, str]:
    """Find the spellings of labels that are missing.

    Args:
        cells: the label columns of train, clean.
        texts: one text for each row; they show whether a value is a class by itself.
        predicted: the columns of the sample that hold labels or numbers.

    Returns:
        The spellings, or None; and a doubt about a value that is kept as a label.
    """
    values = pd.concat([cells[column] for column in cells])
    distinct = list(map(str, values.unique()))
    words = _missing_words(cells, distinct, predicted)
    if words and not _have_texts_of_a_class(cells, words, texts):
        rest = cells[~cells.isin(words).any(axis=1)]
        codes, _ = find_codes(rest, texts, predicted, cells) if len(rest) else (None, "")
        found = Missing(words, _doubt_of_words(words, distinct))
        if codes is None:
            return found, ""
        doubt = "; ".join(filter(None, (found.doubt, codes.doubt)))
        return Missing([*words, *codes.spellings], doubt), ""
    found_codes, doubt = find_codes(cells, texts, predicted, cells)
    return found_codes, doubt or _doubt_of_class(distinct, predicted)


def _doubt_of_class(distinct: Sequence[str], predicted: pd.DataFrame) -> str:
    """Return the doubt about a word such as none, which is kept as a class."""
    shown = {label_key(cell) for column in predicted for cell in predicted[column].unique()}
    words = [word for word in distinct if word and label_key(word) in set(MISSING) - shown]
    if not words or len(distinct) < 3 or len(distinct) > _MAX_CLASSES:
        return ""
    return (
        f"label_missing: {words[0]} is assumed to be a class; if it means that a label is not "
        f"known, write label_missing: [{words[0]!r}]"
    )


def describe_missing(
    train: pd.DataFrame, unlabelled: np.ndarray, missing: Missing, id_column: str
) -> Guess:
    """Return the guess of `label_missing`, with the rows that are left out.

    Args:
        train: all columns str.
        unlabelled: `(rows,)` bool, the rows that lack a label.
        missing: the spellings.
        id_column: the column of ids.
    """
    rows = pd.Series(unlabelled, index=train.index)
    lines = list_some(line_numbers(train, rows))
    ids = list_some(train[id_column][rows])
    doubt = (
        f"label_missing: {unlabelled.sum():,} rows have no label (lines {lines}; ids {ids}), as "
        f"they have {list_some(map(repr, missing.spellings))}; they are left out of training"
    )
    doubts = "; ".join(filter(None, (doubt, missing.doubt)))
    reason = f"left out: {unlabelled.sum():,} of {len(train):,} rows"
    return Guess("label_missing", missing.spellings, reason, doubts)


def _have_texts_of_a_class(cells: pd.DataFrame, words: Sequence[str], texts: Sequence[str]) -> bool:
    """Return whether a word next to words is a class, since its rows have texts of their kind.

    Rows without a label have the texts of all classes.
    """
    others = [value for value in cells.iloc[:, 0].unique() if value not in words]
    if cells.shape[1] > 1 or "" in words or len(others) < 2 or any(map(plain_number, others)):
        return False
    is_word = cells.iloc[:, 0].isin(words).to_numpy()
    return bool(is_word.mean() >= _MIN_SHARE) and separates(list(texts), is_word)


def with_doubt_of_tags(guess: Guess) -> Guess:
    """Add the other meaning of empty cells in a column of tags."""
    if "" not in guess.value:
        return guess
    others = [value for value in guess.value if value != ""]
    doubt = (
        f"{guess.doubt}; if empty cells mean that a row has no tag, write label_missing: {others}"
    )
    return replace(guess, doubt=doubt)


def _missing_words(
    cells: pd.DataFrame, distinct: Sequence[str], predicted: pd.DataFrame
) -> list[str]:
    """Return the words, or the empty cell, of labels that are missing."""
    words = [value for value in distinct if label_key(value) in MISSING]
    others = [value for value in distinct if value not in words]
    if not words or not others:
        return []
    # Empty cells next to crosses mean no, and so they do next to any other mark for yes alone.
    columns = {str(name): set(cells[name]) - ({*words} - {""}) for name in cells}
    if "" in words and read_columns(columns) is not None:
        words = [word for word in words if word != ""]
        if not words:
            return []
    if all(plain_number(value) for value in others) or read_marks(set(others)):
        return words
    shown = {label_key(cell) for column in predicted for cell in predicted[column].unique()}
    return [
        word
        for word in words
        if label_key(word) not in _WORDS_OF_CLASSES and (label_key(word) not in shown or word == "")
    ]


def _doubt_of_words(words: Sequence[str], distinct: Sequence[str]) -> str:
    shown = [word for word in words if word != ""]
    others = parse_numbers([value for value in distinct if value not in words])
    # Next to amounts, a word is no class.
    if not shown or (others % 1 != 0).any() & np.isfinite(others).all():
        return ""
    listed = list_some(map(repr, shown))
    return (
        f"if {listed} is a class, write label_missing: [], task: multi_class, metric: accuracy and "
        "submit: labels"
    )
