"""Marks for yes and no: 1 and 0, true and false, a cross and an empty cell."""

from collections.abc import Collection, Iterable, Mapping

from regard.text.label_cells import label_key

# The negative and the positive value, in small letters.
KNOWN_PAIRS = (
    ("0", "1"),
    ("0.0", "1.0"),
    ("false", "true"),
    ("no", "yes"),
    ("f", "t"),
    ("n", "y"),
    ("-", "+"),
    ("-1", "1"),
    ("off", "on"),
    ("negative", "positive"),
    ("neg", "pos"),
    ("nein", "ja"),
    ("non", "oui"),
    ("no", "s\u00ed"),
    ("no", "si"),
    ("n\u00e3o", "sim"),
    ("nee", "ja"),
    ("nie", "tak"),
    ("hay\u0131r", "evet"),
    ("hayir", "evet"),
    ("falsch", "wahr"),
    ("faux", "vrai"),
    ("falso", "verdadero"),
    ("\u043d\u0435\u0442", "\u0434\u0430"),
    ("\u5426", "\u662f"),
    ("\u3044\u3044\u3048", "\u306f\u3044"),
    ("", "x"),
    ("", "\u2713"),
    ("", "\u2714"),
    ("", "\u2611"),
    ("\u2610", "\u2611"),
    ("\u2717", "\u2713"),
    ("\u2718", "\u2714"),
)
NEGATIVE = {label_key(negative) for negative, _ in KNOWN_PAIRS}
POSITIVE = {label_key(positive) for _, positive in KNOWN_PAIRS}
_PAIRS = {(label_key(negative), label_key(positive)) for negative, positive in KNOWN_PAIRS}
# These mean no only where no other value does: next to 0 and 1, they are labels that are missing.
_WEAK = {label_key(value) for value in ("", "-", "-1")}


def read_marks(values: Collection[str]) -> dict[str, int] | None:
    """Return whether each value of a column means yes.

    Args:
        values: the distinct cells of the column.

    Returns:
        1 for yes, 0 for no; None if a value is no mark or lacks its counterpart, or an empty cell
        is one of several words for no.

    Example:
        "x", "" -> {"x": 1, "": 0}; "0", "1", "" -> None; "0", "True" -> None; "1" -> {"1": 1}
    """
    keys = {value: label_key(value) for value in values}
    negative = {key for key in keys.values() if key in NEGATIVE}
    positive = {key for key in keys.values() if key in POSITIVE}
    if set(keys.values()) != negative | positive or (negative & _WEAK and len(negative) > 1):
        return None
    # An empty cell is the counterpart of any mark.
    pairs = _PAIRS | {("", mark) for mark in POSITIVE}
    met = {key for pair in pairs if set(pair) <= {*negative, *positive} for key in pair}
    if negative and positive and met != negative | positive:
        return None
    return {value: int(key in POSITIVE) for value, key in keys.items()}


def read_pair_of(values: Collection[str]) -> dict[str, int]:
    """Return the first known pair among values of which others may be mistakes; empty if none.

    Example:
        "0", "1", "2" -> {"0": 0, "1": 1}
    """
    keys = {value: label_key(value) for value in values}
    for pair in KNOWN_PAIRS:
        codes = {label_key(value): code for code, value in enumerate(pair)}
        found = {value: codes[key] for value, key in keys.items() if key in codes}
        if len(set(found.values())) == len(found) == len(pair):
            return found
    return {}


def read_columns(columns: Mapping[str, Iterable[str]]) -> dict[str, dict[str, int]] | None:
    """Return `read_marks` of each column; None if one of them holds other values.

    Two columns may have different marks. But where one column has a word for no, empty cells of a
    column without any mark are labels that are missing.

    Args:
        columns: the cells of each column.
    """
    read = {name: read_marks(set(cells)) for name, cells in columns.items()}
    known = {name: marks for name, marks in read.items() if marks is not None}
    if len(known) < len(read):
        return None
    keys = {name: set(map(label_key, marks)) for name, marks in known.items()}
    has_word_for_no = any(found & (NEGATIVE - _WEAK) for found in keys.values())
    unclear = any("-1.0" in found or found <= _WEAK for found in keys.values())
    return None if has_word_for_no and unclear else known
