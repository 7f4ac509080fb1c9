"""Several labels in one cell: tags parted by a separator, or a list in one of several forms."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from regard.tasks.list_forms import LIST_FORMS, form_of, read_list
from regard.text.label_cells import clean_label

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
        found = read_list(cell.strip()) if cell.strip() else []
        if found is None:
            return None
        tags = list(map(clean_label, found))
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
    return LIST_FORMS[joiner](tags) if joiner in LIST_FORMS else joiner.join(tags)


def find_joiner(cells: Iterable[str], separator: str) -> str | None:
    """Return how cells join their tags: the separator with the blanks around it.

    Returns:
        None if no cell shows it.

    Example:
        "a, b", "c" with "," -> ", "
    """
    texts = list(cells)
    if separator in LIST_FORMS:
        forms = Counter(filter(None, map(form_of, texts)))
        return forms.most_common(1)[0][0] if forms else None
    bare = separator.strip(" ")
    pattern = re.compile(rf" *{re.escape(bare)} *" if bare else " +")
    found = Counter(match for text in texts for match in pattern.findall(text))
    return found.most_common(1)[0][0] if found else None
