import numpy as np
import pytest
from helpers.blend_cases import TASKS_AND_METRICS, blend_case, every_method
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.config.registries import registry
from regard.ensembling import METHODS, Fit, combine, fit, methods_for


def test_a_mean_of_ranks_has_their_order_and_the_values_of_the_mean():
    members = np.array([[0.1, 0.2, 0.9], [0.5, 0.7, 0.6]])[:, :, None]
    fitted = Fit("rank_mean", np.array([0.5, 0.5]))
    found = combine(fitted, members, TASKS_AND_METRICS["binary"][0])
    np.testing.assert_allclose(found[:, 0], [0.3, 0.45, 0.45], atol=1e-7)


def test_a_mean_of_ranks_does_not_depend_on_the_scale_of_a_member():
    members, objective, _ = blend_case()
    squeezed = np.stack([members[0], members[1] ** 3, members[2]])
    fitted = Fit("rank_mean", np.full(3, 1 / 3))
    orders = [
        combine(fitted, some, objective.task)[:, 0].argsort(kind="stable")
        for some in (members, squeezed)
    ]
    np.testing.assert_array_equal(*orders)


@every_method
@given(seed=st.integers(0, 1000), n_members=st.integers(1, 5))
@settings(max_examples=10, deadline=None)
def test_weights_are_not_negative_and_sum_to_one(method, seed, n_members):
    members, objective, _ = blend_case(seed=seed, n_members=n_members)
    weights = fit(method, members, objective).weights
    if method == "stacker":
        assert weights.shape == (n_members, 1)
    else:
        assert (weights >= 0).all()
        assert weights.sum() == pytest.approx(1)


def test_the_setting_reads_the_registry():
    assert registry("blend.method") is METHODS
    assert list(METHODS) == ["mean", "rank_mean", "hill_climbing", "nnls", "stacker"]


@pytest.mark.parametrize(
    ("kind", "metric", "suits"),
    [
        ("binary", "roc_auc", True),
        ("multi_label", "mean_column_roc_auc", True),
        ("soft_labels", "spearman", True),
        ("multi_class", "roc_auc", False),
        ("ordinal", "spearman", False),
        ("regression", "spearman", False),
        ("binary", "log_loss", False),
    ],
)
def test_means_of_ranks_suit_only_metrics_of_ranks_and_independent_outputs(kind, metric, suits):
    assert ("rank_mean" in methods_for(metric, TASKS_AND_METRICS[kind][0])) == suits
