"""The look-up ladder: the forms under which a token's vector is sought in a source."""

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from regard.embeddings.files import Vectors
from regard.text import PAD, UNK, stem

_SHORTEST_MISSPELT = 5  # letters; shorter words lie too close to each other
# As the Penn Treebank splits them, whose tokens GloVe's vectors are of: do n't, I 'm, cat 's.
_PARTS = re.compile(r"(.+?)(n['\u2019]t|['\u2019](?:s|m|d|re|ve|ll))", re.IGNORECASE)


def _parts(token: str) -> tuple[str, ...]:
    """The two parts of a contraction or possessive; none of other tokens."""
    found = _PARTS.fullmatch(token)
    return tuple(part.replace("\u2019", "'").lower() for part in found.groups()) if found else ()


# A form is one word or several, all of which must be known; `spelling` knows only when the others have been sought.
FORMS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "exact": lambda token: (token,),
    "lower": lambda token: (token.lower(),),
    "capitalised": lambda token: (token.capitalize(),),
    "upper": lambda token: (token.upper(),),
    "stem": functools.cache(lambda token: (stem(token.lower()),)),
    "parts": _parts,
}


def wanted_words(vocabulary: Sequence[str], lookup: Sequence[str]) -> set[str]:
    """Return every word whose vector may be needed."""
    steps = [FORMS[step] for step in lookup if step in FORMS]
    return {word for token in vocabulary[UNK + 1 :] for form in steps for word in form(token)}


def look_up(
    vocabulary: Sequence[str], vectors: Vectors, lookup: Sequence[str]
) -> tuple[dict[int, np.ndarray], dict[str, int]]:
    """Find the vectors of a vocabulary, each by the first step that knows it.

    Args:
        vocabulary: tokens by id, the more frequent first.
        vectors: of a source.
        lookup: the steps. `spelling`, wherever it stands, comes last: a token that is found by no other takes the
            vector of the most frequent token that is, one letter more, less, other, or two swapped.

    Returns:
        The vectors found, by token id, and how many tokens each step found.

    Example:
        tokens "don't", "Sail", "sial", vectors of "do", "n't", "sail", lookup exact, lower, parts -> "don't" by parts,
        their mean, "Sail" by lower, "sial" by none; "sial" is too short for spelling
    """
    found: dict[int, np.ndarray] = {}
    steps = dict.fromkeys(lookup, 0)
    ladder = [(step, FORMS[step]) for step in lookup if step in FORMS]
    for token_id, token in enumerate(vocabulary):
        if token_id == PAD:
            continue
        for step, form in ladder if token_id > UNK else ladder[:1]:
            words = form(token)
            if words and all(word in vectors for word in words):
                found[token_id] = np.mean([vectors[word] for word in words], axis=0) if words[1:] else vectors[words[0]]
                steps[step] += token_id > UNK
                break
    if "spelling" in lookup:
        missing = [token_id for token_id in range(UNK + 1, len(vocabulary)) if token_id not in found]
        respelt = spelling_neighbours(vocabulary, missing, sorted(found))
        steps["spelling"] = len(respelt)
        found |= {token_id: found[other] for token_id, other in respelt.items()}
    return found, steps


def spelling_neighbours(vocabulary: Sequence[str], missing: Iterable[int], known: Iterable[int]) -> dict[int, int]:
    """Find, for tokens without a vector, the known token that was perhaps meant.

    Both are words of at least five letters, in lower case.

    Args:
        vocabulary: tokens by id.
        missing: ids of tokens without a vector.
        known: ids of tokens with one; of several neighbours the first counts, so the more frequent have to stand first.

    Returns:
        The neighbour of each missing token that has one.

    Example:
        "becuase" missing, "because" and "became" known -> {"becuase": "because"}, as ids

    Reference:
        The index of deletions: Garbe (2012), SymSpell.
    """
    index: dict[str, list[int]] = defaultdict(list)
    for token_id in known:
        word = vocabulary[token_id].lower()
        if _may_be_misspelt(word):
            for shorter in _deletions(word):
                index[shorter].append(token_id)
    neighbours = {}
    for token_id in missing:
        word = vocabulary[token_id].lower()
        if _may_be_misspelt(word):
            candidates = sorted({other for shorter in _deletions(word) for other in index.get(shorter, ())})
            near = (other for other in candidates if _is_one_edit(word, vocabulary[other].lower()))
            neighbour = next(near, None)
            if neighbour is not None:
                neighbours[token_id] = neighbour
    return neighbours


def _may_be_misspelt(word: str) -> bool:
    return len(word) >= _SHORTEST_MISSPELT and word.isalpha()


def _deletions(word: str) -> Iterator[str]:
    """The word, and all that are one letter shorter."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _is_one_edit(word: str, other: str) -> bool:
    """Whether a letter more, less or other, or two neighbours swapped, makes a word of another."""
    if abs(len(word) - len(other)) > 1 or word == other:
        return False
    start = next((at for at, (one, two) in enumerate(zip(word, other, strict=False)) if one != two), None)
    if start is None:
        return True  # one goes on where the other ends
    if len(word) == len(other):
        swapped = word[start + 1 : start + 2] + word[start] == other[start : start + 2]
        return word[start + 1 :] == other[start + 1 :] or (swapped and word[start + 2 :] == other[start + 2 :])
    longer, shorter = (word, other) if len(word) > len(other) else (other, word)
    return longer[start + 1 :] == shorter[start:]
