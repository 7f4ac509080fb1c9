import numpy as np
import pytest
from helpers.blend_cases import blend_case
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.ensembling import combine, fit
from regard.ensembling.quantiles import mean_by_quantile, quantile_grids
from regard.metrics.registry import score

GRIDS = np.array([[[0, 0.2, 1]], [[0, 0.6, 1]]])
HALVES = np.array([0.5, 0.5])
probability = st.floats(0, 1, width=32)


def combined(first: float, second: float, grids: np.ndarray = GRIDS) -> float:
    members = np.array([first, second], np.float32)[:, None, None]
    return float(mean_by_quantile(members, HALVES, grids)[0, 0])


def test_quantiles_are_averaged_and_turned_back_into_probabilities():
    # 0.2 has the quantile 0.5, 0.8 has 0.75; at the mean of them, the members have 0.4 and 0.7.
    assert combined(0.2, 0.8) == pytest.approx(0.55)


def test_equal_quantiles_share_the_mean_of_their_levels():
    grids = np.array([[[0, 0.2, 0.2, 0.2, 1]], [[0, 0.25, 0.5, 0.75, 1]]])
    # The quantile of 0.2 is the mean of 1/4, 2/4 and 3/4, just as that of 0.5 among the others.
    assert combined(0.2, 0.5, grids) == pytest.approx((0.2 + 0.5) / 2)


def test_the_grid_of_a_member_has_the_ends_of_probabilities():
    random = np.random.default_rng(0)
    members = random.uniform(0.3, 0.4, (2, 50, 3)).astype(np.float32)
    grids = quantile_grids(members)
    assert grids.shape == (2, 3, 1003)
    assert (np.diff(grids) >= 0).all()
    np.testing.assert_array_equal(grids[..., 0], 0)
    np.testing.assert_array_equal(grids[..., -1], 1)
    np.testing.assert_allclose(grids[..., 1], members.min(axis=1))
    np.testing.assert_allclose(grids[..., 501], np.median(members, axis=1))


@given(seed=st.integers(0, 1000), values=st.lists(probability, min_size=1, max_size=20))
@settings(max_examples=30, deadline=None)
def test_a_member_alone_is_left_as_it_is(seed, values):
    grids = quantile_grids(blend_case(seed=seed, n_members=1)[0])
    rows = np.array(values, np.float32)[None, :, None]
    found = mean_by_quantile(rows, np.ones(1), grids)
    np.testing.assert_allclose(found, rows[0], atol=1e-7)


@given(
    seed=st.integers(0, 1000),
    other=probability,
    values=st.lists(probability, min_size=2, max_size=20),
    decimals=st.integers(1, 8),
)
@settings(max_examples=50, deadline=None)
def test_outputs_rise_with_each_member(seed, other, values, decimals):
    grids = quantile_grids(blend_case(seed=seed, n_members=2)[0].round(decimals))
    rising = np.unique(np.array(values, np.float32))
    for mine in (0, 1):
        members = np.full((2, len(rising), 1), other, np.float32)
        members[mine, :, 0] = rising
        found = mean_by_quantile(members, HALVES, grids)[:, 0]
        assert (np.diff(found) >= 0).all()
        # Between 0 and 1 every grid rises; only steps below the digits of float64 may be lost.
        assert (np.diff(found)[np.diff(rising) > 1e-6] > 0).all()
        assert ((found >= 0) & (found <= 1 + 1e-12)).all()


def test_the_order_does_not_depend_on_the_scale_of_a_member():
    members, objective, _ = blend_case(n_rows=200)
    squeezed = np.stack([members[0], members[1] ** 3, members[2]])
    found = [
        combine(fit("rank_mean", some, objective), some, objective.task)
        for some in (members, squeezed)
    ]
    scores = [score("roc_auc", objective.task, objective.targets, outputs) for outputs in found]
    assert scores[0] == pytest.approx(scores[1], abs=1e-3)
    agree = np.corrcoef(*(outputs[:, 0].argsort().argsort() for outputs in found))[0, 1]
    assert agree > 0.999
