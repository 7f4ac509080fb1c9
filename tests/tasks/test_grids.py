import numpy as np
import pytest
from helpers.cases import competition
from helpers.labels import label_frame
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.errors import ConfigError
from regard.metrics.registry import score
from regard.metrics.thresholds import is_tuned, tune, tune_over_folds
from regard.tasks import Regression, SoftLabels, Targets, task_from
from regard.tasks.grids import cut_names, cut_to_grids, nearest_cuts
from regard.tasks.submission import submitted_values

HALVES = Regression(("stars",), ((1.0, 3.0),), grids=((1.0, 1.5, 2.0, 2.5, 3.0),))


def settings_of(grid, **changed):
    return competition(task="regression", metric="rmse", label_grid=grid, **changed)


def test_numbers_are_cut_to_the_nearest_value():
    assert nearest_cuts([[0, 1, 3], [0, 0.5]]).tolist() == [0.5, 2, 0.25]
    assert HALVES.decide(np.array([[1.2], [1.3], [9.0]])).tolist() == [[1.0], [1.5], [3.0]]
    kept = cut_to_grids(np.array([[1.2]]), HALVES.grids, np.full(4, np.nan))
    assert kept.tolist() == [[1.2]]
    assert cut_names(("stars",), ((1.0, 1.5),)) == ("1 | 1.5",)
    assert cut_names(("a", "b"), ((0, 1), (0, 2))) == ("a: 0 | 1", "b: 0 | 2")


def test_a_step_or_the_values_of_train_make_the_grid():
    train = label_frame("1", "1.5", "3")
    by_step = Regression.from_labels(train, settings_of(0.5))
    assert by_step.grids == HALVES.grids
    assert Regression.from_labels(train, settings_of("auto")).grids == ((1.0, 1.5, 3.0),)
    assert Regression.from_labels(train, settings_of(None)).grids == ()
    assert task_from(by_step.to_dict()) == by_step
    soft = competition(task="soft_labels", metric="spearman", label_grid="auto")
    assert SoftLabels.from_labels(label_frame("0", "1", "0.5"), soft).grids == ((0.0, 0.5, 1.0),)


@pytest.mark.parametrize(
    ("grid", "changed", "message"),
    [
        ("half", {}, r"label_grid=half is not known; give auto, a step such as 0\.5"),
        (-1, {}, r"label_grid=-1 is not known"),
        (True, {}, r"label_grid=True is not known"),
        (1, {"task": "binary", "metric": "f1"}, r"is for tasks of numbers, not binary"),
        (1, {"task": "soft_labels", "metric": "log_loss"}, r"set competition\.label_grid=null"),
    ],
)
def test_a_grid_that_does_not_fit(grid, changed, message):
    with pytest.raises(ConfigError, match=message):
        competition(**{"task": "regression", "metric": "rmse", "label_grid": grid, **changed})


def test_a_grid_of_too_many_values_is_refused():
    train = label_frame(*map(str, range(300)))
    with pytest.raises(
        ConfigError, match=r"column 'label' has 300 values, but a grid has 2 to 200"
    ):
        Regression.from_labels(train, settings_of("auto"))


def test_a_submission_holds_values_of_the_grid():
    values = submitted_values(np.array([[1.2], [2.8]]), HALVES, settings_of(0.5), None)
    assert values.tolist() == [[1.0], [3.0]]
    soft = SoftLabels(("y",), grids=((0.0, 0.5, 1.0),))
    competition_ = competition(task="soft_labels", metric="spearman", label_grid="auto")
    values = submitted_values(np.array([[0.3], [0.9]]), soft, competition_, np.array([0.4, 0.95]))
    assert values.tolist() == [[0.0], [0.5]]


def test_ties_raise_the_rank_correlation_of_labels_on_a_grid():
    dice = np.random.default_rng(0)
    labels = dice.choice([0.0, 0.5, 1.0], 600, p=[0.9, 0.06, 0.04])[:, None]
    outputs = (0.2 * labels + 0.3 + 0.02 * dice.normal(size=labels.shape)).clip(0, 1)
    task, targets = SoftLabels(("y",), grids=((0.0, 0.5, 1.0),)), Targets(labels)
    assert is_tuned("spearman", task)
    plain = score("spearman", SoftLabels(("y",)), targets, outputs)
    tuned = tune_over_folds("spearman", task, targets, outputs, np.arange(600) % 5, per_label=True)
    assert tuned.honest_score > plain + 0.1


def test_metrics_of_numbers_are_scored_with_values_of_the_grid():
    targets = Targets(np.array([[1.0], [2.0]]))
    outputs = np.array([[1.2], [2.1]])
    assert score("rmse", HALVES, targets, outputs) == 0.0
    assert score("rmse", Regression(("stars",), ((1, 3),)), targets, outputs) > 0.1


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_tuned_cut_points_are_at_least_as_good_as_the_nearest_value(data):
    n_rows = data.draw(st.integers(1, 20))
    level = st.sampled_from([0.0, 0.5, 1.0])
    cells = st.lists(st.tuples(level, level), min_size=n_rows, max_size=n_rows)
    chances = st.lists(
        st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=n_rows, max_size=n_rows
    )
    task = SoftLabels(("a", "b"), grids=((0.0, 0.5, 1.0), (0.0, 0.5, 1.0)))
    targets, outputs = Targets(np.array(data.draw(cells))), np.array(data.draw(chances))
    metric = data.draw(st.sampled_from(["mae", "rmse", "spearman"]))
    found = tune(metric, task, targets, outputs)
    before, after = (score(metric, task, targets, outputs, cuts) for cuts in (None, found))
    if not np.isnan(before):
        assert after <= before + 1e-9 if metric != "spearman" else after >= before - 1e-9
    values = task.decide(outputs, found)
    if metric != "spearman":
        assert np.isin(values, [0.0, 0.5, 1.0]).all()
