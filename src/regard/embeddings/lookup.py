"""The look-up steps: the forms of a token under which a source of vectors may have it."""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from regard.embeddings.vectors import PieceVectors, Vectors
from regard.text import UNK, stem

Found: TypeAlias = dict[int, np.ndarray]  # vectors by token id

_MIN_LETTERS = 5  # one edit turns most shorter words into another word
_WILDCARD = "\0"  # stands for any one character; tokens of several characters never contain it
# Snowball changes only words with one of these endings. Most tokens have none, and it is slow.
_STEMMABLE = re.compile(
    r"'.*|.*(?:[esy']|ed|ing|ion|er|ator|ogist|ism|ic|nt|al|ful|ll|[cglt]i)", re.DOTALL
)
_CLITIC = re.compile(r"(.+?)(n't|'(?:s|m|d|ll|re|ve))", re.IGNORECASE | re.DOTALL)


# Cached, because every source asks for the stem of a token twice: before and after it is read.
@functools.lru_cache(maxsize=1 << 18)
def _stem(token: str) -> str:
    """Return the stem of a token in lower case."""
    lowered = token.lower()
    return stem(lowered) if _STEMMABLE.fullmatch(lowered) else lowered


@dataclass(frozen=True)
class LookupStep:
    """A look-up step: functions that find the vectors of tokens.

    Attributes:
        words: function from a token to the words that the step asks a source for.
        find: function from a token and the vectors of these words to the token's vector, or None.
        replace: function from the vocabulary, the counts and the vectors that the other steps found
            to a mapping of missing tokens to the found tokens whose vectors they take, by id.
    """

    words: Callable[[str], Sequence[str]] = lambda token: ()
    find: Callable[[str, Vectors], np.ndarray | None] = lambda token, vectors: None
    replace: Callable[[Sequence[str], np.ndarray, Found], dict[int, int]] | None = None

    @property
    def comes_last(self) -> bool:
        """Whether the step uses the vectors that the other steps found."""
        return self.replace is not None


def form(function: Callable[[str], str]) -> LookupStep:
    """Return the step that looks up one form of a token.

    Example:
        form(str.lower).words("Ship") -> ["ship"]
    """
    return LookupStep(
        words=lambda token: [function(token)],
        find=lambda token, vectors: vectors.get(function(token)),
    )


def split_contraction(token: str) -> list[str]:
    """Split a token at its apostrophes as the Penn Treebank does.

    Curly apostrophes become straight ones.

    Returns:
        The parts in order; an empty list if the token is not a contraction.

    Example:
        "can't" -> ["ca", "n't"], "cat's" -> ["cat", "'s"], "I'd've" -> ["I", "'d", "'ve"],
        "o'clock" -> []

    Reference:
        Marcus, Marcinkiewicz, Santorini: Building a Large Annotated Corpus of English, 1993. The
        texts that GloVe 6B was trained on are split in this way.
    """
    rest = token.replace("\u2019", "'")
    clitics: list[str] = []
    while "'" in rest and (match := _CLITIC.fullmatch(rest)):
        rest = match[1]
        clitics.insert(0, match[2])
    return [rest, *clitics] if clitics else []


def candidate_words(tokens: Sequence[str], lookup: Sequence[str]) -> set[str]:
    """Return every word that the look-up steps may ask a source for.

    Example:
        tokens ["Ship"], lookup ["exact", "lower"] -> {"Ship", "ship"}
    """
    return {word for step in lookup for token in tokens for word in LOOKUPS[step].words(token)}


def look_up(
    vocabulary: Sequence[str], counts: np.ndarray, vectors: Vectors, lookup: Sequence[str]
) -> tuple[Found, dict[str, int]]:
    """Find the vectors of tokens, each by the first step that succeeds.

    The steps that replace missing tokens run after all others. Vectors of pieces are looked up by
    their own steps: exact for a token that is one piece, and pieces for all others.

    Args:
        vocabulary: tokens by id, starting with `<pad>` and `<unk>`. `<unk>` is looked up as
            written and not counted.
        counts: `(vocabulary_size,)` number of occurrences of each token.
        vectors: the vectors that the source has for `candidate_words`.
        lookup: the steps, in order, by their names in `LOOKUPS`.

    Returns:
        The vectors found, by token id, and the number of tokens that each step found.

    Example:
        vocabulary ["<pad>", "<unk>", "Sea"], vectors {"sea": v}, lookup ["exact", "lower"]
        -> {2: v}, {"exact": 0, "lower": 1}
    """
    found: Found = {UNK: vectors[vocabulary[UNK]]} if vocabulary[UNK] in vectors else {}
    of_pieces = isinstance(vectors, PieceVectors)
    steps = _PIECE_STEPS if of_pieces else {name: LOOKUPS[name] for name in lookup}
    n_found = dict.fromkeys(steps, 0)
    for token_id in range(UNK + 1, len(vocabulary)):
        token = vocabulary[token_id]
        for name, step in steps.items():  # in the order of the setting
            vector = step.find(token, vectors)
            if vector is not None:
                found[token_id] = vector
                n_found[name] += 1
                break
    for name, step in steps.items():
        if step.replace is not None:
            same = step.replace(vocabulary, counts, found)
            found |= {token_id: found[known_id] for token_id, known_id in same.items()}
            n_found[name] = len(same)
    return found, n_found


