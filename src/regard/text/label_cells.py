"""Labels as cells of a file: which spellings mean the same label.

`clean_label` removes differences that nobody sees. `label_key` compares labels by value: 0, 0.0 and
"0 " have one key, and so have Positive and positive.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from regard.text.numbers import plain_number

# All blanks of Unicode, and marks without width that come from web pages and spreadsheets.
_EDGES = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u200e\u200f\u2060\ufeff"

_YAML_WORDS = ("yes", "off", "true", "false", "null", "nan", "inf")
# Words for a label that is not known, as keys of `label_key`. "none" may be a class as well.
MISSING = (
    *("", "nan", "null", "na", "n/a", "#n/a", "<na>", "n.a.", "nil", "none", "?", "??", "-", "--"),
    *("\u2013", "\u2014", ".", "...", "missing", "unlabeled", "unlabelled", "not available"),
)


def clean_label(cell: str) -> str:
    r"""Return a label without blanks around it, its accents composed (NFC).

    Example:
        "positive\u00a0" -> "positive"
    """
    return unicodedata.normalize("NFC", cell).strip(_EDGES)


def label_key(cell: str) -> str:
    """Return the key that labels of the same value share.

    Case, the width of letters and the number of blanks do not count, and numbers are compared as
    numbers.

    Example:
        "Very  Good" -> "very good"; "1", "1.0" and "01" -> "1.0"
    """
    text = unicodedata.normalize("NFKC", clean_label(cell)).casefold()
    number = plain_number(text)
    # 0.0 is added because -0.0 has another spelling than 0.0.
    return str(float(number) + 0.0) if number is not None else " ".join(text.split())


def match_labels(cells: Iterable[str], values: Sequence[str]) -> np.ndarray:
    """Return the index of each cell among some values: equal to it, else of the same key.

    Args:
        cells: `(rows,)` str.
        values: distinct labels. Where two of them share a key, only equal cells match.

    Returns:
        `(rows,)` int64; -1 for a cell that matches no value.

    Example:
        "b", "A ", "x" with the values "a", "b" -> [1, 0, -1]
    """
    texts = pd.Series(list(cells), dtype="str")
    codes: np.ndarray = pd.Index(list(values), dtype="str").get_indexer(pd.Index(texts))
    if (codes < 0).any():
        keys = [label_key(value) for value in values]
        counts = Counter(keys)
        of_key = {key: code for code, key in enumerate(keys) if counts[key] == 1}
        found = {cell: of_key.get(label_key(cell), -1) for cell in texts[codes < 0].unique()}
        codes[codes < 0] = texts[codes < 0].map(found).to_numpy()
    return codes


def find_variants(cells: Iterable[str]) -> list[list[str]]:
    """Return the groups of different spellings that share a key, the most frequent spelling first.

    Example:
        "Yes", "yes", "yes", "no" -> [["yes", "Yes"]]
    """
    counts = pd.Series(list(cells), dtype="str").value_counts()
    groups: dict[str, list[str]] = {}
    # Most frequent first; of equally frequent ones, in the order of the alphabet.
    for value in sorted(map(str, counts.index), key=lambda value: (-counts[value], value)):
        groups.setdefault(label_key(value), []).append(value)
    return [values for values in groups.values() if len(values) > 1]


def as_override(values: Iterable[str]) -> str:
    """Return a list of labels as a value on the command line and in YAML.

    Example:
        "a", "New York" -> "[a,'New York']"
    """
    return f"[{','.join(map(_quoted, values))}]"


def _quoted(value: str) -> str:
    # Words that YAML would read as something else are quoted, too.
    if re.fullmatch("[A-Za-z_]{3,}", value) and value.lower() not in _YAML_WORDS:
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
