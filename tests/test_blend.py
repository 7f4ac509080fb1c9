"""Blends of arrays; then blends of runs, and of seeds, on the tiny competition."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard import blend, metrics
from regard.blend import Goal
from regard.config import ThresholdsConfig
from regard.errors import ConfigError
from regard.task import Task, Truth

TASKS = {
    "binary": (Task("binary", ("y",)), "roc_auc"),
    "multi_class": (Task("multi_class", ("a", "b", "c")), "log_loss"),
    "multi_label": (Task("multi_label", ("a", "b")), "f1_macro"),
    "ordinal": (Task("ordinal", ("1", "2", "3")), "quadratic_weighted_kappa"),
    "regression": (Task("regression", ("u", "v"), ranges=((-9.0, 9.0), (-9.0, 9.0))), "mcrmse"),
    "soft_labels": (Task("soft_labels", ("a", "b")), "spearman"),
    "shares": (Task("soft_labels", ("a", "b", "c"), exclusive=True), "log_loss"),
}
TUNED = ThresholdsConfig(tuned=True, per_label=True)


def labels_of(task, random, n_rows):
    if task.kind in ("multi_class", "ordinal"):
        return (np.arange(n_rows) % 3).astype(np.int32)
    if task.kind == "regression":
        return random.normal(size=(n_rows, 2)).astype(np.float32)
    if task.kind == "soft_labels":
        cells = random.random((n_rows, task.n_outputs))
        return (cells / cells.sum(axis=1, keepdims=True) if task.exclusive else cells).astype(np.float32)
    return (random.random((n_rows, task.n_outputs)) < 0.4).astype(np.float32)


def a_case(kind="binary", *, n_members=3, n_rows=60, seed=0, weighted=False, metric=None):
    """Members that know the truth, each with its own noise; the first the least."""
    random = np.random.default_rng(seed)
    task, usual = TASKS[kind]
    labels = labels_of(task, random, n_rows)
    weights = random.uniform(0.5, 2.0, n_rows) if weighted else None
    goal = Goal(metric or usual, task, Truth(labels, weights), TUNED)
    perfect = blend._targets(goal)
    members = []
    for place in range(n_members):
        noisy = perfect + random.normal(size=perfect.shape) * (0.6 + 0.4 * place)
        if task.activation != "linear":
            noisy = 1 / (1 + np.exp(-3 * (noisy - 0.5)))
        members.append(noisy / noisy.sum(axis=1, keepdims=True) if task.activation == "softmax" else noisy)
    return np.stack(members).astype(np.float32), goal, np.arange(n_rows) // 2 % 3


def with_labels(goal, labels):
    return dataclasses.replace(goal, truth=dataclasses.replace(goal.truth, labels=labels))


every_kind = pytest.mark.parametrize("kind", TASKS)
every_method = pytest.mark.parametrize("method", ["mean", "rank_mean", "hill_climbing", "nnls", "stacker"])


def test_the_mean_of_two_members():
    members = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]])
    goal = Goal("accuracy", Task("multi_class", ("a", "b")), Truth(np.array([0, 1])), TUNED)
    made = blend.blend(members, goal, np.array([0, 1]), method="mean")
    np.testing.assert_allclose(made.outputs, [[0.8, 0.2], [0.4, 0.6]], atol=1e-7)
    assert made.scores == {"mean": 1.0}
    assert made.fit.weights.tolist() == [0.5, 0.5]


def test_a_mean_of_ranks_has_their_order_and_the_values_of_the_mean():
    members = np.array([[0.1, 0.2, 0.9], [0.5, 0.7, 0.6]])[:, :, None]
    fitted = blend.Fit("rank_mean", np.array([0.5, 0.5]))
    found = blend.combine(fitted, members, TASKS["binary"][0])
    np.testing.assert_allclose(found[:, 0], [0.3, 0.45, 0.45], atol=1e-7)


def test_hill_climbing_adds_the_members_that_help():
    labels = np.array([[0.0], [0.0], [1.0], [1.0]])
    goal = Goal("rmse", Task("regression", ("y",), ranges=((0.0, 1.0),)), Truth(labels), TUNED)
    errors = np.array([[0.2, 0.0, 0.0, 0.0], [-0.2, 0.0, 0.0, 0.0], [0.4, 0.4, -0.4, -0.4]])
    ranged = dataclasses.replace(goal.task, ranges=((-1.0, 2.0),))
    goal = dataclasses.replace(goal, task=ranged)
    weights = blend.fit("hill_climbing", labels + errors[:, :, None], goal).weights
    np.testing.assert_allclose(weights, [0.5, 0.5, 0.0])


def test_nonnegative_least_squares_finds_the_shares_the_truth_was_made_of():
    random = np.random.default_rng(0)
    members = random.random((3, 50, 2))
    labels = np.tensordot([0.7, 0.0, 0.3], members, axes=1)
    goal = Goal("rmse", Task("regression", ("u", "v"), ranges=((0.0, 1.0),) * 2), Truth(labels), TUNED)
    np.testing.assert_allclose(blend.fit("nnls", members, goal).weights, [0.7, 0.0, 0.3], atol=1e-9)


def test_a_stacker_corrects_probabilities_that_are_too_sure():
    random = np.random.default_rng(0)
    chance = random.random(4000)
    labels = (random.random(4000) < chance).astype(np.float32)[:, None]
    log_odds = np.log(chance / (1 - chance))
    too_sure = 1 / (1 + np.exp(-3 * log_odds))
    goal = Goal("log_loss", TASKS["binary"][0], Truth(labels), TUNED)
    fitted = blend.fit("stacker", too_sure[None, :, None], goal)
    found = blend.combine(fitted, too_sure[None, :, None], goal.task)[:, 0]
    assert np.abs(found - chance).max() < 0.1


def test_auto_takes_the_method_of_the_best_score():
    members, goal, folds = a_case("multi_class")
    made = blend.blend(members, goal, folds)
    assert set(made.scores) == {"mean", "hill_climbing", "nnls", "stacker"}
    assert made.scores[made.fit.method] == min(made.scores.values())
    assert made.scores[made.fit.method] == blend.honest_score(goal, made.outputs, folds)


def test_a_score_that_is_not_defined_is_never_the_best():
    assert blend.best_of({"mean": np.nan, "nnls": 3.0, "stacker": 2.0}, "rmse") == "stacker"
    assert blend.best_of({"mean": np.nan, "nnls": 3.0, "stacker": 2.0}, "roc_auc") == "nnls"


@every_kind
@pytest.mark.parametrize("weighted", [False, True])
def test_every_method_blends_every_kind_of_task_into_valid_outputs(kind, weighted):
    members, goal, folds = a_case(kind, weighted=weighted)
    for method in blend.methods_for(goal.metric, goal.task):
        made = blend.blend(members, goal, folds, method=method)
        assert made.outputs.shape == members.shape[1:]
        assert made.outputs.dtype == np.float32
        assert np.isfinite(made.scores[method])
        if goal.task.kind != "regression":
            assert made.outputs.min() >= 0
            assert made.outputs.max() <= 1
        if goal.task.activation == "softmax":
            np.testing.assert_allclose(made.outputs.sum(axis=1), 1, atol=1e-5)


@every_kind
def test_the_best_of_all_blends_is_about_as_good_as_the_best_member(kind):
    members, goal, folds = a_case(kind, n_rows=300)
    alone = [blend.honest_score(goal, member, folds) for member in members]
    best = blend.blend(members, goal, folds).scores
    if metrics.greater_is_better(goal.metric):
        assert max(best.values()) > max(alone) - 0.02
    else:
        assert min(best.values()) < min(alone) + 0.02


@every_method
@given(seed=st.integers(0, 1000), n_members=st.integers(1, 5))
@settings(max_examples=10, deadline=None)
def test_weights_are_not_negative_and_sum_to_one(method, seed, n_members):
    members, goal, _ = a_case(seed=seed, n_members=n_members)
    weights = blend.fit(method, members, goal).weights
    if method == "stacker":
        assert weights.shape == (n_members, 1)
    else:
        assert (weights >= 0).all()
        assert weights.sum() == pytest.approx(1)


@every_method
@given(seed=st.integers(0, 1000), fold=st.integers(0, 2))
@settings(max_examples=10, deadline=None)
def test_the_labels_of_a_fold_change_the_blend_of_other_folds_only(method, seed, fold):
    members, goal, folds = a_case(seed=seed)
    before = blend.blend(members, goal, folds, method=method).outputs
    labels = np.where(folds[:, None] == fold, 1 - goal.truth.labels, goal.truth.labels)
    after = blend.blend(members, with_labels(goal, labels), folds, method=method).outputs
    np.testing.assert_array_equal(after[folds == fold], before[folds == fold])
    if method in ("nnls", "stacker"):
        assert (after[folds != fold] != before[folds != fold]).any()


@every_kind
@given(seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_hill_climbing_is_never_worse_on_its_rows_than_the_best_member(kind, seed):
    members, goal, _ = a_case(kind, seed=seed)
    fitted = blend.fit("hill_climbing", members, goal)
    blended = np.tensordot(fitted.weights, members.astype(np.float64), axes=1)
    best = max(blend._objective(goal, member) for member in members)
    assert blend._objective(goal, blended) >= best - 1e-12


def test_hill_climbing_that_saw_some_rows_is_not_worse_on_all_of_them(monkeypatch):
    monkeypatch.setattr(blend, "_N_ROWS", 4)
    for seed in range(10):
        members, goal, _ = a_case(seed=seed, metric="log_loss")
        weights = blend.fit("hill_climbing", members, goal).weights
        blended = np.tensordot(weights, members.astype(np.float64), axes=1)
        best = max(blend._objective(goal, member) for member in members)
        assert blend._objective(goal, blended) >= best - 1e-12


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_quick_auc_is_the_metric(seed):
    members, goal, _ = a_case("multi_label", seed=seed, n_rows=20, metric="mean_column_roc_auc")
    outputs = members[0].round(1)
    expected = metrics.score("mean_column_roc_auc", goal.task, goal.truth, outputs)
    found = blend._objective(goal, outputs)
    assert found == pytest.approx(expected) or (np.isnan(expected) and found == -np.inf)


def test_a_mean_of_ranks_does_not_depend_on_the_scale_of_a_member():
    members, goal, _ = a_case()
    squeezed = np.stack([members[0], members[1] ** 3, members[2]])
    fitted = blend.Fit("rank_mean", np.full(3, 1 / 3))
    orders = [blend.combine(fitted, some, goal.task)[:, 0].argsort(kind="stable") for some in (members, squeezed)]
    np.testing.assert_array_equal(*orders)


@every_kind
def test_rows_that_no_fold_held_out_change_nothing_and_get_nothing(kind):
    members, goal, folds = a_case(kind)
    folds = np.where(np.arange(60) < 6, -1, folds)
    members[1, 7, 0] = np.nan
    left_out = np.array([*range(6), 7])
    kept = np.setdiff1d(np.arange(60), left_out)
    made = blend.blend(members, goal, folds)
    alone = blend.blend(members[:, kept], goal.take(kept), folds[kept])
    assert np.isnan(made.outputs[left_out]).all()
    np.testing.assert_array_equal(made.outputs[kept], alone.outputs)
    assert made.scores == alone.scores


def test_a_column_without_a_positive_among_the_other_folds_is_still_blended():
    members, goal, folds = a_case("multi_label", metric="log_loss")
    labels = goal.truth.labels.copy()
    labels[folds != 1, 0] = 0
    made = blend.blend(members, with_labels(goal, labels), folds)
    assert np.isfinite(made.outputs).all()


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
def test_ranks_are_only_meant_where_nothing_else_counts(kind, metric, suits):
    assert ("rank_mean" in blend.methods_for(metric, TASKS[kind][0])) == suits
    members, goal, folds = a_case(kind, metric=metric)
    if not suits:
        with pytest.raises(ConfigError, match=r"blend.method=rank_mean does not suit .* there are: auto, mean, hill"):
            blend.blend(members, goal, folds, method="rank_mean")
