import threading

import numpy as np
import pytest
from helpers.batches import batches_config, pair_inputs
from helpers.tokens import ragged
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.config import BatchesConfig
from regard.data.inputs import Inputs, only_texts
from regard.network.batching import (
    drop_words,
    n_rows_per_epoch,
    n_training_batches,
    pad,
    predict,
    prefetch,
    training_batches,
)

lengths_strategy = st.lists(st.integers(1, 40), min_size=1, max_size=60)


def test_padding_is_on_the_right_and_long_texts_keep_their_first_tokens():
    tokens = ragged([[5, 6, 7], [8]])
    assert pad(tokens, np.array([1, 0]), 2).tolist() == [[8, 0], [5, 6]]
    assert pad(tokens, np.array([1, 0]), 4).tolist() == [[8, 0, 0, 0], [5, 6, 7, 0]]
    assert pad(tokens, np.array([0]), 3).dtype == np.int32


def test_texts_of_a_pair_are_padded_to_one_length():
    inputs = pair_inputs(symmetric=False)
    config = batches_config(size=2)
    ((named, labels, _),) = training_batches(inputs, np.arange(4), np.array([0, 3]), config, seed=1)
    order = labels.tolist()
    assert named["token_ids"].shape == named["token_ids_2"].shape == (2, 4)
    assert named["token_ids"][order.index(0)].tolist() == [2, 0, 0, 0]
    assert named["token_ids_2"][order.index(0)].tolist() == [12, 12, 0, 0]
    assert named["numbers"][:, 0].tolist() == order
    assert named["categories"][:, 0].tolist() == [2 * row for row in order]


def test_separate_texts_are_padded_separately():
    inputs = only_texts(*pair_inputs().texts)
    ((named, _, _),) = training_batches(
        inputs, np.arange(4), np.arange(4), batches_config(size=4), seed=1
    )
    assert named["token_ids"].shape == (4, 4)
    assert named["token_ids_2"].shape == (4, 2)
    assert set(named) == {"token_ids", "token_ids_2"}


def first_tokens(config: BatchesConfig, seed: int) -> list[tuple[int, int]]:
    """Return the first tokens of each pair of an epoch, in reading order."""
    batches = training_batches(pair_inputs(), np.arange(4), np.arange(4), config, seed=seed)
    return [
        (int(first[0]), int(second[0]))
        for named, _, weights in batches
        for first, second, weight in zip(
            named["token_ids"], named["token_ids_2"], weights, strict=True
        )
        if weight
    ]


def test_symmetric_pairs_are_read_in_a_random_order():
    epochs = [first_tokens(batches_config(size=4), seed) for seed in range(9)]
    for epoch in epochs:
        assert sorted(map(sorted, epoch)) == [[2, 12], [3, 13], [4, 14], [5, 15]]
    assert len({pair for epoch in epochs for pair in epoch}) == 8
    assert n_training_batches(pair_inputs(), 4, batches_config(size=4)) == 1


def test_symmetric_pairs_may_be_read_in_both_orders():
    config = batches_config(size=4, pair_orders="both")
    pairs = first_tokens(config, 1)
    assert len(pairs) == 8
    assert {(second, first) for first, second in pairs} == set(pairs)
    assert n_training_batches(pair_inputs(), 4, config) == 2
    assert n_rows_per_epoch(pair_inputs(symmetric=True), 4, config) == 8
    assert n_rows_per_epoch(pair_inputs(symmetric=False), 4, config) == 4


def test_batch_weights_are_multiplied_by_row_weights():
    rows = np.arange(7)
    batches = training_batches(
        only_texts(ragged([[row + 2] for row in rows])),
        rows,
        rows,
        batches_config(size=4),
        seed=1,
        row_weights=rows.astype(np.float32),
    )
    _, labels, weights = zip(*batches, strict=True)
    labels = np.concatenate(labels)
    weights = np.concatenate(weights)
    assert sorted(weights[weights > 0]) == [1, 2, 3, 4, 5, 6]
    assert all(weight in (0, label) for label, weight in zip(labels, weights, strict=True))
    assert weights.dtype == np.float32


def epoch_tokens(inputs: Inputs, config: BatchesConfig, seed: int) -> list[list[list[int]]]:
    rows = np.arange(len(inputs))
    batches = training_batches(inputs, rows, rows, config, seed=seed)
    names = ("token_ids", "token_ids_2")
    return [named[name].tolist() for named, _, _ in batches for name in names]


