"""Length-bucketed batches: texts of similar length travel together, so that little is padded.

Sorting everything by length would make every epoch the same and its batches alike; shuffling
everything pads each batch to its longest text. Between the two: shuffle, sort by length within
large chunks, cut into batches, shuffle the batches. All batches are full and padded to one of a few
lengths, so that a compiler meets few shapes.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from regard.config import BatchesConfig
from regard.data.inputs import Inputs
from regard.text import PAD, UNK, RaggedTokens

T = TypeVar("T")

_N_OTHER_LENGTHS = 3  # for texts beside the longest; a shape for each pair of lengths would be many
# lengths that are weighed against each other; the table of all pairs is quadratic
_MOST_DISTINCT = 400


def bucket_lengths(lengths: np.ndarray, n_lengths: int) -> np.ndarray:
    """Choose the lengths to pad to, such that padding every text to the next one adds the fewest
    tokens.

    Solved exactly by dynamic programming over the distinct lengths; of very many, over some hundred
    quantiles.

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
        distinct = np.unique(
            np.quantile(lengths, np.linspace(0, 1, _MOST_DISTINCT), method="higher")
        )
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


def training_order(
    lengths: np.ndarray, config: BatchesConfig, *, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Divide texts into full batches of similar length, in random order.

    Every text stands in exactly one batch with weight 1. The last batch is filled up with texts
    drawn once more, at weight 0: real texts, so that batch normalisation sees nothing strange.

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


def batch_inputs(
    inputs: Inputs, rows: np.ndarray, lengths: np.ndarray, swapped: np.ndarray | bool = False
) -> dict[str, np.ndarray]:
    """Return rows as a network takes them.

    Args:
        inputs: of all rows.
        rows: `(batch,)` which of them.
        lengths: `(texts,)` what each text is padded to.
        swapped: `(batch,)` bool, pairs that are read in the other order.

    Returns:
        `token_ids`, `token_ids_2`, ...: `(batch, timesteps)` int32; `numbers` and `categories` if
        there are any.
    """
    padded = [
        pad(text, rows, int(length)) for text, length in zip(inputs.texts, lengths, strict=True)
    ]
    if np.any(swapped):
        swap = np.broadcast_to(swapped, len(rows))[:, None]
        padded = [np.where(swap, padded[1], padded[0]), np.where(swap, padded[0], padded[1])]
    named = {token_ids_name(place): token_ids for place, token_ids in enumerate(padded)}
    if inputs.numbers.shape[1]:
        named["numbers"] = np.asarray(inputs.numbers[rows])
    if inputs.categories.shape[1]:
        named["categories"] = np.asarray(inputs.categories[rows])
    return named


def drop_words(token_ids: np.ndarray, share: float, random: np.random.Generator) -> np.ndarray:
    """Return token ids of which each real one has become `<unk>` with a probability; one of each
    text stays.

    So a network learns not to hang on single words (Iyyer et al. 2015, Deep unordered composition
    rivals syntactic methods for text classification, ACL).

    Example:
        [[5, 6, 7, 0]], share=0.5 -> for example [[1, 6, 1, 0]]

    Returns:
        `(rows, length)` int32.
    """
    draws = np.where(token_ids == PAD, -1.0, random.random(token_ids.shape))
    dropped = (draws >= 0.0) & (draws < share) & (draws < draws.max(axis=1, keepdims=True))
    return np.where(dropped, np.int32(UNK), token_ids)


def token_ids_name(place: int) -> str:
    """Return what a network calls its text of a place from 0: `token_ids`, `token_ids_2`, ..."""
    return "token_ids" if place == 0 else f"token_ids_{place + 1}"


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
        inputs: of all rows.
        labels: of all rows, `(rows,)` or `(rows, outputs)`.
        rows: the rows to train on.
        config: batch sizes and word dropout.
        seed: of this epoch.
        row_weights: of all rows, `(rows,)` float32, against each other within a batch; None: all 1.

    Yields:
        What `batch_inputs` returns, labels `(size, ...)`, and weights `(size,)` float32.
    """
    swapped = np.zeros(len(rows), bool)
    if inputs.symmetric and config.pair_orders == "both":
        swapped = np.repeat([False, True], len(rows))
        rows = np.tile(rows, 2)
    elif inputs.symmetric:
        swapped = np.random.default_rng([seed, 1]).random(len(rows)) < 0.5
    lengths = inputs.lengths(rows, config.max_tokens)
    order, weights = training_order(lengths.max(axis=1), config, seed=seed)
    padded = _padded_lengths(lengths, order, inputs, config)
    random = np.random.default_rng([seed, 2])
    for batch, batch_weights, length in zip(order, weights, padded, strict=True):
        named = batch_inputs(inputs, rows[batch], length, swapped[batch])
        for name in named if config.word_dropout else ():
            if name.startswith("token_ids"):
                named[name] = drop_words(named[name], config.word_dropout, random)
        if row_weights is not None:
            batch_weights = batch_weights * row_weights[rows[batch]]
        yield named, labels[rows[batch]], batch_weights


def one_ahead(batches: Iterable[T]) -> Iterator[T]:
    """Yield the same batches, each made by a thread while the one before is worked on: a GPU need not wait for it."""
    waiting, nothing = iter(batches), object()
    with ThreadPoolExecutor(max_workers=1) as thread:
        coming = thread.submit(next, waiting, nothing)
        while (batch := coming.result()) is not nothing:
            coming = thread.submit(next, waiting, nothing)
            yield batch  # type: ignore[misc]  # it is not `nothing`


def n_training_batches(inputs: Inputs, n_rows: int, config: BatchesConfig) -> int:
    """Return how many batches `training_batches` yields."""
    n_rows = n_rows_of_epoch(inputs, n_rows, config)
    return -(-n_rows // min(config.size, n_rows))


def n_rows_of_epoch(inputs: Inputs, n_rows: int, config: BatchesConfig) -> int:
    """Return how many rows an epoch learns from: a symmetric pair may stand for two."""
    return n_rows * 2 if inputs.symmetric and config.pair_orders == "both" else n_rows


def prediction_order(lengths: np.ndarray, config: BatchesConfig) -> np.ndarray:
    """Return the positions of rows to predict together, those of similar length, `(batches, size)`
    int64.

    The last batch is filled up with the longest row once more, so that all are full.

    Args:
        lengths: `(rows,)` tokens of each row's longest text.
        config: batch sizes.
    """
    size = min(config.prediction_size, len(lengths))
    order = np.argsort(lengths, kind="stable")
    return np.concatenate([order, np.repeat(order[-1:], -len(order) % size)]).reshape(-1, size)


def predict(model: Any, inputs: Inputs, rows: np.ndarray, config: BatchesConfig) -> np.ndarray:
    """Return a model's outputs for rows, in their order; of symmetric pairs, the mean over both
    orders.

    Returns:
        `(rows, outputs)` float32.
    """
    lengths = inputs.lengths(rows, config.max_tokens)
    order = prediction_order(lengths.max(axis=1), config)
    orders = (False, True) if inputs.symmetric else (False,)
    padded = _padded_lengths(lengths, order, inputs, config)
    batches = (
        [batch_inputs(inputs, rows[positions], length, swapped) for swapped in orders]
        for positions, length in zip(order, padded, strict=True)
    )
    outputs = [_mean_outputs(model, batch) for batch in one_ahead(batches)]
    ordered = np.empty((len(rows), outputs[0].shape[1]), np.float32)
    ordered[order.reshape(-1)] = np.concatenate(outputs)
    return ordered


def _mean_outputs(model: Any, batches: list[dict[str, np.ndarray]]) -> np.ndarray:
    """What a model says of the same rows, read in one order or in both."""
    outputs = [np.asarray(model.predict_on_batch(batch), np.float32) for batch in batches]
    mean: np.ndarray = sum(outputs[1:], outputs[0]) / np.float32(len(outputs))
    return mean


def _padded_lengths(
    lengths: np.ndarray, order: np.ndarray, inputs: Inputs, config: BatchesConfig
) -> np.ndarray:
    """What each text of each batch is padded to, `(batches, texts)`: the smallest choice that holds the longest."""
    longest = int(lengths.mean(axis=0).argmax())
    padded = np.empty((len(order), lengths.shape[1]), np.int64)
    for text, column in enumerate(lengths.T):
        n_lengths = config.n_lengths if text == longest or inputs.paired else _N_OTHER_LENGTHS
        choices = bucket_lengths(column, n_lengths)
        padded[:, text] = choices[np.searchsorted(choices, column[order].max(axis=1))]
    return padded
