"""All texts of a competition in one pass: tokens, provisional ids and identical texts."""

import functools
import hashlib
import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import count, pairwise

import numpy as np

from regard.text.cleaning import STEPS
from regard.text.ragged import RaggedTokens
from regard.text.tokenizer import Steps, Tokenizer, as_tokenizer


@dataclass(frozen=True, eq=False)
class IndexedTexts:
    """All texts of a competition as provisional ids, before the vocabulary is chosen.

    Attributes:
        tokens: distinct tokens in order of first appearance; the provisional id of a token is its
            index in this list.
        ragged: the texts as provisional ids. A text may be empty.
        identical: `(n_texts,)` int64, for each text the row of the first text with the same
            tokens.
    """

    tokens: list[str]
    ragged: RaggedTokens
    identical: np.ndarray


# Flags for the roles that a byte can have in a token.
_LETTER, _DIGIT, _JOINER, _SPACE = 1, 2, 4, 8
_ROLES = np.array(
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
_PLACEHOLDERS = re.compile(rb"<[a-z]+>")
# Size limits of a block of texts that is encoded at once.
_BLOCK_BYTES = 2**22
_BLOCK_ROWS = 2**14


def index_texts(texts: Iterable[str], steps: Steps) -> IndexedTexts:
    """Clean and tokenize texts in one pass and number the tokens in order of first appearance.

    Memory use is about four bytes per token, since neither texts nor token strings are kept.

    Args:
        texts: the texts as they came.
        steps: a tokenizer, or its cleaning steps.

    Example:
        index_texts(["b a b", "", "b a b"], [])
        -> tokens ["b", "a"], texts [[0, 1, 0], [], [0, 1, 0]], identical [0, 1, 0]
    """
    tokenizer = as_tokenizer(steps)
    cleans_tokens = any(STEPS[step].works_on_tokens for step in tokenizer.steps)
    # Stemming is slow and the same tokens recur, so the result for each token is cached.
    clean_one = functools.cache(tokenizer.clean_token) if cleans_tokens else None
    provisional_ids = defaultdict[str, int](count().__next__)
    token_ids = bytearray()
    lengths = array("q")
    digests = bytearray()
    for block in _blocks(_prepare_for_splitting(text, tokenizer) for text in texts):
        ids, offsets = _encode_block(block, provisional_ids, clean_one)
        content = memoryview(ids.tobytes())
        bounds = (offsets * ids.itemsize).tolist()
        # Equal token ids give equal digests, and 16 bytes make a chance collision negligible.
        for start, stop in pairwise(bounds):
            digests += hashlib.blake2b(content[start:stop], digest_size=16).digest()
        token_ids += content
        lengths.extend(np.diff(offsets).tolist())
    ragged = RaggedTokens(
        np.frombuffer(token_ids, np.int32),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
    )
    return IndexedTexts(list(provisional_ids), ragged, _first_rows(digests))


def _prepare_for_splitting(text: str, tokenizer: Tokenizer) -> bytes:
    """Return a clean text if it is ASCII, and any other text as its tokens separated by spaces.

    `_find_tokens` knows the letters of ASCII only.
    """
    text = tokenizer.clean(text)
    return (text if text.isascii() else " ".join(tokenizer.split(text))).encode(errors="replace")


def _blocks(texts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Group texts into blocks of a few megabytes."""
    block = []
    size = 0
    for text in texts:
        block.append(text)
        size += len(text)
        if size >= _BLOCK_BYTES or len(block) >= _BLOCK_ROWS:
            yield block
            block = []
            size = 0
    if block:
        yield block


def _encode_block(
    texts: list[bytes], provisional_ids: dict[str, int], clean_one: Callable[[str], str] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the provisional ids of a block of texts, int32, and the offset of each text in them.

    `provisional_ids` assigns the next free id to a new token. Python code runs once per distinct
    token here, never per token, which makes the pass fast.
    """
    import pyarrow as pa

    # texts "the cat", "a":   byte      0  1  2  3  4  5  6  7  8  9 10
    #                         content  \n  t  h  e     c  a  t \n  a \n
    #                         is_start  0  1  0  0  0  1  0  0  0  1  0
    # The texts start at bytes 1 and 9 (rows + 1) and the tokens at [1, 5, 9], so offsets=[0, 2, 3].
    content = np.frombuffer(b"\n%b\n" % b"\n".join(texts), np.uint8)
    is_start, is_visible = _find_tokens(content)
    rows = np.cumsum([0, *(len(text) + 1 for text in texts)])
    offsets = np.searchsorted(np.flatnonzero(is_start), rows + 1)
    # Without white space the tokens are adjacent: "thecata" with bounds [0, 3, 6, 7]. This is
    # Arrow's own layout of a string array, whose distinct values Arrow finds without Python code.
    visible = content[is_visible]
    bounds = np.append(np.flatnonzero(is_start[is_visible]), len(visible)).astype(np.int64)
    tokens = pa.LargeStringArray.from_buffers(
        len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(visible)
    )
    encoded = tokens.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    indices = encoded.indices.to_numpy()
    if clean_one is None:
        ids = np.fromiter(map(provisional_ids.__getitem__, distinct), np.int32, len(distinct))
        return ids[indices], offsets
    # A dropped token gets -1 and is removed, and the offsets are recounted: ids [5, -1, 7] with
    # offsets [0, 2, 3] become ids [5, 7] with offsets [0, 1, 2].
    cleaned = map(clean_one, distinct)
    ids = np.array([provisional_ids[token] if token else -1 for token in cleaned], np.int32)
    ids = ids[indices]
    is_kept = ids >= 0
    return ids[is_kept], np.concatenate([[0], np.cumsum(is_kept)])[offsets]


def _find_tokens(content: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return masks of the bytes that start a token by the rules of `TOKENS`, and of visible bytes.

    Bytes beyond ASCII count as both letter and digit. `_prepare_for_splitting` has already put
    spaces around tokens with such bytes.
    """
    roles = _ROLES[content]
    # In "don't 1,000 a.b" the apostrophe is between two letters and the comma between two digits,
    # so both belong to the word; the point in "a.b" is not between digits and is a token.
    in_word = (roles & _LETTER).astype(bool)
    joiners = np.flatnonzero(roles & _JOINER)
    required = np.where(content[joiners] == ord("'"), _LETTER, _DIGIT)
    in_word[joiners[(roles[joiners - 1] & roles[joiners + 1] & required) != 0]] = True
    is_visible = roles != _SPACE
    is_start = is_visible.copy()
    is_start[1:] &= ~(in_word[1:] & in_word[:-1])
    for placeholder in _PLACEHOLDERS.finditer(content.data):
        is_start[placeholder.start() + 1 : placeholder.end()] = False
    return is_start, is_visible


def _first_rows(digests: bytearray) -> np.ndarray:
    """Return, for each digest of 16 bytes, the index of the first equal digest, `(n,)` int64."""
    # digests b, a, b: sorted, the order of rows is [1, 0, 2] and is_first is [1, 1, 0]. The first
    # rows in sorted order are [1, 0, 0], and in the original order [0, 1, 0].
    low, high = np.frombuffer(digests, np.uint64).reshape(-1, 2).T
    order = np.lexsort((low, high))  # stable, so the first of equal digests stays first
    low = low[order]
    high = high[order]
    is_first = np.ones(len(order), bool)
    is_first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    first_rows = np.empty(len(order), np.int64)
    first_rows[order] = order[is_first][np.cumsum(is_first) - 1]
    return first_rows


def identical_rows(
    identical: np.ndarray, n_train: int, n_texts: int, *, any_order: bool
) -> np.ndarray:
    """Return, for each row, the first row with the same texts; train rows come before test rows.

    Args:
        identical: `(all texts,)` from `index_texts`, in this order: the first text of each train
            row, the second text of each train row, ..., then those of the test rows.
        n_train: number of train rows.
        n_texts: number of texts per row.
        any_order: whether rows with the same texts in another order are identical.

    Returns:
        `(rows,)` int64.

    Example:
        two texts per row, train rows (a, b), (c, d), (b, a), any order -> [0, 1, 0]
    """
    # In the example, the texts a c b | b d a have identical = [0, 1, 2, 2, 4, 0]. Reshaped, each
    # column is a row of train: [[0, 1, 2], [2, 4, 0]]. Sorting each column gives
    # [[0, 1, 0], [2, 4, 2]], where columns 0 and 2 are equal.
    parts = identical[: n_train * n_texts], identical[n_train * n_texts :]
    texts = np.concatenate([part.reshape(n_texts, -1) for part in parts], axis=1)
    texts = np.sort(texts, axis=0) if any_order else texts
    _, first_rows, inverse = np.unique(texts, axis=1, return_index=True, return_inverse=True)
    rows: np.ndarray = first_rows[inverse.reshape(-1)]
    return rows
