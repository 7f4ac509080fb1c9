"""Find texts that differ a little, by MinHash signatures and exact verification.

Two texts are compared as sets of their words and their pairs of neighbouring words. Their Jaccard
similarity is the number of common members over that of all members: with 0.7, about one word in ten
differs. Signatures find pairs that may be similar without comparing all texts with all others, and
only those pairs are compared exactly.

Memory and time grow with the number of texts and tokens, whatever is similar.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from regard.text.ragged import RaggedTokens

MIN_SIMILARITY = 0.5  # signatures miss too many pairs below

# A pair of Jaccard similarity s agrees in a band of 4 numbers with probability s ** 4, and in one
# of 16 bands with 1 - (1 - s ** 4) ** 16: 0.99 for s = 0.7, 0.64 for 0.5, 0.02 for 0.2.
_N_BANDS = 16
_BAND = 4
_BLOCK = 1 << 21  # members of sets that are hashed at once
_PAIRS = 1 << 14  # pairs that are compared at once
_MIN_TOKENS = 6  # of a row; with fewer, a word more or less is another text
_MAX_TOKENS = 2000  # of a text; longer ones are compared by their beginning
_SLACK = 0.2  # an estimate by 64 numbers is rarely further off


def similar_pairs(texts: Sequence[RaggedTokens], similarity: float) -> np.ndarray:
    """Return pairs of rows whose texts are at least so similar.

    Not all pairs of a group of similar rows are listed, but enough to connect them. Rows of fewer
    than six tokens are similar to none.

    Args:
        texts: the first text of each row, the second one, ...; provisional or final token ids.
        similarity: the least Jaccard similarity, from `MIN_SIMILARITY` to 1.

    Returns:
        `(pairs, 2)` int64, each row's number with a greater one, ascending.

    Example:
        "a b c d e f g h i j", "a b c d e f g h i k", 0.7 -> [[0, 1]]: both have 19 members, of
        which 17 are common, and 17 / 21 = 0.81
    """
    signatures = _signatures(texts)
    rows = np.flatnonzero(sum(text.lengths for text in texts) >= _MIN_TOKENS)
    pairs = _candidates(signatures[rows], rows)
    alike = np.concatenate(
        [(signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1) for part in _parts(pairs)]
        or [np.empty(0)]
    )
    pairs = pairs[alike >= similarity - _SLACK]
    found = [part[_similarities(texts, part) >= similarity] for part in _parts(pairs)]
    return np.concatenate(found) if found else np.empty((0, 2), np.int64)


def groups_of(pairs: np.ndarray, n_rows: int) -> np.ndarray:
    """Return the first row of the group of each row, `(n_rows,)` int64; pairs connect groups.

    Example:
        pairs [[0, 2], [2, 3]] of 5 rows -> [0, 1, 0, 0, 4]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs), np.int8)
    links = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(n_rows, n_rows))
    groups = connected_components(links, directed=False)[1]
    _, first_rows = np.unique(groups, return_index=True)
    return np.asarray(first_rows[groups], np.int64)


def _signatures(texts: Sequence[RaggedTokens]) -> np.ndarray:
    """Return the MinHash signature of each row, `(rows, 64)` uint32."""
    n_rows, n_numbers = len(texts[0]), _N_BANDS * _BAND
    signatures = np.full((n_rows, n_numbers), np.iinfo(np.uint32).max, np.uint32)
    dice = np.random.default_rng(0)
    factors, terms = dice.integers(1, 2**63, (2, n_numbers)).astype(np.uint64)
    for column, text in enumerate(texts):
        for start, stop in _row_blocks(text):
            members, starts = _members(text.rows(start, stop), column)
            if len(members):
                _lower(signatures[start:stop], members, starts, factors | 1, terms)
    return signatures


def _lower(
    signatures: np.ndarray,
    members: np.ndarray,
    starts: np.ndarray,
    factors: np.ndarray,
    terms: np.ndarray,
) -> None:
    """Lower each number of the signatures to the least hash of a row's members, in place.

    Args:
        signatures: `(rows, numbers)`.
        members: `(members,)` uint64 of all rows.
        starts: `(rows + 1,)` where each row's members start.
        factors: `(numbers,)` odd uint64.
        terms: `(numbers,)` uint64.
    """
    filled = np.flatnonzero(np.diff(starts))
    for number, (factor, term) in enumerate(zip(factors, terms, strict=True)):
        hashes = (members * factor + term) >> np.uint64(32)
        least = np.minimum.reduceat(hashes, starts[filled]).astype(np.uint32)
        signatures[filled, number] = np.minimum(signatures[filled, number], least)


