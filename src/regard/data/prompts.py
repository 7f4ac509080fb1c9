"""Overlap of a text with its prompt: the text that it answers or summarises."""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from regard.data.words import find_words

_QUOTED = 3  # words in a row that a text shares with its prompt are a quotation


def _unigrams(text: str, prompt: str) -> float:
    """Return the share of a text's words that the prompt has.

    Example:
        "the sea is deep", "The sea!" -> 0.5
    """
    known = _places(prompt)
    words = _words(text)
    return sum(word in known for word in words) / max(len(words), 1)


def _bigrams(text: str, prompt: str) -> float:
    """Return the share of a text's pairs of neighbouring words that the prompt has."""
    known = _pairs(prompt)
    pairs = list(pairwise(_words(text)))
    return sum(pair in known for pair in pairs) / max(len(pairs), 1)


def _covered(text: str, prompt: str) -> float:
    """Return the share of the prompt's distinct words that a text has."""
    known = _places(prompt)
    return len(known.keys() & set(_words(text))) / max(len(known), 1)


def _quoted(text: str, prompt: str) -> float:
    """Return the share of a text's words in quotations: three or more words as in the prompt."""
    is_quoted = np.zeros(len(_words(text)), bool)
    for position, run in enumerate(_runs(text, prompt)):
        if run >= _QUOTED:
            is_quoted[position - run + 1 : position + 1] = True
    return float(is_quoted.mean()) if len(is_quoted) else 0.0


def _longest_run(text: str, prompt: str) -> float:
    """Return the logarithm of the number of words of the longest common run."""
    return float(np.log1p(max(_runs(text, prompt), default=0)))


def _length_ratio(text: str, prompt: str) -> float:
    """Return the logarithm of the lengths' ratio, in words."""
    return float(np.log((1 + len(_words(text))) / (1 + len(_words(prompt)))))


@functools.lru_cache(maxsize=64)
def _runs(text: str, prompt: str) -> tuple[int, ...]:
    """Return the length of the longest common run of words that ends at each word of a text.

    Example:
        text "a b c", prompt "x a b" -> (1, 2, 0)
    """
    places = _places(prompt)
    runs: list[int] = []
    # `ending` maps a place in the prompt to the length of the run that ends there. In the example,
    # it is {1: 1} after "a", {2: 2} after "b" and {} after "c".
    ending: dict[int, int] = {}
    for word in _words(text):
        ending = {place: ending.get(place - 1, 0) + 1 for place in places.get(word, ())}
        runs.append(max(ending.values(), default=0))
    return tuple(runs)


@functools.lru_cache(maxsize=64)
def _words(text: str) -> tuple[str, ...]:
    return tuple(find_words(text.lower()))


@functools.lru_cache(maxsize=64)
def _places(prompt: str) -> dict[str, list[int]]:
    """Return the places of each word of a prompt, which many rows share."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(_words(prompt)):
        places.setdefault(word, []).append(place)
    return places


@functools.lru_cache(maxsize=64)
def _pairs(prompt: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(_words(prompt)))


OVERLAPS: dict[str, Callable[[str, str], float]] = {
    "words of the prompt": _unigrams,
    "word pairs of the prompt": _bigrams,
    "share of the prompt": _covered,
    "quoted words": _quoted,
    "longest quotation": _longest_run,
    "length by the prompt": _length_ratio,
}
