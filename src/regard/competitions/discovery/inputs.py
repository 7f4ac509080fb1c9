"""Guess the input columns: texts, numbers, categories and groups."""

import itertools
from collections.abc import Sequence

from regard.competitions.discovery.guess import Guess
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

_MIN_WORDS_OF_PAIR = 1.5  # on average, for two columns whose names match
_MIN_GROUPS = 10
_MAX_GROUPS = 0.9  # in parts of the rows; with more groups, nearly every row is alone in its group
_OTHER_INPUTS = {
    "numeric": "numbers in train and test",
    "categorical": "few values, nearly all of those in test also in train",
}


def find_inputs(tables: Tables, used: Sequence[str]) -> list[Guess]:
    """Guess the input columns, and the column whose rows must share a fold.

    Args:
        tables: the three files.
        used: the id and label columns.

    Raises:
        DataError: no column holds texts.
    """
    profiles = [
        profile_column(tables, column)
        for column in column_names(tables.train)
        if column in tables.test and column not in used
    ]
    texts, pair = _choose_texts(profiles)
    rest = [profile for profile in profiles if profile not in texts]
    others = _guess_other_inputs(rest)
    group = _guess_group(rest)
    # A column of ids that rows share has no role as an input, but it is used for the folds.
    taken = {column for guess in others for column in guess.value}
    taken |= {guess.value for guess in group}
    unused = [profile for profile in rest if profile.name not in taken]
    guess = Guess(
        "text_columns",
        [profile.name for profile in texts],
        describe_profiles(texts),
        _describe_doubts(texts, unused),
    )
    mode = _guess_mode(pair) if len(texts) > 1 else []
    return [guess, *mode, *others, *group]


def _choose_texts(
    profiles: Sequence[ColumnProfile],
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
    if not texts:
        found = describe_profiles(profiles) or "only ids and labels"
        raise DataError(
            f"no column that train and test share holds texts; found: {found}; add a column of "
            "texts to both files"
        )
    return texts, None


def _find_pair(
    profiles: Sequence[ColumnProfile], texts: Sequence[ColumnProfile]
) -> tuple[list[ColumnProfile], TextPair] | None:
    """Return two columns that form a pair, if the others are no texts.

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


def _describe_doubts(texts: Sequence[ColumnProfile], unused: Sequence[ColumnProfile]) -> str:
    """Return the doubts about short texts and unused columns."""
    doubts = []
    if max(profile.n_words for profile in texts) < MIN_WORDS:
        doubts.append(f"text_columns: {texts[0].name} is the best guess, but its texts are short")
    doubts += [
        f"unused: {profile.name} has numbers except {profile.mistake}; correct it, then add "
        f"numeric_columns: [{profile.name}]"
        for profile in unused
        if profile.mistake
    ]
    if others := [profile for profile in unused if not profile.mistake]:
        doubts.append(
            f"unused, as neither texts, numbers nor categories: {describe_profiles(others)}"
        )
    return "; ".join(doubts)


def _guess_other_inputs(profiles: Sequence[ColumnProfile]) -> list[Guess]:
    """Guess the numeric and the categorical columns."""
    guesses = []
    for role, reason in _OTHER_INPUTS.items():
        if names := [profile.name for profile in profiles if profile.role == role]:
            guesses.append(Guess(f"{role}_columns", names, reason))
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


def _guess_group(profiles: Sequence[ColumnProfile]) -> list[Guess]:
    """Guess the first column of ids that rows share."""
    for profile in profiles:
        is_shared = _MIN_GROUPS <= profile.n_distinct <= _MAX_GROUPS * profile.n_filled
        if profile.is_id and is_shared:
            reason = (
                f"{profile.n_filled:,} rows share {profile.n_distinct:,} ids; rows with the same "
                "id get the same fold"
            )
            return [Guess("group_column", profile.name, reason)]
    return []
