import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from regard.config import PriorConfig
from regard.errors import ConfigError
from regard.tasks import Binary, MultiClass, MultiLabel, Ordinal
from regard.tasks.class_weights import (
    class_weights,
    prior_weights,
    row_weights,
    shift_probabilities,
    shift_weights,
)

BINARY = Binary(("label",), ("no", "yes"))
rates = st.floats(0.01, 0.99)


def test_the_weights_of_the_quora_kernels():
    negative, positive = shift_weights(0.369197853, 0.17426211)
    assert negative == pytest.approx(1.309028344, abs=1e-8)
    assert positive == pytest.approx(0.472001959, abs=1e-8)


@given(rates, rates)
@settings(max_examples=50, deadline=None)
def test_weighted_rows_have_the_share_of_the_test_set(train_rate, test_rate):
    negative, positive = shift_weights(train_rate, test_rate)
    assert negative * (1 - train_rate) == pytest.approx(1 - test_rate)
    assert positive * train_rate == pytest.approx(test_rate)


@given(rates, rates, rates)
@settings(max_examples=50, deadline=None)
def test_corrected_probabilities_follow_bayes(probability, train_rate, test_rate):
    (found,) = shift_probabilities(np.array([probability]), shift_weights(train_rate, test_rate))
    likelihood_ratio = probability / (1 - probability) * (1 - train_rate) / train_rate
    odds = likelihood_ratio * test_rate / (1 - test_rate)
    assert found == pytest.approx(odds / (1 + odds))


def test_certain_probabilities_and_dtypes_stay():
    found = shift_probabilities(np.array([[0.0], [0.5], [1.0]], np.float32), (1.6, 0.4))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [[0.0], [0.2], [1.0]], atol=1e-7)


def test_rows_have_weights_by_label_if_the_rate_is_known():
    labels = np.array([[0], [1], [1], [0]], np.float32)
    weights = prior_weights(labels, PriorConfig(test_positive_rate=0.2, method="probabilities"))
    assert weights == pytest.approx((1.6, 0.4))
    assert row_weights(labels, weights).tolist() == pytest.approx([1.6, 0.4, 0.4, 1.6])
    assert (
        prior_weights(labels, PriorConfig(test_positive_rate=None, method="probabilities")) is None
    )


@given(
    st.lists(st.integers(0, 3), min_size=8, max_size=40).filter(
        lambda labels: len(set(labels)) == 4
    )
)
@settings(max_examples=30, deadline=None)
def test_balanced_weights_agree_with_scikit_learn(labels):
    labels = np.array(labels)
    for task in (MultiClass(tuple("abcd")), Ordinal(tuple("1234"))):
        expected = compute_class_weight("balanced", classes=np.arange(4), y=labels)
        np.testing.assert_allclose(class_weights(labels, task, "balanced"), expected, rtol=1e-6)
    yes = (labels > 1).astype(np.float32)[:, None]
    expected = compute_class_weight("balanced", classes=np.array([0.0, 1.0]), y=yes[:, 0])
    np.testing.assert_allclose(class_weights(yes, BINARY, "balanced"), [expected], rtol=1e-6)


def test_each_column_is_balanced_by_itself_and_a_constant_one_stays():
    task = MultiLabel(("rude", "never"))
    labels = np.array([[1, 0], [0, 0], [0, 0], [0, 0]], np.float32)
    np.testing.assert_allclose(
        class_weights(labels, task, "balanced"), [[2 / 3, 2], [1, 1]], rtol=1e-6
    )


def test_listed_weights_are_in_the_order_of_the_classes():
    assert class_weights(np.array([0, 1]), MultiClass(("a", "b")), [1, 3]).tolist() == [
        1,
        3,
    ]
    assert class_weights(np.zeros((2, 1)), BINARY, [1, 3]).tolist() == [[1, 3]]
    assert class_weights(np.zeros((2, 2)), MultiLabel(("a", "b")), [2, 3]).tolist() == [
        [1, 2],
        [1, 3],
    ]
    assert class_weights(np.zeros((2, 1)), BINARY, None) is None


def test_too_few_weights_are_refused_with_the_classes():
    with pytest.raises(
        ConfigError, match=r"has 3 numbers, but the task has 2 classes or columns: no, yes"
    ):
        class_weights(np.zeros((2, 1)), BINARY, [1, 2, 3])


def test_class_balanced_weights_are_inverse_to_the_effective_rows():
    labels = np.repeat([0, 1], [3000, 2])
    numbers = np.array([(1 - 0.999**3000) / 0.001, (1 - 0.999**2) / 0.001])
    assert numbers[1] == pytest.approx(1.999)
    expected = 2 * (1 / numbers) / (1 / numbers).sum()
    found = class_weights(labels, MultiClass(("a", "b")), "class_balanced")
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    columns = np.stack([labels, np.zeros_like(labels)], axis=1).astype(np.float32)
    found = class_weights(columns, MultiLabel(("rude", "never")), "class_balanced")
    np.testing.assert_allclose(found, [expected, [1, 1]], rtol=1e-5)
