"""Which tokens are kept, and texts as their ids."""

import logging
from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np

from regard.text.indexing import IndexedTexts, index_texts
from regard.text.ragged import RaggedTokens

_log = logging.getLogger(__name__)

PAD, UNK = 0, 1
PAD_TOKEN, UNK_TOKEN = "<pad>", "<unk>"
_ROWS_AT_ONCE, _TOKENS_AT_ONCE = 2**16, 2**22


def token_counts(indexed: IndexedTexts, rows: slice) -> np.ndarray:
    """Count how often each token stands in a range of texts, for example the train rows.

    Returns:
        `(tokens,)` int64, in the order of `indexed.tokens`.
    """
    start, stop, _ = rows.indices(len(indexed.ragged))
    offsets = indexed.ragged.offsets
    token_ids = indexed.ragged.token_ids[offsets[start] : offsets[max(start, stop)]]
    counts = np.zeros(len(indexed.tokens), np.int64)
    for place in range(0, len(token_ids), _TOKENS_AT_ONCE):  # np.bincount makes int64 of them
        counts += np.bincount(token_ids[place : place + _TOKENS_AT_ONCE], minlength=len(counts))
    return counts


def build_vocabulary(
    indexed_tokens: Sequence[str], counts: np.ndarray, *, max_size: int, min_count: int
) -> list[str]:
    """Choose the tokens to keep: `<pad>`, `<unk>`, then the most frequent ones.

    Tokens seen equally often stand in alphabetical order, so that the vocabulary does not depend on
    the order of rows.

    Args:
        indexed_tokens: distinct tokens.
        counts: `(tokens,)` how often each is seen.
        max_size: the most tokens to return, `<pad>` and `<unk>` included.
        min_count: the fewest times a kept token is seen.

    Example:
        build_vocabulary(["c", "b", "a"], [1, 2, 2], max_size=4, min_count=1) -> ["<pad>", "<unk>",
        "a", "b"]
    """
    counts = np.asarray(counts, np.int64)
    # no more are sorted than may be kept; two more for a literal <pad> and <unk>
    if len(counts) > max_size:
        min_count = max(min_count, np.partition(counts, -max_size)[-max_size])
    by_name = sorted(np.flatnonzero(counts >= min_count).tolist(), key=indexed_tokens.__getitem__)
    by_count = np.array(by_name, np.int64)[np.argsort(-counts[by_name], kind="stable")].tolist()
    kept = [place for place in by_count if indexed_tokens[place] not in (PAD_TOKEN, UNK_TOKEN)][
        : max_size - 2
    ]
    share = counts[kept].sum() / max(counts.sum(), 1)
    _log.info(
        "vocabulary: %d of %d distinct tokens, %.2f %% of the text",
        len(kept),
        len(counts),
        100 * share,
    )
    return [PAD_TOKEN, UNK_TOKEN, *(indexed_tokens[place] for place in kept)]


def to_vocabulary(indexed: IndexedTexts, vocabulary: Sequence[str]) -> RaggedTokens:
    """Renumber indexed texts by a vocabulary; a text without a token becomes one `<unk>`.

    A literal `<pad>` or `<unk>` in a text is unknown.

    Args:
        indexed: the texts.
        vocabulary: tokens by id, starting with `<pad>` and `<unk>`.

    Example:
        texts ["b a", "", "c"], vocabulary ["<pad>", "<unk>", "a", "b"] -> [[3, 2], [1], [1]]
    """
    known = {token: token_id for token_id, token in enumerate(vocabulary) if token_id > UNK}
    new_ids = np.fromiter(
        map(known.get, indexed.tokens, repeat(UNK)), np.int32, len(indexed.tokens)
    )
    offsets = np.concatenate([[0], np.cumsum(np.maximum(indexed.ragged.lengths, 1))]).astype(
        np.int64
    )
    token_ids = np.empty(offsets[-1], np.int32)
    for start in range(0, len(indexed.ragged), _ROWS_AT_ONCE):
        stop = min(start + _ROWS_AT_ONCE, len(indexed.ragged))
        rows = indexed.ragged.rows(start, stop)
        empty = rows.offsets[:-1][rows.lengths == 0]
        token_ids[offsets[start] : offsets[stop]] = np.insert(new_ids[rows.token_ids], empty, UNK)
    return RaggedTokens(token_ids, offsets)


def encode(texts: Iterable[str], vocabulary: Sequence[str], steps: Sequence[str]) -> RaggedTokens:
    """Turn new texts into token ids of a vocabulary.

    Example:
        encode(["a b", "x"], ["<pad>", "<unk>", "a", "b"], []) -> [[2, 3], [1]]
    """
    return to_vocabulary(index_texts(texts, steps), vocabulary)
