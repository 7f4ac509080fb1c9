"""Guess the input columns: texts, numbers, categories and groups."""

import itertools
from collections.abc import Sequence

from regard.competitions.discovery.cell_kinds import have_tags
from regard.competitions.discovery.faults import (
    doubts_of_leaks,
    doubts_of_unused,
    find_copies,
    refuse_sorted_ids,
)
from regard.competitions.discovery.groups import guess_group
from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.ids import column_names
from regard.competitions.discovery.pairs import TextPair, match_pair
from regard.competitions.discovery.profiles import (
    MIN_WORDS,
    ColumnProfile,
    describe_profiles,
    profile_column,
)
from regard.data.tables import Tables
from regard.errors import DataError
from regard.text.label_cells import label_key

_MIN_WORDS_OF_PAIR = 1.5  # on average, for two columns whose names match
_OTHER_INPUTS = {
    "numeric": "numbers in train and test",
    "categorical": "few values, nearly all of those in test also in train",
}


def find_inputs(tables: Tables, used: Sequence[str], labels: Sequence[str] = ()) -> list[Guess]:
    """Guess the input columns, and the column whose rows must share a fold.

    Columns that number the rows, copies of others and the like are left out, with a doubt.

    Args:
        tables: the three files.
        used: the id and label columns.
        labels: the label columns.

    Raises:
        DataError: no column holds texts.
    """
    columns = [
        column
        for column in column_names(tables.train)
        if column in tables.test and column not in used
    ]
    copies = find_copies(tables, columns)
    profiles = [profile_column(tables, column) for column in columns if column not in copies]
    profiles = refuse_sorted_ids(tables, profiles, labels)
    texts, pair = _choose_texts(profiles, _names_alike(tables, used))
    rest = [profile for profile in profiles if profile not in texts]
    others = _guess_other_inputs(rest)
    # A column of ids that rows share has no role as an input, but it is used for the folds.
    taken = {column for guess in others for column in guess.value}
    numeric, categorical = (
        [column for guess in others for column in guess.value if guess.key == f"{role}_columns"]
        for role in _OTHER_INPUTS
    )
    group = guess_group(rest, categorical)
    unused = [
        profile for profile in rest if profile.name not in {*taken, *(one.value for one in group)}
    ]
    read = [profile for profile in rest if profile.name in taken]
    doubts = [
        *_describe_doubts(texts, tables),
        *doubts_of_unused(unused, numeric, categorical, copies),
        *doubts_of_leaks(tables, read, labels),
    ]
    guess = Guess(
        "text_columns",
        [profile.name for profile in texts],
        describe_profiles(texts),
        "\n".join(doubts),
    )
    mode = _guess_mode(pair) if len(texts) > 1 else []
    return [guess, *mode, *others, *group]


def _names_alike(tables: Tables, used: Sequence[str]) -> str:
    """Return a remark on columns of train and test whose names differ in case or blanks alone."""
    others = {label_key(name): name for name in column_names(tables.test)}
    for name in column_names(tables.train):
        other = others.get(label_key(name), name)
        if name not in tables.test and other not in tables.train and not {name, other} & {*used}:
            return f"; train calls {name!r} what test calls {other!r}, so give both the same name"
    return ""


def _choose_texts(
    profiles: Sequence[ColumnProfile], names_alike: str = ""
) -> tuple[list[ColumnProfile], TextPair | None]:
    """Choose the text columns in the order to read them, and return the pair that they form."""
    texts = [profile for profile in profiles if profile.role == "text"]
    if matching := _find_pair(profiles, texts):
        return matching
    if not texts:
        # Short texts, such as titles: the column with the most words whose values mostly differ.
        texts = [
            profile
            for profile in profiles
            if profile.has_words and profile.n_distinct * 2 > profile.n_filled
        ]
        texts = sorted(texts, key=lambda profile: -profile.n_words)[:1]
    if not texts:  # words in JSON are better than none
        texts = [profile for profile in profiles if profile.kind == "structures"][:1]
    if not texts:
        found = describe_profiles(profiles) or "only ids and labels"
        raise DataError(
            f"no column that train and test share holds texts; found: {found}; add a column of "
            f"texts to both files{names_alike}"
        )
    return texts, None


def _find_pair(
    profiles: Sequence[ColumnProfile], texts: Sequence[ColumnProfile]
) -> tuple[list[ColumnProfile], TextPair] | None:
    """Return two columns that form a pair, if no other column is a text.

    Two columns with matching names are both texts, even if the values of one repeat.
    """
    wordy = [
        profile
        for profile in profiles
        if profile.has_words and profile.n_words >= _MIN_WORDS_OF_PAIR
    ]
    for one, other in itertools.combinations(wordy, 2):
        pair = match_pair(one.name, other.name)
        if pair and {profile.name for profile in texts} <= {one.name, other.name}:
            return [one, other] if pair.first == one.name else [other, one], pair
    return None


def _describe_doubts(texts: Sequence[ColumnProfile], tables: Tables) -> list[str]:
    """Return the doubts about the texts."""
    doubts = []
    if max(profile.n_words for profile in texts) < MIN_WORDS:
        doubts.append(f"text_columns: {texts[0].name} is the best guess, but its texts are short")
    for profile in texts:
        if profile.kind:
            doubts.append(f"text_columns: {profile.name} has {profile.kind} instead of plain text")
        elif have_tags(tables.train[profile.name]):
            doubts.append(f"text_columns: {profile.name} has tags of HTML, which models read too")
    return doubts


def _guess_other_inputs(profiles: Sequence[ColumnProfile]) -> list[Guess]:
    """Guess the numeric and the categorical columns."""
    guesses = []
    for role, reason in _OTHER_INPUTS.items():
        if found := [profile for profile in profiles if profile.role == role]:
            names = [profile.name for profile in found]
            kinds = list_some(profile.name for profile in found if profile.has_numbers_of_kinds)
            doubt = (
                f"categorical_columns: the numbers of {kinds} are assumed to name kinds; move a "
                "column of amounts to numeric_columns"
            )
            guesses.append(Guess(f"{role}_columns", names, reason, doubt if kinds else ""))
    return guesses


def _guess_mode(pair: TextPair | None) -> list[Guess]:
    """Guess how several texts are read: joined, or as a pair."""
    if pair is None:
        return [Guess("texts", "joined", "several texts; their names suggest no pair")]
    mode = Guess("texts", "pair", f"the names {pair.first} and {pair.second} suggest a pair")
    if pair.symmetric:
        return [mode]
    reason = f"{pair.first} and {pair.second} are different kinds of text"
    return [mode, Guess("symmetric_pairs", False, reason)]
