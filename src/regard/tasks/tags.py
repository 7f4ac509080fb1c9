"""Several labels in one cell: tags parted by a separator, or a list as JSON or Python writes it."""

import ast
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from regard.text.label_cells import clean_label


def _read_list(cell: str) -> list[str] | None:
    try:
        found = ast.literal_eval(cell) if "'" in cell else json.loads(cell)
    except (ValueError, SyntaxError, RecursionError):
        return None
    return [clean_label(str(tag)) for tag in found] if isinstance(found, list) else None


@dataclass(frozen=True)
class ListForm:
    """A way to write a list of tags in one cell.

    Attributes:
        opening: cells begin so.
        write: from tags to a cell.
    """

    opening: str
    write: Callable[[Sequence[str]], str]


# The values of label_separator that are no separators; both are read by the same rules.
LIST_FORMS = {
    "json": ListForm("[", lambda tags: json.dumps(list(tags), ensure_ascii=False)),
    "python": ListForm("[", lambda tags: str(list(tags))),
}
SEPARATORS = ("|", ";", ",", " ")


def split_tags(cell: str, separator: str) -> list[str] | None:
    """Return the tags of a cell, each once, in their order.

    Args:
        cell: the cell.
        separator: one or more characters, or one of `LIST_FORMS`.

    Returns:
        None if the cell is no list, where it should be one.

    Example:
        "food, sky" with "," -> ["food", "sky"]; "" -> []; '["a", "b"]' with "json" -> ["a", "b"]
    """
    if separator in LIST_FORMS:
        tags = _read_list(cell) if cell.strip() else []
        if tags is None:
            return None
    else:
        tags = [clean_label(tag) for tag in cell.split(separator.strip(" ") or None)]
    return list(dict.fromkeys(filter(None, tags)))


def join_tags(tags: Sequence[str], joiner: str) -> str:
    """Return the cell of some tags.

    Args:
        tags: the tags.
        joiner: the characters between two of them, or one of `LIST_FORMS`.

    Example:
        ["food", "sky"], ", " -> "food, sky"
    """
    return LIST_FORMS[joiner].write(tags) if joiner in LIST_FORMS else joiner.join(tags)


def find_joiner(cells: Iterable[str], separator: str) -> str | None:
    """Return how cells join their tags: the separator with the blanks around it.

    Returns:
        None if no cell shows it.

    Example:
        "a, b", "c" with "," -> ", "
    """
    texts = list(cells)
    if separator in LIST_FORMS:
        lists = [text for text in texts if text.startswith("[")]
        # Python writes 'a', JSON "a".
        forms = Counter("python" if "'" in text and '"' not in text else "json" for text in lists)
        return forms.most_common(1)[0][0] if forms else None
    bare = separator.strip(" ")
    pattern = re.compile(rf" *{re.escape(bare)} *" if bare else " +")
    found = Counter(match for text in texts for match in pattern.findall(text))
    return found.most_common(1)[0][0] if found else None
