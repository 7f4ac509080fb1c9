"""The look-up ladder: under which words a source may know a token, one step after another."""

import functools
import re
from collections.abc import Callable, Sequence

import numpy as np

from regard.embeddings.files import Vectors
from regard.text import UNK, stem

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


FORMS: dict[str, Callable[[str], str]] = {
    "exact": str,
    "lower": str.lower,
    "capitalised": str.capitalize,
    "upper": str.upper,
    "stem": _stem,
}


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
    """Return every word that some step seeks in a source."""
    words = {FORMS[step](token) for step in lookup if step in FORMS for token in tokens}
    if "parts" in lookup:
        split = {part for token in tokens for part in parts(token)}
        words |= split | {part.lower() for part in split}
    return words


def look_up(
    vocabulary: Sequence[str], counts: np.ndarray, vectors: Vectors, lookup: Sequence[str]
) -> tuple[dict[int, np.ndarray], dict[str, int]]:
    """Find the vectors of tokens: for each, the first step that knows it counts.

    The step `parts` gives the mean of the vectors of the token's parts, if all are known, each as
    it is written or in lower case. `spelling` comes after all others, and gives the vector of the
    most frequent token that they found, one edit away.

    Args:
        vocabulary: tokens by id, `<pad>` and `<unk>` first. `<unk>` is sought as it is and not
            counted.
        counts: `(vocabulary_size,)` how often each is seen.
        vectors: what the source knows of `wanted_words`.
        lookup: the steps.

    Returns:
        The vectors found, by token id, and how many each step found.
    """
    found: dict[int, np.ndarray] = (
        {UNK: vectors[vocabulary[UNK]]} if vocabulary[UNK] in vectors else {}
    )
    steps = dict.fromkeys(lookup, 0)
    for token_id in range(UNK + 1, len(vocabulary)):
        token = vocabulary[token_id]
        for step in lookup:
            vector = vectors.get(FORMS[step](token)) if step in FORMS else None
            if step == "parts" and ("'" in token or "\u2019" in token):
                vector = _mean_of_parts(token, vectors)
            if vector is not None:
                found[token_id] = vector
                steps[step] += 1
                break
    if "spelling" in lookup:
        misspelt = _misspelt(vocabulary, counts, found)
        found |= {token_id: found[known_id] for token_id, known_id in misspelt.items()}
        steps["spelling"] = len(misspelt)
    return found, steps


def _mean_of_parts(token: str, vectors: Vectors) -> np.ndarray | None:
    known = [vectors.get(part, vectors.get(part.lower())) for part in parts(token)]
    vectors_of_parts = [vector for vector in known if vector is not None]
    if not known or len(vectors_of_parts) < len(known):
        return None
    mean: np.ndarray = np.stack(vectors_of_parts).mean(axis=0)
    return mean


def _misspelt(
    vocabulary: Sequence[str], counts: np.ndarray, found: dict[int, np.ndarray]
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
