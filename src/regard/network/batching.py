"""Batches of padded token ids for training and prediction, in length buckets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from regard.data.inputs import Inputs
from regard.network.bucketing import padded_lengths, prediction_order, training_order
from regard.network.transformer.inputs import PieceInputs
from regard.text import PAD, UNK, RaggedTokens

if TYPE_CHECKING:
    from regard.config import BatchesConfig

T = TypeVar("T")


def pad(tokens: RaggedTokens, rows: np.ndarray, length: int, truncate: str = "head") -> np.ndarray:
    """Return rows of token ids, truncated or padded on the right to `length`.

    Args:
        tokens: the texts.
        rows: `(batch,)` row indices.
        length: the number of tokens.
        truncate: the part of longer texts that is kept, see `read_indices`.

    Returns:
        `(len(rows), length)` int32.

    Example:
        texts [[5, 6, 7], [8]], rows=[1, 0], length=2 -> [[8, 0], [5, 6]]
    """
    # In the example, token_ids = [5, 6, 7, 8] and the rows start at [3, 0], so the positions are
    # [[3, 4], [0, 1]]. They end before [4, 2], so position 4 is padding.
    starts = tokens.offsets[rows]
    ends = np.minimum(tokens.offsets[rows + 1], starts + length)
    lengths = tokens.offsets[rows + 1] - starts
    positions = starts[:, None] + read_indices(lengths, length, truncate)
    is_real = starts[:, None] + np.arange(length) < ends[:, None]
    padded = np.full(positions.shape, PAD, np.int32)
    padded[is_real] = tokens.token_ids[positions[is_real]]
    return padded


def read_indices(lengths: np.ndarray, length: int, truncate: str) -> np.ndarray:
    """Return which tokens of each text are read.

    Args:
        lengths: `(texts,)` the number of tokens of each text.
        length: the number of tokens to read.
        truncate: of longer texts, head: the first tokens; tail: the last; both: half of them from
            each end.

    Returns:
        `(texts, length)` int64; of shorter texts, the indices go on after their end.

    Example:
        lengths=[6, 2], length=4 -> head [0, 1, 2, 3], tail [2, 3, 4, 5], both [0, 1, 4, 5] of the
        first, and [0, 1, 2, 3] of the second
    """
    indices = np.arange(length)
    n_first = {"head": length, "tail": 0, "both": (length + 1) // 2}[truncate]
    n_left_out = np.maximum(lengths - length, 0)
    return indices + (indices >= n_first) * n_left_out[:, None]


def token_ids_name(text: int) -> str:
    """Return the name of a network's input for text 0, 1, ...: `token_ids`, `token_ids_2`, ..."""
    return "token_ids" if text == 0 else f"token_ids_{text + 1}"


def batch_inputs(
    inputs: Inputs,
    rows: np.ndarray,
    lengths: np.ndarray,
    swapped: np.ndarray | bool = False,
    *,
    truncate: str = "head",
) -> dict[str, np.ndarray]:
    """Return some rows as the named inputs of a network.

    Args:
        inputs: the inputs of all rows.
        rows: `(batch,)` row indices.
        lengths: `(n_texts,)` length that each text is padded to; of pieces `(1,)`, that of a row.
        swapped: `(batch,)` bool, True for pairs whose two texts change places.
        truncate: the part of longer texts that is kept, see `read_indices`.

    Returns:
        `token_ids`, `token_ids_2`, ...: `(batch, timesteps)` int32; and `numbers` and `categories`
        if there are any. For a pretrained encoder `token_ids` and `segments`, see
        `PieceInputs.sequences`.
    """
    swap = np.broadcast_to(swapped, len(rows))
    if isinstance(inputs, PieceInputs):
        named = inputs.sequences(rows, int(lengths[0]), swap, truncate)
    else:
        named = _padded_texts(inputs, rows, lengths, swap, truncate)
    if inputs.numbers.shape[1]:
        named["numbers"] = np.asarray(inputs.numbers[rows])
    if inputs.categories.shape[1]:
        named["categories"] = np.asarray(inputs.categories[rows])
    return named


def _padded_texts(
    inputs: Inputs, rows: np.ndarray, lengths: np.ndarray, swapped: np.ndarray, truncate: str
) -> dict[str, np.ndarray]:
    """Return each text of some rows as token ids, see `batch_inputs`."""
    padded = [
        pad(text, rows, int(length), truncate)
        for text, length in zip(inputs.texts, lengths, strict=True)
    ]
    if swapped.any():
        swap = swapped[:, None]
        padded = [np.where(swap, padded[1], padded[0]), np.where(swap, padded[0], padded[1])]
    return {token_ids_name(text): token_ids for text, token_ids in enumerate(padded)}


