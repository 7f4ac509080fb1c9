"""The look-up ladder: under which words a source may know a token, one step after another."""

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from regard.embeddings.files import Vectors
from regard.text import UNK, stem

Found: TypeAlias = dict[int, np.ndarray]  # vectors by token id

_FEWEST_LETTERS = 5  # one edit makes another word of most shorter ones
_ANY = "\0"  # stands for any character; no token of several has it
# What Snowball changes has one of these; it is slow, and most tokens have none.
_STEMMED = re.compile(
    r"'.*|.*(?:[esy']|ed|ing|ion|er|ator|ogist|ism|ic|nt|al|ful|ll|[cglt]i)", re.DOTALL
)
_CLITIC = re.compile(r"(.+?)(n't|'(?:s|m|d|ll|re|ve))", re.IGNORECASE | re.DOTALL)


# asked for before a source is read and after it, and for every source
@functools.lru_cache(maxsize=1 << 18)
def _stem(token: str) -> str:
    lowered = token.lower()
    return stem(lowered) if _STEMMED.fullmatch(lowered) else lowered


@dataclass(frozen=True)
class LookupStep:
    """A step of the look-up ladder.

    Attributes:
        words: from a token to the words that may have its vector in a source.
        find: from a token and what a source has of these words to the token's vector, or None.
        replace: from the vocabulary, the counts and the vectors found by the other steps, to the
            ids of tokens that are still missing, each with that of the token whose vector it takes.
    """

    words: Callable[[str], Sequence[str]] = lambda token: ()
    find: Callable[[str, Vectors], np.ndarray | None] = lambda token, vectors: None
    replace: Callable[[Sequence[str], np.ndarray, Found], dict[int, int]] | None = None

    @property
    def comes_last(self) -> bool:
        """Whether the step needs what all other steps have found."""
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


def parts(token: str) -> list[str]:
    """Split a token at its apostrophes as the Penn Treebank does; a curly apostrophe becomes a
    straight one.

    Returns:
        The parts in order; none for a token that is not split.

    Example:
        "can't" -> ["ca", "n't"], "cat's" -> ["cat", "'s"], "I'd've" -> ["I", "'d", "'ve"],
        "o'clock" -> []

    Reference:
        Marcus, Marcinkiewicz, Santorini: Building a Large Annotated Corpus of English, 1993; GloVe
        6B was trained on texts split like this.
    """
    rest, split = token.replace("\u2019", "'"), list[str]()
    while "'" in rest and (match := _CLITIC.fullmatch(rest)):
        rest = match[1]
        split.insert(0, match[2])
    return [rest, *split] if split else []


def wanted_words(tokens: Sequence[str], lookup: Sequence[str]) -> set[str]:
    """Return every word that some step looks up in a source."""
    return {word for step in lookup for token in tokens for word in LOOKUPS[step].words(token)}


def look_up(
    vocabulary: Sequence[str], counts: np.ndarray, vectors: Vectors, lookup: Sequence[str]
) -> tuple[Found, dict[str, int]]:
    """Find the vectors of tokens, each by the first step that has one.

    Args:
        vocabulary: tokens by id, `<pad>` and `<unk>` first. `<unk>` is looked up as it is and not
            counted.
        counts: `(vocabulary_size,)` int64, how often each is seen.
        vectors: the vectors that a source has of `wanted_words`.
        lookup: the steps, by their names in `LOOKUPS`.

    Returns:
        The vectors found, by token id, and how many each step found.
    """
    found: Found = {UNK: vectors[vocabulary[UNK]]} if vocabulary[UNK] in vectors else {}
    n_found = dict.fromkeys(lookup, 0)
    steps = {name: LOOKUPS[name] for name in lookup}
    for token_id in range(UNK + 1, len(vocabulary)):
        token = vocabulary[token_id]
        for name, step in steps.items():
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
    split = parts(token)
    return [*split, *map(str.lower, split)]


def _mean_of_parts(token: str, vectors: Vectors) -> np.ndarray | None:
    """The mean of the vectors of a token's parts, if all are known, in lower case if need be."""
    if "'" not in token and "\u2019" not in token:
        return None
    known = [vectors.get(part, vectors.get(part.lower())) for part in parts(token)]
    vectors_of_parts = [vector for vector in known if vector is not None]
    if not known or len(vectors_of_parts) < len(known):
        return None
    mean: np.ndarray = np.stack(vectors_of_parts).mean(axis=0)
    return mean


def _misspelt(
    vocabulary: Sequence[str], counts: np.ndarray, found: Found
) -> dict[int, int]:
    """Ids of tokens that are not found, each with that of the token it is taken for."""
    missing = [token_id for token_id in range(UNK + 1, len(vocabulary)) if token_id not in found]
    by_frequency = sorted(found, key=lambda token_id: (-counts[token_id], vocabulary[token_id]))
    ids = {vocabulary[token_id]: token_id for token_id in by_frequency if token_id > UNK}
    near = one_edit_away([vocabulary[token_id] for token_id in missing], list(ids))
    return {
        token_id: ids[near[vocabulary[token_id]]]
        for token_id in missing
        if vocabulary[token_id] in near
    }


def one_edit_away(unknown: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Find for each unknown token the first known one that is one edit away.

    An edit is the deletion, insertion or substitution of a character, or the exchange of two
    neighbours. Known tokens are indexed by what they are with one character left open, so that no
    two tokens are ever compared.

    Args:
        unknown: tokens; only those of five letters or more are sought.
        known: other tokens, the one to prefer first.

    Returns:
        The known token by the unknown one, of those that have one.

    Example:
        unknown ["recieve", "teh"], known ["receive", "the"] -> {"recieve": "receive"}

    Reference:
        Damerau: A technique for computer detection and correction of spelling errors, 1964.
    """
    ranks: dict[str, int] = {}
    for rank, token in enumerate(known):
        if len(token) >= _FEWEST_LETTERS - 1:
            ranks[token] = rank
            for place in range(len(token)):
                ranks.setdefault(f"{token[:place]}{_ANY}{token[place + 1 :]}", rank)
    near = {}
    for token in unknown:
        if sum(map(str.isalpha, token)) >= _FEWEST_LETTERS:
            ranks_near = [ranks[edited] for edited in _edits(token) if edited in ranks]
            if ranks_near:
                near[token] = known[min(ranks_near)]
    return near


def _edits(token: str) -> list[str]:
    """Every token one edit away, the characters that are new left open."""
    halves = [(token[:place], token[place:]) for place in range(len(token) + 1)]
    inserted = [f"{left}{_ANY}{right}" for left, right in halves]
    substituted = [f"{left}{_ANY}{right[1:]}" for left, right in halves[:-1]]
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
    "spelling": LookupStep(replace=_misspelt),
}
