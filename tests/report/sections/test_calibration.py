import numpy as np
import pytest
from helpers.report_cases import CASES, Page, render_section
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.report.sections.calibration import events, expected_error, reliability
from regard.tasks import Targets


def test_bins_by_hand():
    probabilities = np.array([0.9, 0.1, 0.8, 0.2])
    happened = np.array([False, False, True, False])
    bins = reliability(probabilities, happened, np.ones(4), n_bins=2)
    assert bins["predicted"] == pytest.approx([0.15, 0.85])
    assert bins["observed"].tolist() == [0.0, 0.5]
    assert bins["weight"].tolist() == [0.5, 0.5]
    assert expected_error(bins) == pytest.approx(0.5 * 0.15 + 0.5 * 0.35)


def test_events():
    task, labels, outputs = CASES["multi_class"]
    probabilities, happened, weights = events(task, labels, outputs)
    assert probabilities == pytest.approx([0.9, 0.7, 0.8, 0.6])
    assert happened.tolist() == [True, False, True, True]
    assert weights.tolist() == [1.0] * 4
    task, labels, outputs = CASES["multi_label"]
    probabilities, happened, weights = events(task, labels, outputs, np.array([1.0, 2, 3, 4]))
    assert probabilities[:4] == pytest.approx([0.9, 0.1, 0.2, 0.1])
    assert happened[:4].tolist() == [True, False, False, False]
    assert weights[:4].tolist() == [1.0, 1.0, 2.0, 2.0]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0.1, 5)), min_size=1, max_size=60),
    st.integers(1, 20),
)
@settings(max_examples=50, deadline=None)
def test_bins_hold_everything(rows, n_bins):
    probabilities, happened, weights = (np.array(column) for column in zip(*rows, strict=True))
    bins = reliability(probabilities, happened, weights, n_bins=n_bins)
    assert bins["weight"].sum() == pytest.approx(1)
    mean = np.average(probabilities, weights=weights)
    assert (bins["weight"] * bins["predicted"]).sum() == pytest.approx(mean)
    assert (np.diff(bins["predicted"]) >= -1e-12).all()
    assert 0 <= expected_error(bins) <= 1


@pytest.mark.slow
def test_measures_of_both():
    page = render_section("calibration", "binary")
    squares = np.mean(np.square([0.1, 0.8, 0.1, 0.6]))
    assert f"<td>{squares:.4f}</td>" in page
    assert "as predicted" in page
    assert "with a temperature" in page
    assert page.count("<svg") == 2


@pytest.mark.slow
def test_too_sure_models_get_better_by_a_temperature():
    dice = np.random.default_rng(0)
    true = dice.uniform(0.1, 0.9, 2000)
    labels = (dice.random(2000) < true).astype(np.float32)[:, None]
    odds = (true / (1 - true)) ** 3
    page = render_section(
        "calibration",
        "binary",
        targets=Targets(labels),
        outputs=(odds / (1 + odds)).astype(np.float32)[:, None],
        folds=np.arange(2000) % 4,
    )
    before, after = errors_of(page)
    assert before > 0.1
    assert after < 0.04
    assert "on the other folds: 3." in page or "on the other folds: 2." in page


def errors_of(page):
    """Return the calibration error of each row of the table."""
    rows = page.partition("<tbody>")[2].split("<tr>")[1:]
    return [float(row.split("<td>")[1].partition("<")[0]) for row in rows]


@pytest.mark.slow
def test_one_fold_has_no_temperature():
    text = Page(render_section("calibration", folds=np.zeros(4, int))).text
    assert "With one fold" in text
    assert "with a temperature" not in text


@pytest.mark.slow
def test_calibrated_run_shows_its_models_without_the_temperature():
    dice = np.random.default_rng(0)
    true = dice.uniform(0.1, 0.9, 2000)
    labels = (dice.random(2000) < true).astype(np.float32)[:, None]
    calibration = {"temperature": 2.25, "by_fold": [2.0, 3.0]}
    page = render_section(
        "calibration",
        "binary",
        targets=Targets(labels),
        outputs=true.astype(np.float32)[:, None],
        folds=np.arange(2000) % 2,
        calibration=calibration,
    )
    before, after = errors_of(page)
    assert before > 0.1
    assert after < 0.04
    text = Page(page).text
    assert "This run is calibrated" in text
    assert "a temperature of 2.25, fitted on all" in text
    assert "Here each fold has that of the other folds: 2.00, 3.00." in text
    assert "without the temperature" in text
