from itertools import combinations

import numpy as np
from helpers.batches import batches_config
from helpers.tokens import ragged
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.data.inputs import only_texts
from regard.network.bucketing import (
    bucket_lengths,
    padded_lengths,
    prediction_order,
    training_order,
)

lengths_strategy = st.lists(st.integers(1, 40), min_size=1, max_size=60)


def test_bucket_lengths():
    assert bucket_lengths(np.array([1, 2, 2, 9]), 2).tolist() == [2, 9]
    assert bucket_lengths(np.array([1, 2, 2, 9]), 1).tolist() == [9]
    assert bucket_lengths(np.array([3, 3]), 5).tolist() == [3]


def test_texts_of_similar_length_share_a_batch():
    lengths = np.array([1, 100] * 64)
    order, _ = training_order(lengths, batches_config(size=8, batches_per_chunk=50), seed=1)
    assert all(len(set(batch)) == 1 for batch in lengths[order].tolist())


def test_prediction_order_goes_from_short_to_long():
    lengths = np.array([9, 1, 5, 1, 1, 2, 3])
    order = prediction_order(lengths, batches_config(prediction_size=2))
    assert lengths[order].tolist() == [[1, 1], [1, 2], [3, 5], [9, 9]]


def test_batches_are_padded_to_the_next_bucket_length():
    lengths = np.array([[1], [2], [2], [9]])
    inputs = only_texts(ragged([[7] * length for length in lengths[:, 0]]))
    order = np.array([[0, 1], [2, 3]])
    config = batches_config(n_lengths=2)
    assert padded_lengths(lengths, order, inputs, config).tolist() == [[2], [9]]


def test_training_order_depends_on_the_seed_only():
    first, again, other = (
        training_order(np.arange(1, 41), batches_config(), seed=seed)[0] for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def padding(lengths: np.ndarray, choices: np.ndarray) -> int:
    """Count the padding tokens if every text is padded to the next of some lengths."""
    choices = np.sort(choices)
    return int((choices[np.searchsorted(choices, lengths)] - lengths).sum())


@given(st.lists(st.integers(1, 12), min_size=1, max_size=20), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_no_other_lengths_need_less_padding(lengths, n_lengths):
    lengths = np.array(lengths)
    chosen = bucket_lengths(lengths, n_lengths)
    assert len(chosen) <= n_lengths
    assert chosen[-1] == lengths.max()
    others = (
        np.array([*rest, lengths.max()])
        for n_rest in range(n_lengths)
        for rest in combinations(range(1, 13), n_rest)
    )
    assert padding(lengths, chosen) == min(padding(lengths, other) for other in others)


@given(lengths_strategy, st.integers(1, 9), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_every_text_has_weight_1_once_and_batches_are_full(lengths, size, seed):
    order, weights = training_order(np.array(lengths), batches_config(size=size), seed=seed)
    assert sorted(order[weights == 1]) == list(range(len(lengths)))
    full = min(size, len(lengths))
    assert order.shape == weights.shape == (-(-len(lengths) // full), full)
    assert set(np.unique(weights)) <= {0.0, 1.0}
