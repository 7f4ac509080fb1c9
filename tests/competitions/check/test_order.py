import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.competitions.check.order import measure_order
from regard.tasks import Binary, MultiClass, MultiLabel, Regression

TOPICS = MultiClass(("a", "b", "c"))


def test_a_sorted_file():
    found = measure_order(TOPICS, np.repeat([0, 1, 2], 40).astype(np.int32))
    assert found.is_sorted
    assert (found.same, found.column) == (117 / 119, "")
    assert found.expected == pytest.approx(39 / 119)


def test_labels_that_drift_along_the_rows():
    dice = np.random.default_rng(0)
    labels = (dice.random(2000) < np.linspace(0.1, 0.5, 2000))[:, None].astype(np.float32)
    found = measure_order(Binary(("y",), ("no", "yes")), labels)
    assert not found.is_sorted
    assert found.effect > 0.1
    assert found.label == "yes"
    assert found.first_share < 0.2 < 0.4 < found.last_share


def test_neighbours_that_belong_together():
    dice = np.random.default_rng(0)
    labels = np.repeat(dice.integers(0, 3, 400), 4).astype(np.int32)
    found = measure_order(TOPICS, labels)
    assert found.same > 0.8
    assert found.stds > 6


def test_of_several_columns_the_one_that_follows_the_order_is_named():
    dice = np.random.default_rng(0)
    labels = np.stack([dice.random(300) < 0.5, np.arange(300) < 150], axis=1).astype(np.float32)
    assert measure_order(MultiLabel(("rude", "mean")), labels).column == "mean"


def test_numbers_that_rise():
    task = Regression(("n",), ((0.0, 1.0),))
    found = measure_order(task, np.linspace(0, 1, 500)[:, None].astype(np.float32))
    assert found.is_sorted
    assert found.label == ""


@given(st.integers(0, 10**6), st.sampled_from([60, 500, 3000]), st.sampled_from([2, 3, 20]))
@settings(max_examples=60, deadline=None)
def test_rows_in_random_order_have_none(seed, n_rows, n_classes):
    dice = np.random.default_rng(seed)
    shares = 1.0 / np.arange(1, n_classes + 1)
    labels = dice.choice(n_classes, n_rows, p=shares / shares.sum()).astype(np.int32)
    task = MultiClass(tuple(f"c{number:02d}" for number in range(n_classes)))
    assert measure_order(task, labels) is None


def test_few_rows_and_one_label_have_none():
    assert measure_order(TOPICS, np.array([0, 0, 1, 1])) is None
    assert measure_order(TOPICS, np.zeros(100, np.int32)) is None
