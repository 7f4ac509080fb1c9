import numpy as np
import pytest
from helpers.blend_cases import blend_case
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.ensembling import best_of, fit_score
from regard.ensembling.objective import column_stds, row_weights
from regard.metrics.registry import score


def test_an_undefined_score_is_never_the_best():
    assert best_of({"mean": np.nan, "nnls": 3.0, "stacker": 2.0}, "rmse") == "stacker"
    assert best_of({"mean": np.nan, "nnls": 3.0, "stacker": 2.0}, "roc_auc") == "nnls"


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_quick_auc_is_the_score_of_the_metric(seed):
    members, objective, _ = blend_case(
        "multi_label", seed=seed, n_rows=20, metric="mean_column_roc_auc"
    )
    outputs = members[0].round(1)
    expected = score("mean_column_roc_auc", objective.task, objective.targets, outputs)
    found = fit_score(objective, outputs)
    assert found == pytest.approx(expected) or (np.isnan(expected) and found == -np.inf)


def test_higher_is_better_for_every_metric():
    for metric in ("log_loss", "roc_auc"):
        members, objective, _ = blend_case(metric=metric)
        labels = objective.targets.labels
        assert fit_score(objective, 0.1 + 0.8 * labels) > fit_score(objective, members[2])


def test_thresholds_are_tuned_on_the_rows():
    _, objective, _ = blend_case("multi_label")
    outputs = 0.1 + 0.2 * objective.targets.labels  # right, but never above one half
    assert fit_score(objective, outputs) == 1.0


def test_rows_without_weights_count_alike():
    _, objective, _ = blend_case()
    assert row_weights(objective).tolist() == [1.0] * 60
    _, objective, _ = blend_case(weighted=True)
    assert row_weights(objective) is objective.targets.weights


def test_the_std_of_a_constant_column_is_1():
    assert column_stds(np.array([[1.0, 2.0], [1.0, 6.0]])).tolist() == [1.0, 2.0]
