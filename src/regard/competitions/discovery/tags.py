"""Recognise a column whose cells hold several labels."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from regard.competitions.discovery.guess import Guess, list_some
from regard.tasks.cells import sorted_values
from regard.tasks.list_forms import LIST_FORMS, read_list
from regard.tasks.tags import SEPARATORS, split_tags
from regard.text.label_cells import find_variants
from regard.text.numbers import plain_number

_NAME = re.compile(
    "tags?|labels|topics|genres?|categories|keywords?|classes|codes|emotions|skills|subjects|themes"
)
_WRITTEN = {
    " ": "parted by blanks",
    ",": "parted by commas",
    ";": "parted by semicolons",
    "|": "parted by bars",
    "json": "written as a list",
}
# Characters that part labels in some files, but belong to names of classes in most.
_RARE_SEPARATORS = ("/", "+", "&", "#")
_MAX_TAGS = 50  # in one cell; more are a text
_MAX_MEAN = 8.0
# How many times more distinct cells than tags a column needs. A blank also parts the words of a
# label, such as "very good".
_MIN_RATIO = {" ": 2.0}
_MIN_SHARE = 0.02  # of cells that hold several tags


@dataclass(frozen=True)
class Tags:
    """A column of tags.

    Attributes:
        separator: the value of `label_separator`.
        names: the tags, sorted.
        n_cells: the number of distinct sets of tags.
        sure: whether all tests agree.
        counts: the number of rows of each tag.
    """

    separator: str
    names: list[str]
    n_cells: int
    sure: bool
    counts: Counter[str] = field(default_factory=Counter)


def find_tags(cells: pd.Series, sample: Sequence[str] = (), name: str = "") -> Tags | None:
    """Find the separator of a column of tags.

    Args:
        cells: the labels of the rows that have one, clean.
        sample: the columns of the sample besides the id. They may be the tags.
        name: the name of the column; that of tags makes 1,2 two labels rather than a number.

    Returns:
        The tags; None if each cell holds one label.

    Example:
        "food", "food,sky", "sky,sport", "sport", "food,sport" -> "," with three tags
        "New York, NY", "Boston, MA" -> None
    """
    lists = cells[cells != ""]
    if len(lists) and all(read_list(cell) is not None for cell in lists.unique()):
        return _tags(cells, "json", sample)
    # Two decimal commas are no labels.
    if not is_name_of_tags(name) and all(
        plain_number(cell, ",") or plain_number(cell) for cell in lists.unique()
    ):
        return None
    found = [_tags(cells, separator, sample) for separator in SEPARATORS]
    several = [tags for tags in found if tags is not None]
    if several:
        return next((tags for tags in several if tags.sure), several[0])
    rare = [_tags(cells, separator, sample) for separator in _RARE_SEPARATORS]
    return next(
        (replace(tags, sure=False) for tags in rare if tags is not None and tags.sure), None
    )


def tags_guesses(tags: Tags, column: str) -> list[Guess]:
    """Return the task and the separator of a column of tags."""
    written = _WRITTEN.get(tags.separator, f"parted by {tags.separator}")
    reason = (
        f"{tags.n_cells:,} different cells of {len(tags.names):,} labels: {list_some(tags.names)}"
    )
    doubt = (
        f"label_separator: the cells of {column} are assumed to hold several labels, "
        f"{written}; if each cell is one class, write task: multi_class, label_separator: null, "
        "metric: accuracy and submit: labels"
    )
    return [
        Guess("task", "multi_label", reason),
        Guess("label_separator", tags.separator, f"several labels in a cell, {written}", doubt),
        *_merged(tags),
    ]


def _merged(tags: Tags) -> list[Guess]:
    """Return the guess of `label_values` if tags differ by their spelling alone."""
    every = [tag for tag, count in tags.counts.items() for _ in range(count)]
    variants = find_variants(every)
    if not variants:
        return []
    others = {one for spellings in variants for one in spellings[1:]}
    names = sorted_values(set(tags.names) - others)
    groups = "; ".join(" and ".join(map(repr, spellings)) for spellings in variants[:5])
    doubt = (
        f"label_values: {groups} are assumed to be one label; to keep them apart, name each "
        "spelling in label_values"
    )
    reason = f"spellings that differ are read as these {len(names)} labels"
    return [Guess("label_values", names, reason, doubt)]


def tags_doubt(tags: Tags) -> str:
    """Return the doubt about a column that is taken for classes, but may hold tags."""
    return (
        f"task: if the cells hold several labels, such as {list_some(tags.names, 3)}, write task: "
        f'multi_label, label_separator: "{tags.separator}", metric: f1_micro and submit: labels'
    )


def _tags(cells: pd.Series, separator: str, sample: Sequence[str]) -> Tags | None:
    """Return the tags that a separator gives; None if they are none."""
    counts = Counter(cells[cells != ""])
    split = {cell: split_tags(cell, separator) for cell in counts}
    rows = {cell: tags for cell, tags in split.items() if tags is not None}
    if len(rows) < len(split) or not rows or not any(len(tags) > 1 for tags in rows.values()):
        return None
    n_rows: Counter[str] = Counter()
    for cell, tags in rows.items():
        n_rows.update(dict.fromkeys(tags, counts[cell]))
    names = sorted(n_rows)
    sets = {frozenset(tags) for tags in rows.values()}
    sizes = [len(tags) for cell, tags in rows.items() for _ in range(counts[cell])]
    if max(sizes) > _MAX_TAGS or sum(sizes) / len(sizes) > _MAX_MEAN:
        return None
    if separator in LIST_FORMS or set(names) == set(sample):
        return Tags(separator, names, len(sets), True, n_rows)
    if len(names) < 2 or len(sets) <= len(names) or (separator == " " and _repeats(rows, counts)):
        return None
    several = sum(size > 1 for size in sizes) / len(sizes)
    sure = (
        several >= _MIN_SHARE
        and _recur(sets, names)
        and not _is_grid(rows)
        and len(sets) >= _MIN_RATIO.get(separator, 1.0) * len(names)
    )
    return Tags(separator, names, len(sets), sure, n_rows)


def is_name_of_tags(column: str) -> bool:
    """Return whether the name of a column is that of several labels."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", column)
    return any(_NAME.fullmatch(word.lower()) for word in words)


def _repeats(rows: dict[str, list[str]], counts: Counter[str]) -> bool:
    """Return whether words repeat within cells, as they do in sentences but not among tags."""
    repeated = 0
    for cell, tags in rows.items():
        repeated += counts[cell] * (len(cell.split()) > len(tags))
    return repeated > _MIN_SHARE * sum(counts.values())


def _recur(sets: set[frozenset[str]], names: Sequence[str]) -> bool:
    """Return whether most tags occur in several of the sets that have more than one tag."""
    n_sets = Counter(tag for tags in sets for tag in tags if len(tags) > 1)
    recurring = sum(n_sets[name] > 1 for name in names)
    return recurring >= min(2, len(names)) and recurring >= 0.3 * len(names)


def _is_grid(rows: dict[str, list[str]]) -> bool:
    """Return whether all cells combine one value of each of several properties.

    Example:
        "red small", "red large", "blue small" -> True; "red", "red large" -> False
    """
    sizes = {len(tags) for tags in rows.values()}
    if len(sizes) > 1 or sizes == {1}:
        return False
    by_position = [set(values) for values in zip(*rows.values(), strict=True)]
    n_values = sum(map(len, by_position))
    return len(set().union(*by_position)) == n_values
