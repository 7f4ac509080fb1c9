"""All texts of a competition in one pass: tokens, provisional ids, and which texts are the same."""

import functools
import hashlib
import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

import numpy as np

from regard.text.cleaning import (
    STEPS,
    TOKENS,
    clean,
    clean_token,
)
from regard.text.ragged import RaggedTokens


@dataclass(frozen=True, eq=False)
class IndexedTexts:
    """All texts of a competition as provisional ids, before the vocabulary is chosen.

    Attributes:
        tokens: the distinct tokens in the order in which they were first seen; a provisional id is
            a place in here.
        ragged: the texts as provisional ids. A text may be empty here.
        identical: `(n_texts,)` int64, the row of the first text with the same tokens, after
            cleaning.
    """

    tokens: list[str]
    ragged: RaggedTokens
    identical: np.ndarray


# Bytes by what they may be in a token.
_LETTER, _DIGIT, _JOINER, _SPACE = 1, 2, 4, 8
_KINDS = np.array(
    [
        (_LETTER | _DIGIT) * (byte >= 128)
        or _LETTER * bool(re.match(r"\w", chr(byte)))
        | _DIGIT * chr(byte).isdigit()
        | _JOINER * (chr(byte) in "'.,")
        | _SPACE * chr(byte).isspace()
        for byte in range(256)
    ],
    np.uint8,
)
_MARKS_IN_BYTES = re.compile(rb"<[a-z]+>")
_BLOCK_BYTES, _BLOCK_ROWS = 2**22, 2**14  # encoded at once


def index_texts(texts: Iterable[str], steps: Sequence[str]) -> IndexedTexts:
    """Clean and tokenize texts in one pass, and number their tokens in the order in which they are
    first seen.

    Needs about four bytes a token: neither the texts nor their tokens are kept.

    Example:
        index_texts(["b a b", "", "b a b"], []) -> tokens ["b", "a"], texts [[0, 1, 0], [], [0, 1,
        0]], identical [0, 1, 0]
    """
    steps_of_tokens = [step for step in steps if STEPS[step].works_on_tokens]
    of_token = (
        functools.cache(functools.partial(clean_token, steps=steps_of_tokens))
        if steps_of_tokens
        else None
    )
    numbers = defaultdict[str, int](count().__next__)
    token_ids, lengths, digests = bytearray(), array("q"), bytearray()
    for block in _blocks(_ready_to_split(clean(text, steps)) for text in texts):
        ids, offsets = _block_ids(block, numbers, of_token)
        content, places = memoryview(ids.tobytes()), (offsets * ids.itemsize).tolist()
        for start, stop in pairwise(places):
            digests += hashlib.blake2b(content[start:stop], digest_size=16).digest()
        token_ids += content
        lengths.extend(np.diff(offsets).tolist())
    ragged = RaggedTokens(
        np.frombuffer(token_ids, np.int32),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )
    return IndexedTexts(list(numbers), ragged, _first_rows(digests))


def _ready_to_split(text: str) -> bytes:
    """The text itself if `_starts` can split it, which knows the letters of ASCII, else its tokens with spaces."""
    return (text if text.isascii() else " ".join(TOKENS.findall(text))).encode(errors="replace")


def _blocks(texts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Some megabytes of texts at once."""
    block, size = [], 0
    for text in texts:
        block.append(text)
        size += len(text)
        if size >= _BLOCK_BYTES or len(block) >= _BLOCK_ROWS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _block_ids(
    texts: list[bytes], numbers: dict[str, int], of_token: Callable[[str], str] | None
) -> tuple[np.ndarray, np.ndarray]:
    """The provisional ids of some texts, int32, and where each text starts in them; `numbers` gives
    a new token an id.

    No Python code runs per token here, only per distinct token: that is what makes the pass fast.
    """
    import pyarrow as pa

    content = np.frombuffer(b"\n%b\n" % b"\n".join(texts), np.uint8)
    is_start, is_visible = _starts(content)
    rows = np.cumsum([0, *(len(text) + 1 for text in texts)])
    offsets = np.searchsorted(np.flatnonzero(is_start), rows + 1)
    visible = content[is_visible]
    bounds = np.append(np.flatnonzero(is_start[is_visible]), len(visible)).astype(np.int64)
    tokens = pa.LargeStringArray.from_buffers(
        len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(visible)
    )
    encoded = tokens.dictionary_encode()
    distinct, places = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
    if of_token is None:
        return np.fromiter(map(numbers.__getitem__, distinct), np.int32, len(distinct))[
            places
        ], offsets
    ids = np.array(
        [numbers[token] if token else -1 for token in map(of_token, distinct)], np.int32
    )[places]
    is_kept = ids >= 0
    return ids[is_kept], np.concatenate([[0], np.cumsum(is_kept)])[offsets]


def _starts(content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which bytes are the first of a token by the rules of `TOKENS`, and which are no white space.

    What is beyond ASCII counts as both letter and digit: `_ready_to_split` has put spaces between
    such tokens.
    """
    kinds = _KINDS[content]
    in_word = (kinds & _LETTER).astype(bool)
    joiners = np.flatnonzero(kinds & _JOINER)
    needed = np.where(content[joiners] == ord("'"), _LETTER, _DIGIT)
    in_word[joiners[(kinds[joiners - 1] & kinds[joiners + 1] & needed) != 0]] = True
    is_visible = kinds != _SPACE
    is_start = is_visible.copy()
    is_start[1:] &= ~(in_word[1:] & in_word[:-1])
    for mark in _MARKS_IN_BYTES.finditer(content.data):
        is_start[mark.start() + 1 : mark.end()] = False
    return is_start, is_visible


def _first_rows(digests: bytearray) -> np.ndarray:
    """For each digest of 16 bytes the place of the first that is the same, `(n,)` int64."""
    low, high = np.frombuffer(digests, np.uint64).reshape(-1, 2).T
    order = np.lexsort((low, high))  # rows with the same digest stay in their order
    low, high = low[order], high[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    first_rows = np.empty(len(order), np.int64)
    first_rows[order] = order[is_first][np.cumsum(is_first) - 1]
    return first_rows


def identical_rows(
    identical: np.ndarray, n_train: int, n_texts: int, *, any_order: bool
) -> np.ndarray:
    """Return the first row with the same texts as each row, train rows first.

    Args:
        identical: `(all texts,)` as `index_texts` gives it: of the first texts of the train rows,
            their second ones, ...; after them, those of the test rows.
        n_train: train rows.
        n_texts: texts of a row.
        any_order: whether the same texts in another order are the same.

    Returns:
        `(rows,)` int64.

    Example:
        two texts a row, train rows (a, b), (c, d), (b, a), any order -> [0, 1, 0]
    """
    parts = identical[: n_train * n_texts], identical[n_train * n_texts :]
    texts = np.concatenate([part.reshape(n_texts, -1) for part in parts], axis=1)
    texts = np.sort(texts, axis=0) if any_order else texts
    _, first_rows, places = np.unique(texts, axis=1, return_index=True, return_inverse=True)
    rows: np.ndarray = first_rows[places.reshape(-1)]
    return rows
