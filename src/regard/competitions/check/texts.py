"""Figures on texts: their lengths, scripts and signs of a wrong encoding."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from regard.competitions.check.findings import Lengths
from regard.config import CompetitionConfig
from regard.data.tables import Tables
from regard.text import Steps, as_tokenizer

_SAMPLE_SIZE = 20000  # texts of a column whose tokens are counted and whose letters are read
_MIN_SHARE = 0.0005  # of texts, for a script to be reported
_SUSPICIOUS = {
    "the replacement character U+FFFD": re.compile("\ufffd"),
    "control characters": re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"),
    # UTF-8 stores an accented or Cyrillic letter in two bytes. Decoded as cp1252 or latin-1, the
    # first byte becomes a letter of the first class, the second one a character of the other.
    "UTF-8 decoded as another encoding (such as \u00c3\u00a9)": re.compile(
        "[\u00c2-\u00c5\u00d0\u00d1]"
        "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
        "\u2013-\u203a\u20ac\u2122]"
        "|\u00e2\u20ac"
    ),
}


def count_empty(cells: pd.Series) -> int:
    """Return the number of cells without any visible character."""
    return int((cells.str.strip() == "").sum())


def measure_lengths(texts: pd.Series, steps: Steps = ()) -> Lengths:
    """Measure the numbers of tokens in a sample of the texts; zeros if there are none.

    Args:
        texts: one column of texts.
        steps: the tokenizer; its cleaning steps do not count.
    """
    tokenizer = as_tokenizer(steps).with_steps(())
    counts = np.array([len(tokenizer.tokenize(text)) for text in draw_sample(texts)] or [0])
    return Lengths(float(np.median(counts)), float(np.quantile(counts, 0.95)), int(counts.max()))


def draw_sample(texts: pd.Series) -> list[str]:
    """Draw at most 20,000 texts, the same ones each time."""
    return list(texts.sample(min(len(texts), _SAMPLE_SIZE), random_state=0))


def measure_scripts(texts: Sequence[str]) -> dict[str, float]:
    """Return the share of texts with a letter of each script, the most frequent script first.

    Example:
        ["yes", "да", "да, yes"] -> {"Latin": 0.67, "Cyrillic": 0.67}
    """
    # Each distinct letter is looked up once: texts share a few letters.
    counts: Counter[str] = Counter()
    script_of: dict[str, str] = {}
    for text in texts:
        letters = set(text)
        for letter in letters - script_of.keys():
            script_of[letter] = _script(letter)
        counts.update({script_of[letter] for letter in letters} - {""})
    shares = {script: count / max(len(texts), 1) for script, count in counts.most_common()}
    return {script: share for script, share in shares.items() if share >= _MIN_SHARE}


def _script(character: str) -> str:
    """Return the script of a letter, or "" for any other character.

    The script is the first word of the Unicode name.

    Example:
        "é", LATIN SMALL LETTER E WITH ACUTE -> "Latin"; "我", CJK UNIFIED IDEOGRAPH-6211 -> "Han"
    """
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").replace("FULLWIDTH ", "").replace("HALFWIDTH ", "")
    first_word = name.split(" ")[0].split("-")[0]
    return {"CJK": "Han"}.get(first_word, first_word.capitalize())


def find_suspicious_texts(
    tables: Tables, competition: CompetitionConfig
) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Find texts of train and test that look as if they were read in a wrong encoding.

    Returns:
        The number of such texts and their first ids, by the sign that was found.
    """
    test_id_column = competition.id_column_of_test
    ids = [*tables.train[competition.id_column], *tables.test[test_id_column]]
    columns = [
        pd.concat([tables.train[name], tables.test[name]]) for name in competition.text_columns
    ]
    texts = list(map("\n".join, zip(*columns, strict=True)))
    found = {}
    for sign, pattern in _SUSPICIOUS.items():
        rows = [row for row, text in enumerate(texts) if pattern.search(text)]
        if rows:
            found[sign] = (len(rows), tuple(ids[row] for row in rows[:5]))
    return found
