import matplotlib
import numpy as np
import pytest
from helpers.report_cases import HISTORY

from regard.report.figures import (
    BLUE,
    COLORS,
    Line,
    draw_figure,
    histogram,
    lines,
    loss_curves,
    scatter,
    score_curves,
)
from regard.report.figures.learning_curves import _mean_line
from regard.report.figures.lines import thinned

pytestmark = pytest.mark.slow  # imports matplotlib


def test_a_thin_line_for_each_fold_and_a_mean():
    figure = loss_curves([HISTORY, HISTORY])
    assert figure.count("stroke: var(--blue); stroke-opacity: 0.35") == 2
    assert figure.count("stroke: var(--blue); stroke-width: 2") >= 1
    for text in ("epoch", "loss", "training", "validation"):
        assert f">{text}</text>" in figure
    assert "0.35" not in loss_curves([HISTORY])


def test_the_mean_ends_where_the_first_fold_ends():
    longer = {**HISTORY, "epochs": [*HISTORY["epochs"], {**HISTORY["epochs"][1], "epoch": 3}]}
    (mean,) = (line for line in _mean_line([HISTORY, longer], "loss")[1:])
    assert mean.tolist() == [0.9, 0.5]


def test_each_fold_has_a_line_of_its_own():
    figure = score_curves([HISTORY] * 7, range(7), "score", "validation score")
    for fold in range(7):
        assert f">fold {fold}</text>" in figure
    # after the last colour, lines are dashed
    assert figure.count("stroke-dasharray") >= 2
    assert ">validation score</text>" in figure


def test_colours_follow_the_scheme_of_the_page():
    def draw(axes):
        for height, color in enumerate(COLORS):
            axes.axhline(height, color=color, label="a")

    figure = draw_figure(draw, salt="a", x_label="share (%)", y_label="rows")
    assert ">share (%)</text>" in figure
    for color in COLORS:
        assert color not in figure
    assert figure.count("var(--blue)") >= 1


def test_many_rows_are_thinned_out():
    numbers = np.linspace(0, 1, 5000)
    assert scatter(numbers, numbers, salt="a").count("<use ") < 2100


def test_figures_of_one_page_share_no_ids():
    numbers = np.array([0.0, 1.0])
    assert "id=" in scatter(numbers, numbers, salt="a")
    assert scatter(numbers, numbers, salt="a") != scatter(numbers, numbers, salt="b")


def test_settings_of_matplotlib_do_not_matter():
    figure = loss_curves([HISTORY])
    changed = {"lines.linewidth": 9, "svg.hashsalt": "other", "axes.facecolor": "red"}
    with matplotlib.rc_context(changed):
        before = dict(matplotlib.rcParams)
        assert loss_curves([HISTORY]) == figure
        assert dict(matplotlib.rcParams) == before


def test_lines_are_thinned_out():
    x = np.linspace(0, 1, 5000)
    figure = lines([Line(x, x**2, BLUE)], x_label="x", y_label="y", salt="a")
    assert len(figure) < 20_000
    few, heights = thinned(x, x**2)
    assert len(few) <= 120
    assert (few[0], few[-1]) == (0, 1)
    assert (heights == few**2).all()


def test_thinned_by_hand():
    x, y = thinned(np.array([0, 0, 0.5, 1]), np.array([0, 0.5, 1, 1]), 3)
    assert (x.tolist(), y.tolist()) == ([0, 0.5, 1], [0, 1, 1])


def test_equal_points_are_one():
    x, y = thinned(np.zeros(500), np.zeros(500))
    assert len(x) == len(y) <= 120


def test_axes_and_names_of_lines():
    line = Line(np.array([0, 1]), np.array([0, 1]), BLUE, marked=True, label="as predicted")
    figure = lines([line], x_label="recall", y_label="precision", salt="a", diagonal=True)
    for text in ("recall", "precision", "as predicted"):
        assert f">{text}</text>" in figure
    assert "stroke-dasharray" in figure


def test_a_histogram_is_one_outline():
    numbers = np.random.default_rng(0).normal(size=5000)
    figure = histogram(numbers, x_label="predicted minus true", salt="a", zero=True)
    assert figure.count("var(--blue)") < 5
    assert ">rows</text>" in figure
    assert len(figure) < 20_000


def test_a_histogram_of_one_value():
    assert "<svg" in histogram(np.zeros(1), x_label="x", salt="a")
