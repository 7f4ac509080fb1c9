import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.config import BatchesConfig
from regard.data.inputs import Inputs, joined, only_texts
from regard.network.batching import (
    bucket_lengths,
    drop_words,
    n_rows_of_epoch,
    n_training_batches,
    one_ahead,
    pad,
    predict,
    prediction_order,
    training_batches,
    training_order,
)
from regard.text import RaggedTokens


def ragged(texts: list[list[int]]) -> RaggedTokens:
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in texts])])
    return RaggedTokens(np.concatenate(texts).astype(np.int32), offsets.astype(np.int64))


def batches_config(size: int = 4, max_tokens: int = 50, **values: float | str) -> BatchesConfig:
    return BatchesConfig(
        **{"max_tokens": max_tokens, "size": size, "prediction_size": 5, "n_lengths": 3}
        | {"batches_per_chunk": 2, "pair_orders": "random", "word_dropout": 0.0}
        | values
    )


class Summing:
    """Stands for a model: its probability is the sum of a text's ids, so padding must not matter."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def predict_on_batch(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        self.shapes.append(inputs["token_ids"].shape)
        return inputs["token_ids"].sum(axis=1, keepdims=True).astype(np.float32)


lengths_strategy = st.lists(st.integers(1, 40), min_size=1, max_size=60)


def test_lengths_to_pad_to_by_hand():
    assert bucket_lengths(np.array([1, 2, 2, 9]), 2).tolist() == [2, 9]
    assert bucket_lengths(np.array([1, 2, 2, 9]), 1).tolist() == [9]
    assert bucket_lengths(np.array([3, 3]), 5).tolist() == [3]


def padding(lengths: np.ndarray, choices: np.ndarray) -> int:
    return int((np.sort(choices)[np.searchsorted(np.sort(choices), lengths)] - lengths).sum())


@given(st.lists(st.integers(1, 12), min_size=1, max_size=20), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_no_other_choice_of_lengths_pads_less(lengths, n_lengths):
    from itertools import combinations

    lengths = np.array(lengths)
    chosen = bucket_lengths(lengths, n_lengths)
    assert len(chosen) <= n_lengths
    assert chosen[-1] == lengths.max()
    others = (
        np.array([*rest, lengths.max()])
        for n in range(n_lengths)
        for rest in combinations(range(1, 13), n)
    )
    assert padding(lengths, chosen) == min(padding(lengths, other) for other in others)


@given(lengths_strategy, st.integers(1, 9), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_every_text_stands_once_with_weight_one_in_full_batches(lengths, size, seed):
    positions, weights = training_order(np.array(lengths), batches_config(size), seed=seed)
    assert sorted(positions[weights == 1]) == list(range(len(lengths)))
    assert (
        positions.shape
        == weights.shape
        == (-(-len(lengths) // min(size, len(lengths))), min(size, len(lengths)))
    )
    assert set(np.unique(weights)) <= {0.0, 1.0}


def test_texts_of_similar_length_travel_together():
    lengths = np.array([1, 100] * 64)
    positions, _ = training_order(lengths, batches_config(8, batches_per_chunk=50), seed=1)
    assert all(len(set(batch)) == 1 for batch in lengths[positions].tolist())


def test_epochs_with_other_seeds_have_other_batches_and_the_same_seed_the_same():
    lengths = np.arange(1, 41)
    first, again, other = (
        training_order(lengths, batches_config(), seed=seed)[0] for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_padding_is_on_the_right_and_long_texts_keep_their_first_tokens():
    tokens = ragged([[5, 6, 7], [8]])
    assert pad(tokens, np.array([1, 0]), 2).tolist() == [[8, 0], [5, 6]]
    assert pad(tokens, np.array([1, 0]), 4).tolist() == [[8, 0, 0, 0], [5, 6, 7, 0]]
    assert pad(tokens, np.array([0]), 3).dtype == np.int32


@given(lengths_strategy, st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_training_batches_hold_each_row_with_its_labels_and_few_shapes(lengths, seed):
    tokens = ragged([[row + 2] * length for row, length in enumerate(lengths)])
    labels = np.arange(len(lengths)) + 2
    rows = np.arange(0, len(lengths), 2)
    seen, shapes = [], set()
    for inputs, batch_labels, weights in training_batches(
        only_texts(tokens), labels, rows, batches_config(max_tokens=25), seed=seed
    ):
        token_ids = inputs["token_ids"]
        assert (token_ids[:, 0] == batch_labels).all()
        assert ((token_ids == 0) | (token_ids == batch_labels[:, None])).all()
        assert token_ids.shape[1] <= 25
        real = (token_ids > 0).sum(axis=1)
        assert (real == np.minimum(np.array(lengths)[batch_labels - 2], 25)).all()
        seen += batch_labels[weights == 1].tolist()
        shapes.add(token_ids.shape)
    assert sorted(seen) == labels[rows].tolist()
    assert len(shapes) <= 3


@given(lengths_strategy)
@settings(max_examples=40, deadline=None)
def test_predictions_come_back_in_the_order_of_the_rows(lengths):
    tokens = ragged([[row + 2] * length for row, length in enumerate(lengths)])
    rows = np.random.default_rng(0).permutation(len(lengths))
    model = Summing()
    probabilities = predict(model, only_texts(tokens), rows, batches_config(max_tokens=25))
    assert probabilities.dtype == np.float32
    assert probabilities[:, 0].tolist() == [(row + 2) * min(lengths[row], 25) for row in rows]
    assert len({shape[0] for shape in model.shapes}) == 1
    assert len({shape[1] for shape in model.shapes}) <= 3


def test_prediction_batches_are_sorted_by_length():
    lengths = np.array([9, 1, 5, 1, 1, 2, 3])
    order = prediction_order(lengths, batches_config(prediction_size=2))
    assert lengths[order].tolist() == [[1, 1], [1, 2], [3, 5], [9, 9]]


FIRST, SECOND = [[2], [3, 3], [4], [5, 5, 5, 5]], [[12, 12], [13], [14], [15, 15]]


def pairs(symmetric: bool = True) -> Inputs:
    numbers, categories = (
        np.arange(4, dtype=np.float32)[:, None],
        np.arange(8, dtype=np.int32).reshape(4, 2),
    )
    return Inputs(
        (ragged(FIRST), ragged(SECOND)), numbers, categories, paired=True, symmetric=symmetric
    )


def test_both_texts_of_a_pair_are_padded_alike_and_keep_what_stands_beside_them():
    rows = np.array([0, 3])
    ((inputs, labels, _),) = training_batches(
        pairs(symmetric=False), np.arange(4), rows, batches_config(2), seed=1
    )
    order = labels.tolist()
    assert inputs["token_ids"].shape == inputs["token_ids_2"].shape == (2, 4)
    assert inputs["token_ids"][order.index(0)].tolist() == [2, 0, 0, 0]
    assert inputs["token_ids_2"][order.index(0)].tolist() == [12, 12, 0, 0]
    assert inputs["numbers"][:, 0].tolist() == order
    assert inputs["categories"][:, 0].tolist() == [2 * row for row in order]


def test_texts_apart_are_padded_apart():
    inputs = Inputs((ragged(FIRST), ragged(SECOND)), np.empty((4, 0)), np.empty((4, 0)))
    ((found, _, _),) = training_batches(
        inputs, np.arange(4), np.arange(4), batches_config(4), seed=1
    )
    assert found["token_ids"].shape == (4, 4)
    assert found["token_ids_2"].shape == (4, 2)
    assert set(found) == {"token_ids", "token_ids_2"}


def first_tokens(config: BatchesConfig, seed: int) -> list[tuple[int, int]]:
    batches = training_batches(pairs(), np.arange(4), np.arange(4), config, seed=seed)
    return [
        (int(a[0]), int(b[0]))
        for inputs, _, weights in batches
        for a, b, weight in zip(inputs["token_ids"], inputs["token_ids_2"], weights, strict=True)
        if weight
    ]


def test_a_symmetric_pair_is_trained_in_one_of_its_orders_or_in_both():
    by_epoch = [sorted(map(sorted, first_tokens(batches_config(4), seed))) for seed in range(9)]
    assert all(epoch == [[2, 12], [3, 13], [4, 14], [5, 15]] for epoch in by_epoch)
    swapped = {pair for seed in range(9) for pair in first_tokens(batches_config(4), seed)}
    assert len(swapped) == 8
    both = batches_config(4, pair_orders="both")
    assert sorted(first_tokens(both, 1)) == sorted(swapped)
    assert n_training_batches(pairs(), 4, both) == 2
    assert [n_rows_of_epoch(pairs(symmetric=known), 4, both) for known in (True, False)] == [8, 4]
    assert n_training_batches(pairs(), 4, batches_config(4)) == 1


class Weighing:
    """Stands for a model that minds the order of a pair."""

    def predict_on_batch(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        first, second = (
            inputs[name].sum(axis=1, keepdims=True) for name in ("token_ids", "token_ids_2")
        )
        return (first - 0.37 * second).astype(np.float32)


def test_swapping_symmetric_pairs_leaves_predictions_as_they_are_and_others_not():
    for symmetric in (True, False):
        inputs = pairs(symmetric)
        swapped = Inputs(
            inputs.texts[::-1], inputs.numbers, inputs.categories, paired=True, symmetric=symmetric
        )
        found, other = (
            predict(Weighing(), each, np.arange(4), batches_config()) for each in (inputs, swapped)
        )
        assert (found == other).all() == symmetric


def tokens_of_epoch(inputs: Inputs, config: BatchesConfig, seed: int) -> list[list[list[int]]]:
    batches = training_batches(
        inputs, np.arange(len(inputs)), np.arange(len(inputs)), config, seed=seed
    )
    return [
        named[name].tolist() for named, _, _ in batches for name in ("token_ids", "token_ids_2")
    ]


def test_dropped_words_are_unknown_ones_and_others_in_every_epoch():
    inputs, plain, dropping = pairs(), batches_config(2), batches_config(2, word_dropout=0.5)
    epochs = [tokens_of_epoch(inputs, dropping, seed) for seed in (1, 1, 2)]
    assert epochs[0] == epochs[1] != epochs[2]
    for found, whole in zip(epochs[0], tokens_of_epoch(inputs, plain, 1), strict=True):
        for row, other in zip(found, whole, strict=True):
            assert all(
                one in (two, 1) and (one == 0) == (two == 0)
                for one, two in zip(row, other, strict=True)
            )
    assert any(1 in row for batch in epochs[0] for row in batch)


@given(lengths_strategy, st.floats(0.0, 0.999), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_a_word_of_every_text_stays(lengths, share, seed):
    token_ids = pad(ragged([[7] * length for length in lengths]), np.arange(len(lengths)), 40)
    found = drop_words(token_ids, share, np.random.default_rng(seed))
    assert found.dtype == np.int32
    assert (found == 7).any(axis=1).all()
    assert ((found == 0) == (token_ids == 0)).all()


def test_the_share_of_dropped_words_is_the_one_asked_for():
    found = drop_words(np.full((200, 100), 7, np.int32), 0.3, np.random.default_rng(1))
    assert abs((found == 1).mean() - 0.3) < 0.01


def test_rows_weigh_in_their_batch_what_they_are_given():
    tokens, row_weights = ragged([[row + 2] for row in range(7)]), np.arange(7, dtype=np.float32)
    found = training_batches(
        only_texts(tokens),
        np.arange(7),
        np.arange(7),
        batches_config(4),
        seed=1,
        row_weights=row_weights,
    )
    batches = [(labels, weights) for _, labels, weights in found]
    labels, weights = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    assert sorted(weights[weights > 0]) == [1, 2, 3, 4, 5, 6]
    assert all(weight in (0, label) for label, weight in zip(labels, weights, strict=True))
    assert weights.dtype == np.float32


def test_inputs_are_joined_row_by_row():
    both = joined(pairs().take(np.array([2, 0])), pairs().take(np.array([3])))
    assert [[ids.tolist() for ids in (text[0], text[1], text[2])] for text in both.texts] == [
        [[4], [2], [5, 5, 5, 5]],
        [[14], [12, 12], [15, 15]],
    ]
    assert both.numbers[:, 0].tolist() == [2, 0, 3]
    assert both.categories[:, 1].tolist() == [5, 1, 7]
    assert both.paired
    assert both.symmetric
    assert len(joined(pairs(), pairs().take(np.array([], np.int64)))) == 4


def test_batches_made_ahead_are_the_same_in_the_same_order():
    assert list(one_ahead(iter([[1], [2], [3]]))) == [[1], [2], [3]]
    assert list(one_ahead([])) == []


def test_a_batch_is_made_while_the_one_before_is_worked_on():
    made = []
    made_two = threading.Event()

    def batches():
        for number in range(3):
            made.append(number)
            if number == 1:
                made_two.set()
            yield number

    ahead = one_ahead(batches())
    assert next(ahead) == 0
    assert made_two.wait(timeout=30)
    ahead.close()
    assert made == [0, 1]


def test_what_goes_wrong_while_a_batch_is_made_is_not_lost():
    def batches():
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(one_ahead(batches()))
