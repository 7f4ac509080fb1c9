import numpy as np
import pytest
from helpers.blend_cases import TASKS_AND_METRICS, blend_case, every_kind, every_method
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.config.registries import registry
from regard.ensembling import METHODS, combine, fit, methods_for


@every_kind
@every_method
@given(seed=st.integers(0, 1000), n_members=st.integers(1, 12), n_rows=st.integers(1, 40))
@settings(max_examples=5, deadline=None)
def test_a_row_is_combined_to_the_same_bytes_whatever_rows_are_beside_it(
    kind, method, seed, n_members, n_rows
):
    members, objective, _ = blend_case(kind, n_members=n_members, seed=seed)
    task = objective.task
    if METHODS[method].needs == ("references",) and not task.independent_probabilities:
        return
    fitted = fit(method, members, objective)
    rows = np.random.default_rng(seed).integers(0, members.shape[1], n_rows)
    together = combine(fitted, members[:, rows], task)
    for index, row in enumerate(rows):
        alone = combine(fitted, members[:, row : row + 1], task)
        assert alone.tobytes() == together[index : index + 1].tobytes()
    half = combine(fitted, members[:, rows[n_rows // 2 :]], task)
    assert half.tobytes() == together[n_rows // 2 :].tobytes()


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