def drop_words(token_ids: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Replace each real token by `<unk>` with probability `rate`, but keep one token per text.

    Word dropout keeps a network from relying on single words.

    Returns:
        `(rows, length)` int32.

    Example:
        [[5, 6, 7, 0]], rate=0.5 -> for example [[1, 6, 1, 0]]

    Reference:
        Iyyer et al. (2015), Deep unordered composition rivals syntactic methods for text
        classification, ACL.
    """
    # draws [[0.2, 0.7, 0.4, -1]] with rate 0.5 drop tokens 0 and 2. The largest draw of a text is
    # never dropped, even if it is below the rate. Padding has -1 and is not dropped either.
    draws = np.where(token_ids == PAD, -1.0, rng.random(token_ids.shape))
    is_dropped = (draws >= 0.0) & (draws < rate) & (draws < draws.max(axis=1, keepdims=True))
    return np.where(is_dropped, np.int32(UNK), token_ids)


def training_batches(
    inputs: Inputs,
    labels: np.ndarray,
    rows: np.ndarray,
    config: BatchesConfig,
    *,
    seed: int,
    row_weights: np.ndarray | None = None,
) -> Iterator[tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]]:
    """Yield the batches of one epoch, for `model.train_on_batch`.

    Args:
        inputs: the inputs of all rows.
        labels: the labels of all rows, `(n_rows,)` or `(n_rows, n_outputs)`.
        rows: indices of the rows to train on.
        config: batch sizes and word dropout.
        seed: seed of the epoch.
        row_weights: `(n_rows,)` float32 weights of all rows; None for equal weights.

    Yields:
        The named inputs (see `batch_inputs`), labels `(size, ...)`, and weights `(size,)` float32.
    """
    # The order, the swaps and the dropped words draw from streams that do not affect one another.
    swapped = np.zeros(len(rows), bool)
    if inputs.symmetric and config.pair_orders == "both":
        swapped = np.repeat([False, True], len(rows))
        rows = np.tile(rows, 2)
    elif inputs.symmetric:
        swapped = np.random.default_rng([seed, 1]).random(len(rows)) < 0.5
    lengths = inputs.lengths(rows, config.max_tokens)
    order, weights = training_order(lengths.max(axis=1), config, seed=seed)
    padded = padded_lengths(lengths, order, inputs, config)
    # A separate stream, so that word dropout does not change the order of any pair.
    rng = np.random.default_rng([seed, 2])
    for batch, batch_weights, length in zip(order, weights, padded, strict=True):
        named = batch_inputs(inputs, rows[batch], length, swapped[batch], truncate=config.truncate)
        for name in named if config.word_dropout else ():
            if name.startswith("token_ids"):
                named[name] = drop_words(named[name], config.word_dropout, rng)
        if row_weights is not None:
            batch_weights = batch_weights * row_weights[rows[batch]]
        yield named, labels[rows[batch]], batch_weights


def prefetch(batches: Iterable[T]) -> Iterator[T]:
    """Yield the same batches, each prepared by a thread while the previous one is being used.

    A GPU then need not wait for its next batch.
    """
    iterator = iter(batches)
    end = object()
    # One thread: batches draw from one random generator, so they must be made in order.
    with ThreadPoolExecutor(max_workers=1) as thread:
        future = thread.submit(next, iterator, end)
        while (batch := future.result()) is not end:
            future = thread.submit(next, iterator, end)
            yield batch  # type: ignore[misc]  # it is not `end`


def n_training_batches(inputs: Inputs, n_rows: int, config: BatchesConfig) -> int:
    """Return the number of batches that `training_batches` yields."""
    n_rows = n_rows_per_epoch(inputs, n_rows, config)
    return -(-n_rows // min(config.size, n_rows))


def n_rows_per_epoch(inputs: Inputs, n_rows: int, config: BatchesConfig) -> int:
    """Return the number of rows per epoch; symmetric pairs count twice if read in both orders."""
    return n_rows * 2 if inputs.symmetric and config.pair_orders == "both" else n_rows


def predict(model: Any, inputs: Inputs, rows: np.ndarray, config: BatchesConfig) -> np.ndarray:
    """Return a model's outputs for some rows, in the order of the rows.

    The outputs of a symmetric pair are the mean over both orders of its texts.

    Returns:
        `(len(rows), n_outputs)` float32.
    """
    lengths = inputs.lengths(rows, config.max_tokens)
    order = prediction_order(lengths.max(axis=1), config)
    pair_orders = (False, True) if inputs.symmetric else (False,)
    padded = padded_lengths(lengths, order, inputs, config)
    batches = (
        [
            batch_inputs(inputs, rows[indices], length, swapped, truncate=config.truncate)
            for swapped in pair_orders
        ]
        for indices, length in zip(order, padded, strict=True)
    )
    outputs = [_mean_outputs(model, batch) for batch in prefetch(batches)]
    # order [[1, 2], [0, 0]]: outputs 0 and 1 belong to rows 1 and 2. Row 0 fills the last batch,
    # so it is written twice with equal values.
    ordered = np.empty((len(rows), outputs[0].shape[1]), np.float32)
    ordered[order.reshape(-1)] = np.concatenate(outputs)
    return ordered


def _mean_outputs(model: Any, batches: list[dict[str, np.ndarray]]) -> np.ndarray:
    """Return a model's mean outputs over versions of one batch: one or both orders of its pairs."""
    outputs = [np.asarray(model.predict_on_batch(batch), np.float32) for batch in batches]
    mean: np.ndarray = sum(outputs[1:], outputs[0]) / np.float32(len(outputs))
    return mean
