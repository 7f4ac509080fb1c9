"""Find numbers that mean a missing label, such as -1 next to 0 and 1."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from regard.competitions.discovery.label_order import separates
from regard.text.numbers import parse_numbers

# Numbers that stand for a missing one, the most usual first.
_CODES = (-1.0, -999.0, -9999.0, -99.0, -9.0, -2.0, 99.0, 255.0, 999.0, 9999.0)
# Numbers of questionnaires for "don't know", and their least distance from the other labels.
_ANSWERS = (8.0, 9.0, 77.0, 88.0, 98.0, 99.0)
_MIN_GAP = 3.0
# In the name of a column, they make -1 the negative end of a scale.
_SIGNED = re.compile(
    "sentiments?|polarity|polarities|stances?|opinions?|attitudes?|valence|views?|votes?|"
    "emotions?|mood|tone|agree|agreement|entailment|direction|impact|returns?|trend|leaning"
)
# Names of a property that a text has or has not.
_NAMED = re.compile(
    "toxic|spam|hate|offens|insult|threat|obscene|sarcas|irony|clickbait|fake|duplicate|relevant|"
    "sincere|^is_|^has_|disaster|abus|bully|humou?r"
)
_FEWEST = 0.5  # with a smaller share of rows left, a value is no sign of a missing label
_MIN_SHARE_OF_CLASS = 0.1
_MAX_CLASSES = 20


@dataclass(frozen=True)
class Missing:
    """The spellings of labels that are missing.

    Attributes:
        spellings: the cells, as they are in train.
        doubt: the other meaning that they may have; empty if there is none.
    """

    spellings: list[str]
    doubt: str = ""


def find_codes(
    cells: pd.DataFrame, texts: Sequence[str], predicted: pd.DataFrame, whole: pd.DataFrame
) -> tuple[Missing | None, str]:
    """Return the number that means a missing label, such as -1 next to 0 and 1.

    Args:
        cells: the label columns, of the rows whose labels are no words for a missing one.
        texts: one text for each row of `whole`.
        predicted: the columns of the sample.
        whole: the label columns of all rows.
    """
    values = pd.concat([cells[column] for column in cells])
    numbers = parse_numbers(values)
    if np.isnan(numbers).any():
        return None, ""
    distinct = np.unique(numbers)
    for code in _CODES:
        rest = distinct[distinct != code]
        if code not in distinct or len(rest) < 2 or not _is_outside(code, rest):
            continue
        spellings = [value for value in values.unique() if float(parse_numbers([value])[0]) == code]
        rows = cells.isin(spellings)
        return _judge(code, rest, rows, spellings, (texts, predicted, whole))
    return None, _doubt_of_answer(distinct)


def _doubt_of_answer(distinct: np.ndarray) -> str:
    """Return the doubt about the highest label, if it may be the "don't know" of a questionnaire.

    Example:
        1, 2, 3 and 9 -> "label_missing: 9 lies apart from the other labels (1 to 3) ..."
    """
    *rest, code = distinct.tolist()
    is_apart = code in _ANSWERS and len(rest) > 1 and code - rest[-1] >= _MIN_GAP
    if not is_apart or rest != list(np.arange(rest[0], rest[-1] + 1)):
        return ""
    task = ", task: binary, metric: accuracy and submit: labels" if len(rest) == 2 else ""
    return (
        f"label_missing: {code:g} lies apart from the other labels ({rest[0]:g} to {rest[-1]:g}); "
        f"if it means that a label is not known, write label_missing: [{code:g}]{task}"
    )


def _is_outside(code: float, rest: np.ndarray) -> bool:
    """Return whether a code lies outside the other labels as no label would.

    Example:
        -1 of 0 and 1 -> True; -1 of 0.2 and 3.5 -> True; -1 of -2 and 3 -> False;
        99 of 1 ... 5 -> True; 99 of 80 and 100 -> False
    """
    low, high = rest.min(), rest.max()
    spread = high - low
    if code in (-1.0, -2.0, -9.0):
        # -2 and -9 leave a gap.
        return bool(low >= 0 and (code == -1.0 or low - code > 1 + spread / 4) and high != 0)
    return bool((code < low - 5 * spread) or (code > high + 5 * spread))


def _judge(
    code: float,
    rest: np.ndarray,
    rows: pd.DataFrame,
    spellings: list[str],
    evidence: tuple[Sequence[str], pd.DataFrame, pd.DataFrame],
) -> tuple[Missing | None, str]:
    """Decide whether a code is a missing label or a label like the others."""
    texts, predicted, whole = evidence
    is_any = rows.any(axis=1)
    shown = spellings[0]
    together = float(rows[is_any].all(axis=1).mean())
    several = rows.shape[1] > 1
    is_pair = list(rest) == [0.0, 1.0] and not several
    as_label = (
        f"label_missing: {shown} may mean that a label is not known; if it does, write "
        f"label_missing: [{shown}]"
    ) + (", task: binary, metric: accuracy and submit: labels" if is_pair else "")
    if is_any.mean() > 1 - _FEWEST and together < 1:
        return None, as_label
    if several:
        doubt = "" if together > 0.9 else f"if {shown} is a label, write label_missing: []"
        return Missing(spellings, doubt), ""
    if code != -1.0:
        return Missing(spellings, _if_class(shown, rest)), ""
    if _is_class(rows.iloc[:, 0], rest, texts, predicted, whole):
        return None, as_label
    return Missing(spellings, _if_class(shown, rest)), ""


def _if_class(shown: str, rest: np.ndarray) -> str:
    """Return the doubt about a number that is taken for a missing label."""
    if len(rest) <= _MAX_CLASSES and not (rest % 1).any():
        return (
            f"if {shown} is a class, write label_missing: [], task: multi_class, metric: accuracy "
            "and submit: labels"
        )
    return (
        f"if {shown} is a number like the others, write label_missing: [], task: regression, "
        "metric: rmse and submit: numbers"
    )


def _is_class(
    is_code: pd.Series,
    rest: np.ndarray,
    texts: Sequence[str],
    predicted: pd.DataFrame,
    whole: pd.DataFrame,
) -> bool:
    """Return whether -1 is a class of a single column, by the name, the sample and the texts."""
    name = str(whole.columns[0])
    cells = pd.concat([predicted[column] for column in predicted])
    numbers = parse_numbers(cells)
    share = float(is_code.mean())
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)
    is_signed = any(_SIGNED.fullmatch(word.lower()) for word in words)
    if is_signed and share >= _MIN_SHARE_OF_CLASS:
        return True
    fractions = bool((numbers[np.isfinite(numbers)] % 1 != 0).any())
    if fractions and len(rest) == 2:
        return False  # a probability of one of two labels
    shows_code = (numbers == -1.0).any() and len(np.unique(numbers)) > 1
    if shows_code:
        return True
    is_next = list(rest) == list(np.arange(len(rest)))
    if share < _MIN_SHARE_OF_CLASS or not is_next or _NAMED.search(name.lower()):
        return False
    # Rows without a label have the texts of both classes; a class has its own.
    known = [texts[int(row)] for row in whole.index.get_indexer(is_code.index)]
    return separates(known, is_code.to_numpy())