def _members(text: RaggedTokens, column: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the members of the set of each text: words, and pairs of neighbouring words.

    Returns:
        `(members,)` uint64 and `(texts + 1,)` int64, where those of each text start.

    Example:
        texts [[5, 6], [7]] -> members of 5, 5 6, 6, 7; starts [0, 3, 4]
    """
    lengths = np.minimum(text.lengths, _MAX_TOKENS)
    inside = np.repeat(text.offsets[:-1] - np.cumsum(lengths) + lengths, lengths)
    tokens = text.token_ids[inside + np.arange(len(inside))].astype(np.uint64) + np.uint64(1)
    words = _mixed(tokens + np.uint64(column << 32))
    pairs = _mixed(words + np.roll(tokens, -1))
    # Each token is followed by its pair, which the last token of a text has not.
    members = np.stack([words, pairs], axis=1).ravel()
    ends = np.cumsum(lengths)
    has_pair = np.ones(len(members), bool)
    has_pair[2 * ends[lengths > 0] - 1] = False
    starts = np.concatenate([[0], np.cumsum(np.maximum(2 * lengths - 1, 0))])
    return members[has_pair], starts.astype(np.int64)


def _mixed(values: np.ndarray) -> np.ndarray:
    """Return values whose bits depend on all bits of the given ones, uint64 (splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(values ^ (values >> np.uint64(31)))


def _row_blocks(text: RaggedTokens) -> Iterator[tuple[int, int]]:
    """Yield the first row and the row after the last one of blocks of about `_BLOCK` tokens."""
    ends = np.cumsum(np.minimum(text.lengths, _MAX_TOKENS))
    start = 0
    while start < len(text):
        before = ends[start - 1] if start else 0
        stop = max(int(np.searchsorted(ends, before + _BLOCK)), start + 1)
        yield start, stop
        start = stop


def _candidates(signatures: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return pairs of rows that agree in a band: each with the first and with the one before.

    At most two pairs for each row and band, however many rows agree.
    """
    found = [np.empty((0, 2), np.int64)]
    for band in range(_N_BANDS if len(rows) else 0):
        part = np.ascontiguousarray(signatures[:, band * _BAND : (band + 1) * _BAND])
        # Four numbers of 32 bits as two of 64, and those as one key.
        halves = part.view(np.uint64)
        keys = _mixed(halves[:, 0]) + halves[:, 1]
        order = keys.argsort(kind="stable")
        same = keys[order][1:] == keys[order][:-1]
        starts = np.concatenate([[0], np.flatnonzero(~same) + 1])
        first = np.repeat(order[starts], np.diff(np.append(starts, len(order))))
        for other in (first[1:], order[:-1]):
            found.append(np.stack([other[same], order[1:][same]], axis=1))
    pairs = np.unique(np.concatenate(found), axis=0)
    return np.asarray(rows[pairs], np.int64)


def _similarities(texts: Sequence[RaggedTokens], pairs: np.ndarray) -> np.ndarray:
    """Return the exact Jaccard similarity of pairs, `(pairs,)` float64."""
    from scipy.sparse import csr_array

    rows, places = np.unique(pairs, return_inverse=True)
    sets = [_members(text.take(rows), column) for column, text in enumerate(texts)]
    members = np.concatenate([values for values, _ in sets])
    owners = np.concatenate(
        [np.repeat(np.arange(len(rows)), np.diff(starts)) for _, starts in sets]
    )
    _, columns = np.unique(members, return_inverse=True)
    shape = (len(rows), int(columns.max()) + 1)
    table = csr_array((np.ones(len(members), np.int32), (owners, columns)), shape=shape)
    table.sum_duplicates()
    table.data[:] = 1
    left, right = places.reshape(pairs.shape).T
    common = table[left].multiply(table[right]).sum(axis=1)
    sizes = np.asarray(table.sum(axis=1))
    return np.asarray(common / (sizes[left] + sizes[right] - common))


def _parts(pairs: np.ndarray) -> Iterator[np.ndarray]:
    return (pairs[start : start + _PAIRS] for start in range(0, len(pairs), _PAIRS))
