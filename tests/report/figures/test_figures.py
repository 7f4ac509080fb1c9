import matplotlib
import numpy as np
import pytest
from helpers.report_cases import HISTORY

from regard.report.figures import GREY, TEAL, learning_curves, scatter

pytestmark = pytest.mark.slow  # imports matplotlib


def test_a_line_for_each_fold_and_column():
    histories = [HISTORY, HISTORY]
    one = learning_curves(histories, {"score": TEAL})
    two = learning_curves(histories, {"loss": GREY, "score": TEAL})
    assert one.count(f"stroke: {TEAL}; stroke-opacity: 0.75; stroke-width: 1.4") == 2
    assert two.count(f"stroke: {TEAL}; stroke-opacity: 0.75; stroke-width: 1.4") == 2
    assert two.count(f"stroke: {GREY}; stroke-opacity: 0.75; stroke-width: 1.4") == 2


def test_many_rows_are_thinned_out():
    numbers = np.linspace(0, 1, 5000)
    assert scatter(numbers, numbers, salt="a").count("<use ") < 2100


def test_figures_of_one_page_share_no_ids():
    numbers = np.array([0.0, 1.0])
    assert "id=" in scatter(numbers, numbers, salt="a")
    assert scatter(numbers, numbers, salt="a") != scatter(numbers, numbers, salt="b")


def test_settings_of_matplotlib_do_not_matter():
    figure = learning_curves([HISTORY], {"score": TEAL})
    changed = {"lines.linewidth": 9, "svg.hashsalt": "other", "axes.facecolor": "red"}
    with matplotlib.rc_context(changed):
        before = dict(matplotlib.rcParams)
        assert learning_curves([HISTORY], {"score": TEAL}) == figure
        assert dict(matplotlib.rcParams) == before
