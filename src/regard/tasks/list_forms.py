"""Lists of tags in one cell, as JSON, Python, NumPy, PostgreSQL and Stack Overflow write them."""

import ast
import json
import re
from collections.abc import Callable, Sequence

_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_TOKEN = re.compile(_QUOTED, re.DOTALL)
# Strings with blanks between them, which Python would join.
_NUMPY = re.compile(rf"\[\s*(?:{_QUOTED})(?:\s+(?:{_QUOTED}))+\s*\]", re.DOTALL)
_IN_BRACES = re.compile(rf"\s*(?:({_QUOTED})|([^,\"{{}}]*))\s*(?:,|$)", re.DOTALL)
_ANGLES = re.compile(r"(?:<[^<>]+>)+")
_PLAIN = re.compile(r"[^\s,\"'{}\\]+")


def read_list(cell: str) -> list[str] | None:
    """Return the tags of a list in any of the forms; None if the cell is no list.

    Example:
        '["a", "b"]', "['a', 'b']", "['a' 'b']", "{a,b}" and "<a><b>" -> ["a", "b"]
    """
    if _ANGLES.fullmatch(cell):
        return cell[1:-1].split("><")
    if cell.startswith("{") and cell.endswith("}"):
        return _read_braces(cell[1:-1])
    if _NUMPY.fullmatch(cell):
        return [str(ast.literal_eval(token)) for token in _TOKEN.findall(cell)]
    try:
        found = ast.literal_eval(cell) if "'" in cell else json.loads(cell)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    return [str(tag) for tag in found] if isinstance(found, list) else None


def form_of(cell: str) -> str | None:
    """Return the name of the form of a list; None if it shows none, as an empty list.

    Example:
        "['a']" -> "python"
    """
    if read_list(cell) is None or not cell.strip("[]{}<> "):
        return None
    if cell[0] in "{<":
        return "braces" if cell[0] == "{" else "angles"
    if _NUMPY.fullmatch(cell):
        return "numpy"
    # Python writes 'a', JSON "a".
    return "python" if "'" in cell and '"' not in cell else "json"


def _read_braces(inner: str) -> list[str] | None:
    """Read the elements between braces, each in quotes or not."""
    tags: list[str] = []
    place = 0
    while place < len(inner):
        match = _IN_BRACES.match(inner, place)
        if match is None:
            return None
        quoted, plain = match.groups()
        tags.append(re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted else plain)
        place = match.end()
    return tags


def _in_braces(tag: str) -> str:
    if _PLAIN.fullmatch(tag):
        return tag
    return '"' + re.sub(r'(["\\])', r"\\\1", tag) + '"'


# The values of label_separator that are no separators, and how each writes a list. All are read by
# the same rules.
LIST_FORMS: dict[str, Callable[[Sequence[str]], str]] = {
    "json": lambda tags: json.dumps(list(tags), ensure_ascii=False),
    "python": lambda tags: str(list(tags)),
    "numpy": lambda tags: f"[{' '.join(map(repr, tags))}]",
    "braces": lambda tags: f"{{{','.join(map(_in_braces, tags))}}}",
    "angles": lambda tags: "".join(f"<{tag}>" for tag in tags),
}