def test_word_dropout_replaces_tokens_anew_in_every_epoch():
    inputs = pair_inputs()
    config = batches_config(size=2, word_dropout=0.5)
    first, again, other = (epoch_tokens(inputs, config, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert any(1 in row for batch in first for row in batch)
    whole = epoch_tokens(inputs, batches_config(size=2), 1)
    for batch, expected_batch in zip(first, whole, strict=True):
        for row, expected in zip(batch, expected_batch, strict=True):
            for token_id, original in zip(row, expected, strict=True):
                assert token_id == original or (token_id == 1 and original != 0)


def test_word_dropout_rate():
    dropped = drop_words(np.full((200, 100), 7, np.int32), 0.3, np.random.default_rng(1))
    assert abs((dropped == 1).mean() - 0.3) < 0.01


@given(lengths_strategy, st.floats(0.0, 0.999), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_word_dropout_keeps_a_token_of_every_text(lengths, rate, seed):
    token_ids = pad(ragged([[7] * length for length in lengths]), np.arange(len(lengths)), 40)
    dropped = drop_words(token_ids, rate, np.random.default_rng(seed))
    assert dropped.dtype == np.int32
    assert (dropped == 7).any(axis=1).all()
    assert ((dropped == 0) == (token_ids == 0)).all()


@given(lengths_strategy, st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_training_batches_have_each_row_with_its_label_and_few_shapes(lengths, seed):
    inputs = only_texts(ragged([[row + 2] * length for row, length in enumerate(lengths)]))
    labels = np.arange(len(lengths)) + 2
    rows = np.arange(0, len(lengths), 2)
    seen = []
    shapes = set()
    config = batches_config(max_tokens=25)
    for named, batch_labels, weights in training_batches(inputs, labels, rows, config, seed=seed):
        token_ids = named["token_ids"]
        assert (token_ids[:, 0] == batch_labels).all()
        assert ((token_ids == 0) | (token_ids == batch_labels[:, None])).all()
        assert token_ids.shape[1] <= 25
        n_real = (token_ids > 0).sum(axis=1)
        assert (n_real == np.minimum(np.array(lengths)[batch_labels - 2], 25)).all()
        seen += batch_labels[weights == 1].tolist()
        shapes.add(token_ids.shape)
    assert sorted(seen) == labels[rows].tolist()
    assert len(shapes) <= 3


class SumModel:
    """A model whose output is the sum of a text's token ids, so padding must not matter."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def predict_on_batch(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        self.shapes.append(inputs["token_ids"].shape)
        return inputs["token_ids"].sum(axis=1, keepdims=True).astype(np.float32)


@given(lengths_strategy)
@settings(max_examples=40, deadline=None)
def test_predictions_are_in_the_order_of_the_rows(lengths):
    inputs = only_texts(ragged([[row + 2] * length for row, length in enumerate(lengths)]))
    rows = np.random.default_rng(0).permutation(len(lengths))
    model = SumModel()
    outputs = predict(model, inputs, rows, batches_config(max_tokens=25))
    assert outputs.dtype == np.float32
    assert outputs[:, 0].tolist() == [(row + 2) * min(lengths[row], 25) for row in rows]
    assert len({n_rows for n_rows, _ in model.shapes}) == 1
    assert len({timesteps for _, timesteps in model.shapes}) <= 3


class OrderedModel:
    """A model whose output depends on the order of a pair."""

    def predict_on_batch(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        first = inputs["token_ids"].sum(axis=1, keepdims=True)
        second = inputs["token_ids_2"].sum(axis=1, keepdims=True)
        return (first - 0.37 * second).astype(np.float32)


@pytest.mark.parametrize("symmetric", [True, False])
def test_predictions_for_symmetric_pairs_do_not_depend_on_their_order(symmetric):
    inputs = pair_inputs(symmetric)
    swapped = Inputs(
        inputs.texts[::-1], inputs.numbers, inputs.categories, paired=True, symmetric=symmetric
    )
    outputs, swapped_outputs = (
        predict(OrderedModel(), each, np.arange(4), batches_config()) for each in (inputs, swapped)
    )
    assert (outputs == swapped_outputs).all() == symmetric


def test_prefetch_keeps_the_order():
    assert list(prefetch(iter([[1], [2], [3]]))) == [[1], [2], [3]]
    assert list(prefetch([])) == []


def test_prefetch_prepares_one_batch_ahead():
    made = []
    made_two = threading.Event()

    def batches():
        for number in range(3):
            made.append(number)
            if number == 1:
                made_two.set()
            yield number

    prefetched = prefetch(batches())
    assert next(prefetched) == 0
    assert made_two.wait(timeout=30)
    prefetched.close()
    assert made == [0, 1]


def test_prefetch_passes_exceptions_on():
    def batches():
        yield 1
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(prefetch(batches()))


@pytest.mark.parametrize(
    ("truncate", "expected"),
    [
        ("head", [[2, 3, 4, 5], [8, 9, 0, 0]]),
        ("tail", [[4, 5, 6, 7], [8, 9, 0, 0]]),
        ("both", [[2, 3, 6, 7], [8, 9, 0, 0]]),
    ],
)
def test_the_part_of_a_long_text_that_is_read(truncate, expected):
    tokens = ragged([[2, 3, 4, 5, 6, 7], [8, 9]])
    assert pad(tokens, np.array([0, 1]), 4, truncate).tolist() == expected
    inputs = only_texts(tokens)
    config = batches_config(size=2, max_tokens=4, truncate=truncate)
    ((named, labels, _),) = training_batches(inputs, np.arange(2), np.arange(2), config, seed=1)
    assert [named["token_ids"][labels.tolist().index(row)].tolist() for row in (0, 1)] == expected


@given(
    lengths=st.lists(st.integers(1, 30), min_size=1, max_size=8),
    length=st.integers(1, 40),
    truncate=st.sampled_from(["head", "tail", "both"]),
)
def test_read_tokens_are_in_order_and_as_many_as_possible(lengths, length, truncate):
    texts = [list(range(2, 2 + n)) for n in lengths]
    padded = pad(ragged(texts), np.arange(len(texts)), length, truncate)
    for row, text in zip(padded.tolist(), texts, strict=True):
        read = [token for token in row if token]
        assert read == sorted(set(read))
        assert len(read) == min(length, len(text))
        if truncate != "tail":
            assert read[0] == text[0]
        if truncate == "tail" or (truncate == "both" and length > 1):
            assert read[-1] == text[-1]
