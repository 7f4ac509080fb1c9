import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.batches import bucket_lengths, pad, predict, prediction_batches, training_batches, training_order
from regard.config import BatchesConfig
from regard.text import RaggedTokens


def ragged(texts: list[list[int]]) -> RaggedTokens:
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in texts])])
    return RaggedTokens(np.concatenate(texts).astype(np.int32), offsets.astype(np.int64))


def batches_config(size: int = 4, max_tokens: int = 50, **values: int) -> BatchesConfig:
    return BatchesConfig(
        **{"max_tokens": max_tokens, "size": size, "prediction_size": 5, "n_lengths": 3}
        | {"batches_per_chunk": 2}
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
    others = (np.array([*rest, lengths.max()]) for n in range(n_lengths) for rest in combinations(range(1, 13), n))
    assert padding(lengths, chosen) == min(padding(lengths, other) for other in others)


@given(lengths_strategy, st.integers(1, 9), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_every_text_stands_once_with_weight_one_in_full_batches(lengths, size, seed):
    positions, weights = training_order(np.array(lengths), batches_config(size), seed=seed)
    assert sorted(positions[weights == 1]) == list(range(len(lengths)))
    assert positions.shape == weights.shape == (-(-len(lengths) // min(size, len(lengths))), min(size, len(lengths)))
    assert set(np.unique(weights)) <= {0.0, 1.0}


def test_texts_of_similar_length_travel_together():
    lengths = np.array([1, 100] * 64)
    positions, _ = training_order(lengths, batches_config(8, batches_per_chunk=50), seed=1)
    assert all(len(set(batch)) == 1 for batch in lengths[positions].tolist())


def test_epochs_with_other_seeds_have_other_batches_and_the_same_seed_the_same():
    lengths = np.arange(1, 41)
    first, again, other = (training_order(lengths, batches_config(), seed=seed)[0] for seed in (1, 1, 2))
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
        tokens, labels, rows, batches_config(max_tokens=25), seed=seed
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
    probabilities = predict(model, tokens, rows, batches_config(max_tokens=25))
    assert probabilities.dtype == np.float32
    assert probabilities[:, 0].tolist() == [(row + 2) * min(lengths[row], 25) for row in rows]
    assert len({shape[0] for shape in model.shapes}) == 1
    assert len({shape[1] for shape in model.shapes}) <= 3


def test_prediction_batches_are_sorted_by_length():
    found = [
        length for _, length in prediction_batches(np.array([9, 1, 5, 1, 1, 2]), batches_config(prediction_size=2))
    ]
    assert found == sorted(found)
