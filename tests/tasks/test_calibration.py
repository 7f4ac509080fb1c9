import numpy as np
import pytest
from helpers.report_cases import CASES
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.tasks import TASKS
from regard.tasks.calibration import cross_fitted, fit_temperature, scale, slopes_before

BINARY, *_ = CASES["binary"]
CLASSES = TASKS["multi_class"](("a", "b"))


def test_odds_are_divided_by_hand():
    # odds of 9 to 1, and their root of 3 to 1
    assert scale(BINARY, np.array([[0.9]]), 2.0).tolist() == [[pytest.approx(0.75)]]
    # 0.8 to 0.2, and their roots
    assert scale(CLASSES, np.array([[0.8, 0.2]]), 2.0) == pytest.approx(np.array([[2, 1]]) / 3)


@given(
    st.lists(st.floats(0, 1, width=32), min_size=3, max_size=3),
    st.floats(0.05, 20),
)
@settings(max_examples=50, deadline=None)
def test_the_order_is_kept(outputs, temperature):
    row = np.array([outputs], np.float32)
    scaled = scale(TASKS["multi_label"](("a", "b", "c")), row, temperature)
    order = row[0].argsort(kind="stable")
    assert (np.diff(scaled[0, order]) >= 0).all()
    assert scaled.dtype == np.float32
    task, _, _ = CASES["multi_class"]
    classes = scale(task, (row + 0.01) / (row + 0.01).sum(), temperature)
    assert classes.sum() == pytest.approx(1, abs=1e-5)
    assert (np.diff(classes[0, order]) >= -1e-6).all()


def test_the_right_temperature_is_found():
    dice = np.random.default_rng(0)
    true = dice.uniform(0.05, 0.95, (5000, 1))
    labels = (dice.random((5000, 1)) < true).astype(np.float32)
    sharper = scale(BINARY, true, 0.5)
    assert fit_temperature(BINARY, labels, sharper) == pytest.approx(2.0, rel=0.1)
    assert fit_temperature(BINARY, labels, true) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("kind", ["binary", "multi_class", "multi_label"])
@pytest.mark.parametrize("factor", [0.4, 3.0])
def test_log_odds_by_a_factor_are_found_out(kind, factor):
    dice = np.random.default_rng(3)
    task, n_rows = CASES[kind][0], 4000
    true = dice.dirichlet(np.ones(3), n_rows) if kind == "multi_class" else None
    if true is None:
        true = dice.uniform(0.05, 0.95, (n_rows, task.n_outputs))
        labels = (dice.random(true.shape) < true).astype(np.float32)
    else:
        labels = (dice.random((n_rows, 1)) > true.cumsum(axis=1)).sum(axis=1)
    given = scale(task, true.astype(np.float32), 1.0 / factor)
    found = fit_temperature(task, labels, given)
    assert found == pytest.approx(factor, rel=0.1)
    calibrated, temperatures = cross_fitted(task, labels, given, np.arange(n_rows) % 5)
    assert list(temperatures.values()) == pytest.approx([factor] * 5, rel=0.15)
    assert task.mean_loss(calibrated, labels) < task.mean_loss(given, labels) - 0.005


@given(st.lists(st.integers(1, 999), min_size=3, max_size=3, unique=True), st.floats(0.2, 5))
@settings(max_examples=50, deadline=None)
def test_decisions_and_true_temperatures_change_nothing(shares, temperature):
    task, _, _ = CASES["multi_class"]
    outputs = (np.array([shares]) / sum(shares)).astype(np.float32)
    assert scale(task, outputs, temperature).argmax() == outputs.argmax()
    np.testing.assert_allclose(scale(task, outputs, 1.0), outputs, rtol=1e-5)
    back = scale(task, scale(task, outputs, temperature), 1 / temperature)
    np.testing.assert_allclose(back, outputs, atol=1e-3)


@pytest.mark.parametrize("kind", ["binary", "multi_class", "multi_label"])
def test_slopes_are_those_of_small_steps(kind):
    task, _, outputs = CASES[kind]
    wide, step = outputs.astype(np.float64), 1e-6
    slopes = np.random.default_rng(4).normal(size=wide.shape)
    found = slopes_before(task, wide, slopes, 2.5)
    for column in range(wide.shape[1]):
        moved = np.zeros_like(wide)
        moved[:, column] = step
        change = scale(task, wide + moved, 2.5) - scale(task, wide - moved, 2.5)
        expected = (slopes * change).sum(axis=1) / (2 * step)
        np.testing.assert_allclose(found[:, column], expected, rtol=1e-4, atol=1e-7)


def test_weights_count_as_repeated_rows():
    dice = np.random.default_rng(1)
    labels = dice.integers(0, 2, (40, 1)).astype(np.float32)
    outputs, weights = dice.uniform(0.1, 0.9, (40, 1)), dice.integers(1, 4, 40)
    rows = np.repeat(np.arange(40), weights)
    found = fit_temperature(BINARY, labels, outputs, weights.astype(float))
    assert found == pytest.approx(fit_temperature(BINARY, labels[rows], outputs[rows]), rel=1e-3)


def test_few_rows_keep_their_probabilities():
    assert fit_temperature(BINARY, np.ones((9, 1)), np.full((9, 1), 0.9)) == 1.0


def test_a_fold_does_not_choose_its_temperature():
    dice = np.random.default_rng(2)
    labels = dice.integers(0, 2, (60, 1)).astype(np.float32)
    outputs, folds = dice.uniform(0.1, 0.9, (60, 1)), np.arange(60) % 3
    scaled, temperatures = cross_fitted(BINARY, labels, outputs, folds)
    changed = labels.copy()
    changed[folds == 1] = 1 - changed[folds == 1]
    again, others = cross_fitted(BINARY, changed, outputs, folds)
    assert others[1] == temperatures[1]
    assert others[0] != temperatures[0]
    assert (again[folds == 1] == scaled[folds == 1]).all()


def test_one_fold_is_left_as_it_is():
    outputs = np.full((20, 1), 0.5 + 0.01)
    _, temperatures = cross_fitted(BINARY, np.ones((20, 1)), outputs, np.zeros(20, int))
    assert temperatures == {0: 1.0}


def test_rows_without_weight_choose_no_temperature():
    labels, outputs = np.ones((40, 1)), np.full((40, 1), 0.9)
    weights = np.repeat([1.0, 0.0], 20)
    _, temperatures = cross_fitted(BINARY, labels, outputs, np.arange(40) // 20, weights)
    assert temperatures[0] == 1.0
