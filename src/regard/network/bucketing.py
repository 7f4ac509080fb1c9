"""Length buckets: texts of similar length share a batch, so that little padding is needed.

Sorting all texts by length would give the same batches in every epoch, and shuffling all texts
would pad each batch to its longest text. `training_order` does both in part: it shuffles, sorts by
length within large chunks, cuts batches and shuffles the batches. All batches are full and padded
to one of a few lengths, so that a compiler sees few shapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from regard.data.inputs import Inputs

if TYPE_CHECKING:
    from regard.config import BatchesConfig

# Number of lengths for the texts of a row other than the longest. It is small, because every
# combination of lengths is a new shape to compile.
_N_OTHER_LENGTHS = 3
# Maximum number of lengths to choose from; time and memory grow with its square.
_MAX_DISTINCT = 400


def bucket_lengths(lengths: np.ndarray, n_lengths: int) -> np.ndarray:
    """Choose the lengths to pad texts to, such that the fewest padding tokens are added.

    The choice is exact, by dynamic programming over the distinct lengths. If there are very many,
    it is made over 400 quantiles.

    Args:
        lengths: `(n_texts,)` number of tokens of each text.
        n_lengths: maximum number of lengths to choose.

    Returns:
        At most `n_lengths` increasing lengths, int64; the last is that of the longest text.

    Example:
        bucket_lengths([1, 2, 2, 9], 2) -> [2, 9]
    """
    distinct = np.unique(lengths)
    if len(distinct) > _MAX_DISTINCT:
        quantiles = np.linspace(0, 1, _MAX_DISTINCT)
        distinct = np.unique(np.quantile(lengths, quantiles, method="higher"))
    # n_texts[j]: number of texts of at most distinct[j - 1] tokens. In the example, distinct is
    # [1, 2, 9] and n_texts is [0, 1, 3, 4].
    n_texts = np.concatenate([[0], np.searchsorted(np.sort(lengths), distinct, side="right")])
    # cost[i, j]: tokens in a bucket of distinct lengths i..j, all padded to length j. In the
    # example, [[1, 6, 36], [inf, 4, 27], [inf, inf, 9]].
    cost = (n_texts[None, 1:] - n_texts[:-1, None]).astype(np.float64) * distinct[None, :]
    cost[np.tril_indices(len(distinct), -1)] = np.inf
    best = cost[0]
    starts = []
    for _ in range(min(n_lengths, len(distinct)) - 1):
        # best[j]: fewest tokens for lengths 0..j with the buckets so far, at first [1, 6, 36].
        # total[i, j]: the same with one more bucket i..j. The last column is [36, 1 + 27, 6 + 9],
        # so the last bucket starts at i = 2, and the bucket before it ends with length 2.
        total = np.concatenate([[0.0], best[:-1]])[:, None] + cost
        starts.append(total.argmin(axis=0))
        best = total.min(axis=0)
    chosen = [len(distinct) - 1]
    for start in reversed(starts):
        if start[chosen[-1]] == 0:
            break
        chosen.append(start[chosen[-1]] - 1)
    return distinct[chosen[::-1]]


def training_order(
    lengths: np.ndarray, config: BatchesConfig, *, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Put texts into full batches of similar length, in random order.

    Every text occurs once with weight 1. The last batch is filled with randomly drawn texts of
    weight 0. They are real texts, so that batch normalisation sees normal inputs.

    Args:
        lengths: `(n_texts,)` number of tokens of each text, at most `config.max_tokens`.
        config: batch size and chunk size.
        seed: seed of the epoch.

    Returns:
        Indices into `lengths`, `(n_batches, size)` int64, and their weights, float32.
    """
    # lengths=[7, 1, 8, 2, 9], batches of 2, chunks of 4: shuffled, for example, [4, 1, 0, 3, 2].
    # The chunks [4, 1, 0, 3] and [2] are sorted by length to [1, 3, 0, 4] and [2]. One text is
    # drawn again: batches [1, 3], [0, 4], [2, 1] with weights [1, 1], [1, 1], [1, 0].
    rng = np.random.default_rng(seed)
    size = min(config.size, len(lengths))
    order = rng.permutation(len(lengths))
    n_per_chunk = size * config.batches_per_chunk
    chunks = [order[start : start + n_per_chunk] for start in range(0, len(order), n_per_chunk)]
    order = np.concatenate([chunk[np.argsort(lengths[chunk], kind="stable")] for chunk in chunks])
    n_missing = -len(order) % size
    weights = np.ones(len(order) + n_missing, np.float32)
    weights[len(order) :] = 0.0
    order = np.concatenate([order, rng.choice(len(lengths), n_missing, replace=False)])
    shuffled = rng.permutation(len(order) // size)
    return order.reshape(-1, size)[shuffled], weights.reshape(-1, size)[shuffled]


def prediction_order(lengths: np.ndarray, config: BatchesConfig) -> np.ndarray:
    """Put rows into full batches of similar length, from short to long.

    The last batch is filled by repeating the longest row.

    Args:
        lengths: `(n_rows,)` number of tokens of each row's longest text.
        config: batch sizes.

    Returns:
        Indices into `lengths`, `(n_batches, size)` int64.

    Example:
        lengths=[9, 1, 5], prediction_size=2 -> [[1, 2], [0, 0]]
    """
    size = min(config.prediction_size, len(lengths))
    order = np.argsort(lengths, kind="stable")
    return np.concatenate([order, np.repeat(order[-1:], -len(order) % size)]).reshape(-1, size)


def padded_lengths(
    lengths: np.ndarray, order: np.ndarray, inputs: Inputs, config: BatchesConfig
) -> np.ndarray:
    """Return the length that each text of each batch is padded to.

    It is the smallest bucket length that holds the batch's longest text.

    Args:
        lengths: `(n_rows, n_texts)` number of tokens.
        order: `(n_batches, size)` row indices of each batch.
        inputs: the inputs of the rows.
        config: number of bucket lengths.

    Returns:
        `(n_batches, n_texts)` int64.
    """
    longest = int(lengths.mean(axis=0).argmax())
    padded = np.empty((len(order), lengths.shape[1]), np.int64)
    for text, column in enumerate(lengths.T):
        n_lengths = config.n_lengths if text == longest or inputs.paired else _N_OTHER_LENGTHS
        choices = bucket_lengths(column, n_lengths)
        # choices [2, 9] and batches whose longest texts have [1, 2, 5] tokens -> [2, 2, 9]
        padded[:, text] = choices[np.searchsorted(choices, column[order].max(axis=1))]
    return padded