def _words_of_parts(token: str) -> list[str]:
    """Return the parts of a contraction as written and in lower case."""
    parts = split_contraction(token)
    return [*parts, *map(str.lower, parts)]


def _mean_of_parts(token: str, vectors: Vectors) -> np.ndarray | None:
    """Return the mean vector of a contraction's parts, if all are known.

    A part is looked up as written, then in lower case.
    """
    if "'" not in token and "\u2019" not in token:
        return None
    parts = split_contraction(token)
    known = [vectors.get(part, vectors.get(part.lower())) for part in parts]
    vectors_of_parts = [vector for vector in known if vector is not None]
    if not parts or len(vectors_of_parts) < len(parts):
        return None
    mean: np.ndarray = np.stack(vectors_of_parts).mean(axis=0)
    return mean


def _mean_of_pieces(token: str, vectors: Vectors) -> np.ndarray | None:
    """Return the mean vector of a token's pieces."""
    return vectors.by_pieces.get(token) if isinstance(vectors, PieceVectors) else None


def _correct_missing(vocabulary: Sequence[str], counts: np.ndarray, found: Found) -> dict[int, int]:
    """Map the ids of misspelt tokens to the ids of their most frequent found neighbours.

    A neighbour is a token one edit away.
    """
    missing = [token_id for token_id in range(UNK + 1, len(vocabulary)) if token_id not in found]
    by_frequency = sorted(found, key=lambda token_id: (-counts[token_id], vocabulary[token_id]))
    ids = {vocabulary[token_id]: token_id for token_id in by_frequency if token_id > UNK}
    corrections = correct_spellings([vocabulary[token_id] for token_id in missing], list(ids))
    return {
        token_id: ids[corrections[vocabulary[token_id]]]
        for token_id in missing
        if vocabulary[token_id] in corrections
    }


def correct_spellings(unknown: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Map each unknown token to the first known token that is one edit away.

    An edit is the deletion, insertion or substitution of one character, or the exchange of two
    neighbours.

    Args:
        unknown: tokens; those with fewer than five letters are skipped.
        known: other tokens, in order of preference.

    Returns:
        Known tokens by unknown tokens; an unknown token without a match is left out.

    Example:
        unknown ["recieve", "teh"], known ["receive", "the"] -> {"recieve": "receive"}

    Reference:
        Damerau: A technique for computer detection and correction of spelling errors, 1964.
    """
    # Known tokens are indexed as they are and with each character replaced by a wildcard, so that
    # no pair of tokens is compared. With "*" for the wildcard, "abcde" has the entries abcde,
    # *bcde, a*cde, ...; the unknown "abXde" reaches it by its own edit ab*de.
    ranks: dict[str, int] = {}
    for rank, token in enumerate(known):
        if len(token) >= _MIN_LETTERS - 1:  # an inserted letter may make the unknown token longer
            ranks[token] = rank
            for index in range(len(token)):
                ranks.setdefault(f"{token[:index]}{_WILDCARD}{token[index + 1 :]}", rank)
    corrections = {}
    for token in unknown:
        if sum(map(str.isalpha, token)) >= _MIN_LETTERS:
            matches = [ranks[edited] for edited in _edits(token) if edited in ranks]
            if matches:
                corrections[token] = known[min(matches)]
    return corrections


def _edits(token: str) -> list[str]:
    """Return every token one edit away, with a wildcard for each new character.

    Example:
        "ab" -> ["*ab", "a*b", "ab*", "*b", "a*", "b", "a", "ba"], with "*" for the wildcard
    """
    halves = [(token[:index], token[index:]) for index in range(len(token) + 1)]
    inserted = [f"{left}{_WILDCARD}{right}" for left, right in halves]
    substituted = [f"{left}{_WILDCARD}{right[1:]}" for left, right in halves[:-1]]
    deleted = [left + right[1:] for left, right in halves[:-1]]
    exchanged = [f"{left}{right[1]}{right[0]}{right[2:]}" for left, right in halves[:-2]]
    return inserted + substituted + deleted + exchanged


# The choices of the setting embeddings.lookup.
LOOKUPS = {
    "exact": form(str),
    "lower": form(str.lower),
    "capitalised": form(str.capitalize),
    "upper": form(str.upper),
    "stem": form(_stem),
    "parts": LookupStep(words=_words_of_parts, find=_mean_of_parts),
    "spelling": LookupStep(replace=_correct_missing),
}
# The steps of a source of pieces.
_PIECE_STEPS = {"exact": LOOKUPS["exact"], "pieces": LookupStep(find=_mean_of_pieces)}
