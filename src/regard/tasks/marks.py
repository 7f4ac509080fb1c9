"""Marks for yes and no: 1 and 0, true and false, a cross and an empty cell."""

from collections.abc import Collection, Iterable, Mapping

from regard.text.label_cells import label_key

# The negative and the positive value, in small letters. "x", "" is a list of crosses.
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
    ("nein", "ja"),
    ("non", "oui"),
    ("no", "s\u00ed"),
    ("no", "si"),
    ("n\u00e3o", "sim"),
    ("nee", "ja"),
    ("nie", "tak"),
    ("hay\u0131r", "evet"),
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
# These mean no only where no other value does: next to 0 and 1, they are labels that are missing.
_WEAK = {label_key(value) for value in ("", "-", "-1")}


def read_marks(values: Collection[str]) -> dict[str, int] | None:
    """Return whether each value of a column means yes.

    Args:
        values: the distinct cells of the column.

    Returns:
        1 for yes, 0 for no; None if a value is no mark, or an empty cell is one of several.

    Example:
        "x", "" -> {"x": 1, "": 0}; "0", "1", "" -> None; "yes", "1", "no" -> {"yes": 1, ...}
    """
    keys = {value: label_key(value) for value in values}
    negative = {key for key in keys.values() if key in NEGATIVE}
    if not set(keys.values()) <= NEGATIVE | POSITIVE or (negative & _WEAK and len(negative) > 1):
        return None
    return {value: int(key in POSITIVE) for value, key in keys.items()}


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
