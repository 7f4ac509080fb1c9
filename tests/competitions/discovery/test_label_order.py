import numpy as np
import pytest

from regard.competitions.discovery.label_order import compare_orders, measure_order


def test_compare_orders_by_hand():
    # Only neighbours are confused, both of them with 1.
    confusion = np.array([[10.0, 20, 0], [0, 10, 0], [0, 20, 10]])
    ratio, share = compare_orders(confusion)
    # Independent predictions: 0 becomes 1 or 2 in 30 * 50 and 30 * 10 cases, 1 becomes 0 or 2 in
    # 10 * 10 each, 2 becomes 0 or 1 in 30 * 10 and 30 * 50.
    distance = 30 * 50 + 2 * 30 * 10 + 2 * 10 * 10 + 2 * 30 * 10 + 30 * 50
    n_mistakes = 30 * 60 * 2 + 10 * 20
    assert ratio == pytest.approx(1 / (distance / n_mistakes))
    assert share == pytest.approx(2 / 6)


def test_too_few_mistakes():
    assert measure_order(np.array([0, 1, 2] * 3), ["a b", "c d", "e f"] * 3) is None
