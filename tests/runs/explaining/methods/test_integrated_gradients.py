import numpy as np
import pytest
from helpers.explained import WordCounts, chance, run_of
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.runs.explaining import explain
from regard.runs.explaining.methods.integrated_gradients import quadrature

ODDS = st.floats(-4, 4)


@settings(deadline=None)
@given(ODDS, ODDS)
def test_the_weights_sum_to_the_difference_from_zero_vectors(a, b):
    run = run_of(WordCounts({"a": a, "b": b}, kind="network"))
    table = explain(run, "a b c a", method="integrated_gradients")
    decided = 1 if chance(2 * a + b) >= 0.5 else -1
    difference = decided * (chance(2 * a + b) - 0.5)
    assert table["weight"].sum() == pytest.approx(difference, abs=1e-4)
    assert table["weight"][2] == 0
    assert table["weight"][0] == pytest.approx(table["weight"][3])


def test_quadrature_is_exact_for_polynomials():
    scales, weights = quadrature()
    assert ((scales > 0) & (scales < 1)).all()
    for power in range(10):
        assert np.sum(weights * scales**power) == pytest.approx(1 / (power + 1))
