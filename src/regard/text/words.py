"""The words of a text as they stand in it, and the number of tokens that each of them became."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from regard.text.cleaning import TOKENS
from regard.text.segmenting import UNSPACED
from regard.text.tokenizer import Steps, Tokenizer, as_tokenizer

_CHUNKS = re.compile(r"\S+")
# A cleaning step may read over a space, as in "ca n't", but over few.
_MAX_CHUNKS = 3
# A letter may be written by a few characters, but not by many.
_MAX_FORMS = 4


@dataclass(frozen=True)
class Word:
    """A word of a text.

    Attributes:
        text: the word as it stands in the text.
        start: the index of its first character.
        end: the index after its last character.
        n_tokens: the number of tokens that a model reads for it; 0 if cleaning drops it.
    """

    text: str
    start: int
    end: int
    n_tokens: int


def words_of(text: str, steps: Steps) -> list[Word]:
    """Return the words of a text, in order, with the tokens of `tokenize` counted off to them.

    Several tokens of a word belong to it, and characters that cleaning replaces together are one
    word. If cleaning makes tokens that cannot be traced to the text, each token is a word without a
    position: from 0 to 0.

    Args:
        text: the text as it came.
        steps: a tokenizer, or its cleaning steps.

    Example:
        words_of("Don't see http://a.org", ["lower_case", "contractions", "urls"])
        -> "Don't" (2 tokens, do not), "see" (1), "http://a.org" (1, <url>)
    """
    tokenizer = as_tokenizer(steps)
    tokens = tokenizer.tokenize(text)
    words: list[Word] = []
    n_read = 0
    spans = [found.span() for found in _CHUNKS.finditer(text)]
    while spans:
        for n_chunks in range(1, min(_MAX_CHUNKS, len(spans)) + 1):
            start, end = spans[0][0], spans[n_chunks - 1][1]
            found = tokenizer.tokenize(text[start:end])
            if tokens[n_read : n_read + len(found)] == found:
                break
        else:
            break
        words += _words_of_part(text, start, end, found, tokenizer)
        n_read += len(found)
        del spans[:n_chunks]
    is_traced = not spans and n_read == len(tokens)
    return words if is_traced else [Word(token, 0, 0, 1) for token in tokens]


def raw_words(text: str) -> list[Word]:
    """Return the words of a text that is not cleaned.

    Example:
        "No, no" -> "No", ",", "no"
    """
    return [Word(found.group(), *found.span(), 1) for found in TOKENS.finditer(text)]


def _words_of_part(
    text: str, start: int, end: int, tokens: list[str], tokenizer: Tokenizer
) -> Iterator[Word]:
    """Yield the words of a part of a text, whose tokens are known.

    Words are cleaned one by one, from both ends. Those between are one word.
    """
    # "(http://a.org)" has the words ( http : / / a . org ) and the tokens ( <url> ): the first and
    # the last word are the first and the last token, so the words between are <url>.
    spans = [found.span() for found in TOKENS.finditer(text, start, end)]
    pieces = [tokenizer.tokenize(text[low:high]) for low, high in spans]
    n_first = _n_matching(pieces, tokens)
    between = tokens[sum(map(len, pieces[:n_first])) :]
    backwards = [piece[::-1] for piece in pieces[n_first:][::-1]]
    n_last = _n_matching(backwards, between[::-1])
    n_between = len(between) - sum(map(len, backwards[:n_last]))
    stop = len(spans) - n_last
    merged = between[:n_between]
    if n_between:
        # No word is left for them, so they belong to all words.
        if n_first == stop:
            n_first, stop, merged = 0, len(spans), tokens
        low, high = (spans[n_first][0], spans[stop - 1][1]) if spans else (start, end)
        spans[n_first:stop] = [(low, high)]
        pieces[n_first:stop] = [merged]
    else:
        pieces[n_first:stop] = [[] for _ in range(stop - n_first)]
    for (low, high), piece in zip(spans, pieces, strict=True):
        if len(piece) > 1 and UNSPACED.search(text, low, high):
            yield from _segments(text, low, high, piece, tokenizer)
        else:
            yield Word(text[low:high], low, high, len(piece))


def _segments(
    text: str, low: int, high: int, tokens: Sequence[str], tokenizer: Tokenizer
) -> list[Word]:
    """Return the words of a run of letters without spaces, one for each of its tokens.

    If the tokens cannot be traced to the letters, the run is one word.
    """
    # Letters are added to a word until they are its token, such as two letters of half width that
    # became one. Letters that print nothing belong to the word before them.
    words: list[Word] = []
    start = low
    for token in tokens:
        end = start + 1
        last = min(high, start + _MAX_FORMS * len(token))
        while end < last and tokenizer.clean(text[start:end]) != token:
            end += 1
        while end < high and not tokenizer.clean(text[end]):
            end += 1
        words.append(Word(text[start:end], start, end, 1))
        start = end
    is_traced = start == high and all(
        tokenizer.clean(word.text) == token for word, token in zip(words, tokens, strict=True)
    )
    return words if is_traced else [Word(text[low:high], low, high, len(tokens))]


def _n_matching(pieces: Sequence[list[str]], tokens: Sequence[str]) -> int:
    """Return how many of the pieces the tokens begin with.

    Example:
        [["a"], [], ["b", "c"], ["d"]], ["a", "b", "c", "x"] -> 3
    """
    n_read = 0
    for index, piece in enumerate(pieces):
        if list(tokens[n_read : n_read + len(piece)]) != piece:
            return index
        n_read += len(piece)
    return len(pieces)
