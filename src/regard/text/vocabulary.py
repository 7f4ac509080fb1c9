"""The vocabulary: the tokens that are kept, and texts as their ids."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat

import numpy as np

from regard.text.indexing import IndexedTexts, index_texts
from regard.text.ragged import RaggedTokens
from regard.text.tokenizer import Steps

_log = logging.getLogger(__name__)

PAD, UNK = 0, 1
PAD_TOKEN, UNK_TOKEN = "<pad>", "<unk>"
# Work is done in blocks of this size, so that temporary arrays stay small for large corpora.
_ROWS_PER_BLOCK = 2**16
_TOKENS_PER_BLOCK = 2**22


def token_counts(indexed: IndexedTexts) -> np.ndarray:
    """Count each token.

    Returns:
        `(n_tokens,)` int64, in the order of `indexed.tokens`.
    """
    token_ids = indexed.ragged.token_ids
    counts = np.zeros(len(indexed.tokens), np.int64)
    # In blocks, because np.bincount first copies its input to int64.
    for first in range(0, len(token_ids), _TOKENS_PER_BLOCK):
        block = token_ids[first : first + _TOKENS_PER_BLOCK]
        counts += np.bincount(block, minlength=len(counts))
    return counts


def build_vocabulary(
    indexed_tokens: Sequence[str], counts: np.ndarray, *, max_size: int, min_count: int
) -> list[str]:
    """Choose the tokens to keep: `<pad>`, `<unk>`, then the most frequent tokens.

    Tokens of equal frequency are sorted alphabetically, so that the vocabulary does not depend on
    the order of rows.

    Args:
        indexed_tokens: distinct tokens.
        counts: `(n_tokens,)` number of occurrences of each token.
        max_size: maximum length of the vocabulary, `<pad>` and `<unk>` included.
        min_count: minimum number of occurrences of a kept token.

    Example:
        build_vocabulary(["c", "b", "a"], [1, 2, 2], max_size=4, min_count=1)
        -> ["<pad>", "<unk>", "a", "b"]
    """
    counts = np.asarray(counts, np.int64)
    # Raise min_count to the count of the max_size-th token, so that few tokens need sorting. This
    # leaves two spare tokens in case the texts contain a literal <pad> and <unk>.
    if len(counts) > max_size:
        min_count = max(min_count, np.partition(counts, -max_size)[-max_size])
    # A stable sort by count keeps the alphabetical order of tokens with equal counts.
    by_name = sorted(np.flatnonzero(counts >= min_count).tolist(), key=indexed_tokens.__getitem__)
    by_count = np.array(by_name, np.int64)[np.argsort(-counts[by_name], kind="stable")].tolist()
    reserved = (PAD_TOKEN, UNK_TOKEN)
    kept = [index for index in by_count if indexed_tokens[index] not in reserved][: max_size - 2]
    share = counts[kept].sum() / max(counts.sum(), 1)
    _log.info(
        "vocabulary: %d of %d distinct tokens, %.2f %% of the text",
        len(kept),
        len(counts),
        100 * share,
    )
    return [PAD_TOKEN, UNK_TOKEN, *(indexed_tokens[index] for index in kept)]


def known_tokens(vocabulary: Sequence[str]) -> dict[str, int]:
    """Return the id of each token but `<pad>` and `<unk>`.

    Example:
        ["<pad>", "<unk>", "a", "b"] -> {"a": 2, "b": 3}
    """
    return {token: token_id for token_id, token in enumerate(vocabulary) if token_id > UNK}


def to_vocabulary(indexed: IndexedTexts, known: Mapping[str, int]) -> RaggedTokens:
    """Replace provisional ids by vocabulary ids; a text without tokens becomes one `<unk>`.

    A literal `<pad>` or `<unk>` in a text becomes `<unk>`.

    Args:
        indexed: the texts.
        known: from `known_tokens`.

    Example:
        texts ["b a", "", "c"], known {"a": 2, "b": 3} -> [[3, 2], [1], [1]]
    """
    new_ids = np.fromiter(
        map(known.get, indexed.tokens, repeat(UNK)), np.int32, len(indexed.tokens)
    )
    lengths = np.maximum(indexed.ragged.lengths, 1)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    token_ids = np.empty(offsets[-1], np.int32)
    # texts [[0, 1], [], [2]] have offsets [0, 2, 2, 3]: the empty text starts at 2, so UNK is
    # inserted before the token at index 2 -> [0, 1, UNK, 2].
    for start in range(0, len(indexed.ragged), _ROWS_PER_BLOCK):
        stop = min(start + _ROWS_PER_BLOCK, len(indexed.ragged))
        rows = indexed.ragged.rows(start, stop)
        empty = rows.offsets[:-1][rows.lengths == 0]
        token_ids[offsets[start] : offsets[stop]] = np.insert(new_ids[rows.token_ids], empty, UNK)
    return RaggedTokens(token_ids, offsets)


def encode(texts: Iterable[str], vocabulary: Sequence[str], steps: Steps) -> RaggedTokens:
    """Clean, tokenize and encode new texts with an existing vocabulary.

    Args:
        texts: the texts as they came.
        vocabulary: the tokens by id.
        steps: a tokenizer, or its cleaning steps.

    Example:
        encode(["a b", "x"], ["<pad>", "<unk>", "a", "b"], []) -> [[2, 3], [1]]
    """
    return to_vocabulary(index_texts(texts, steps), known_tokens(vocabulary))
