"""Length-bucketed batches: texts of similar length travel together, so that little is padded.

Sorting everything by length would make every epoch the same and its batches alike; shuffling everything pads each
batch to its longest text. Between the two: shuffle, sort by length within large chunks, cut into batches, shuffle the
batches. All batches are full and padded to one of a few lengths, so that a compiler meets few shapes.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from regard.config import BatchesConfig
from regard.text import PAD, RaggedTokens

_MOST_DISTINCT = 400  # lengths that are weighed against each other; the table of all pairs is quadratic


def bucket_lengths(lengths: np.ndarray, n_lengths: int) -> np.ndarray:
    """Choose the lengths to pad to, such that padding every text to the next one adds the fewest tokens.

    Solved exactly by dynamic programming over the distinct lengths; of very many, over some hundred quantiles.

    Args:
        lengths: `(texts,)` tokens of each text.
        n_lengths: how many lengths may be chosen.

    Returns:
        At most `n_lengths` increasing lengths, int64; the last is the longest text's.

    Example:
        bucket_lengths([1, 2, 2, 9], 2) -> [2, 9]
    """
    distinct = np.unique(lengths)
    if len(distinct) > _MOST_DISTINCT:
        distinct = np.unique(np.quantile(lengths, np.linspace(0, 1, _MOST_DISTINCT), method="higher"))
    n_texts = np.concatenate([[0], np.searchsorted(np.sort(lengths), distinct, side="right")])
    # cost[i, j]: tokens in the batch when distinct lengths i..j are all padded to length j.
    cost = (n_texts[None, 1:] - n_texts[:-1, None]).astype(np.float64) * distinct[None, :]
    cost[np.tril_indices(len(distinct), -1)] = np.inf
    best, starts = cost[0], []
    for _ in range(min(n_lengths, len(distinct)) - 1):
        # total[i, j]: the best so far for lengths before i, plus one more bucket i..j.
        total = np.concatenate([[0.0], best[:-1]])[:, None] + cost
        starts.append(total.argmin(axis=0))
        best = total.min(axis=0)
    chosen = [len(distinct) - 1]
    for start in reversed(starts):
        if start[chosen[-1]] == 0:
            break
        chosen.append(start[chosen[-1]] - 1)
    return distinct[chosen[::-1]]


def training_order(lengths: np.ndarray, config: BatchesConfig, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide texts into full batches of similar length, in random order.

    Every text stands in exactly one batch with weight 1. The last batch is filled up with texts drawn once more, at
    weight 0: real texts, so that batch normalisation sees nothing strange.

    Args:
        lengths: `(texts,)` tokens of each text, cut to `config.max_tokens`.
        config: batch size and chunk size.
        seed: of this epoch.

    Returns:
        Positions into `lengths`, `(batches, size)` int64, and weights of the same shape, float32.
    """
    random = np.random.default_rng(seed)
    size = min(config.size, len(lengths))
    order = random.permutation(len(lengths))
    chunk = size * config.batches_per_chunk
    pieces = [order[start : start + chunk] for start in range(0, len(order), chunk)]
    order = np.concatenate([piece[np.argsort(lengths[piece], kind="stable")] for piece in pieces])
    n_missing = -len(order) % size
    weights = np.ones(len(order) + n_missing, np.float32)
    weights[len(order) :] = 0.0
    order = np.concatenate([order, random.choice(len(lengths), n_missing, replace=False)])
    shuffled = random.permutation(len(order) // size)
    return order.reshape(-1, size)[shuffled], weights.reshape(-1, size)[shuffled]


def pad(tokens: RaggedTokens, rows: np.ndarray, length: int) -> np.ndarray:
    """Return rows of token ids, cut or padded on the right to `length`.

    Example:
        texts [[5, 6, 7], [8]], rows=[1, 0], length=2 -> [[8, 0], [5, 6]]

    Returns:
        `(rows, length)` int32.
    """
    starts = tokens.offsets[rows]
    ends = np.minimum(tokens.offsets[rows + 1], starts + length)
    positions = starts[:, None] + np.arange(length)
    real = positions < ends[:, None]
    padded = np.full(positions.shape, PAD, np.int32)
    padded[real] = tokens.token_ids[positions[real]]
    return padded


def training_batches(
    tokens: RaggedTokens, labels: np.ndarray, rows: np.ndarray, config: BatchesConfig, *, seed: int
) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]]:
    """Yield the batches of one epoch, for `model.train_on_batch`.

    Args:
        tokens: all texts.
        labels: of all texts, `(texts,)` or `(texts, outputs)`.
        rows: `(rows,)` the texts to train on.
        config: batch sizes.
        seed: of this epoch.

    Yields:
        `{"token_ids": (size, timesteps) int32}`, labels `(size, ...)`, and weights `(size,)` float32.
    """
    lengths = np.minimum(tokens.lengths[rows], config.max_tokens)
    order, weights = training_order(lengths, config, seed=seed)
    padded = _padded_lengths(lengths[order], bucket_lengths(lengths, config.n_lengths))
    for batch, batch_weights, length in zip(rows[order], weights, padded, strict=True):
        yield {"token_ids": pad(tokens, batch, int(length))}, labels[batch], batch_weights


def prediction_batches(lengths: np.ndarray, config: BatchesConfig) -> Iterator[tuple[np.ndarray, int]]:
    """Yield the positions of texts to predict together, and the length to pad them to.

    Sorted by length. The last batch is filled up with the longest text once more, so that all are full.

    Args:
        lengths: `(texts,)` tokens of each text.
        config: batch sizes.

    Yields:
        `(size,)` int64 positions into `lengths`, and the padded length.
    """
    lengths = np.minimum(lengths, config.max_tokens)
    size = min(config.prediction_size, len(lengths))
    order = np.argsort(lengths, kind="stable")
    order = np.concatenate([order, np.repeat(order[-1:], -len(order) % size)]).reshape(-1, size)
    padded = _padded_lengths(lengths[order], bucket_lengths(lengths, config.n_lengths))
    for positions, length in zip(order, padded, strict=True):
        yield positions, int(length)


def predict(model: Any, tokens: RaggedTokens, rows: np.ndarray, config: BatchesConfig) -> np.ndarray:
    """Return a model's probabilities for rows of texts, in the order of `rows`.

    Returns:
        `(rows, outputs)` float32.
    """
    batches = list(prediction_batches(tokens.lengths[rows], config))
    outputs = [
        np.asarray(model.predict_on_batch({"token_ids": pad(tokens, rows[positions], length)}), np.float32)
        for positions, length in batches
    ]
    probabilities = np.empty((len(rows), outputs[0].shape[1]), np.float32)
    probabilities[np.concatenate([positions for positions, _ in batches])] = np.concatenate(outputs)
    return probabilities


def _padded_lengths(batch_lengths: np.ndarray, choices: np.ndarray) -> np.ndarray:
    """The smallest choice that holds the longest text of each batch."""
    lengths: np.ndarray = choices[np.searchsorted(choices, batch_lengths.max(axis=1))]
    return lengths
