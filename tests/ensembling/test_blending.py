"""Blends of arrays; then blends of runs on the tiny competition."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.cases import SMALL, tiny_tables, write_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from regard import artefacts, ensembling, pipeline
from regard.artefacts import read_array
from regard.competitions.kaggle import check_submission
from regard.config import ThresholdsConfig
from regard.ensembling import Goal, fitting
from regard.ensembling.objective import objective
from regard.errors import ConfigError
from regard.metrics import registry
from regard.tasks import (
    TASKS,
    Binary,
    MultiClass,
    MultiLabel,
    Ordinal,
    Regression,
    SoftLabels,
    Targets,
    targets,
)

ROOT = Path(__file__).resolve().parents[2]

TASKS = {
    "binary": (Binary(("y",)), "roc_auc"),
    "multi_class": (MultiClass(("a", "b", "c")), "log_loss"),
    "multi_label": (MultiLabel(("a", "b")), "f1_macro"),
    "ordinal": (Ordinal(("1", "2", "3")), "quadratic_weighted_kappa"),
    "regression": (Regression(("u", "v"), ranges=((-9.0, 9.0), (-9.0, 9.0))), "mcrmse"),
    "soft_labels": (SoftLabels(("a", "b")), "spearman"),
    "shares": (SoftLabels(("a", "b", "c"), exclusive=True), "log_loss"),
}
TUNED = ThresholdsConfig(tuned=True, per_label=True)


def labels_of(task, random, n_rows):
    if task.kind in ("multi_class", "ordinal"):
        return (np.arange(n_rows) % 3).astype(np.int32)
    if task.kind == "regression":
        return random.normal(size=(n_rows, 2)).astype(np.float32)
    if task.kind == "soft_labels":
        cells = random.random((n_rows, task.n_outputs))
        return (cells / cells.sum(axis=1, keepdims=True) if task.exclusive else cells).astype(
            np.float32
        )
    return (random.random((n_rows, task.n_outputs)) < 0.4).astype(np.float32)


def a_case(kind="binary", *, n_members=3, n_rows=60, seed=0, weighted=False, metric=None):
    """Members that know the truth, each with its own noise; the first the least."""
    random = np.random.default_rng(seed)
    task, usual = TASKS[kind]
    labels = labels_of(task, random, n_rows)
    weights = random.uniform(0.5, 2.0, n_rows) if weighted else None
    goal = Goal(metric or usual, task, Targets(labels, weights), TUNED)
    perfect = targets(goal.truth.labels, goal.task)
    members = []
    for place in range(n_members):
        noisy = perfect + random.normal(size=perfect.shape) * (0.6 + 0.4 * place)
        if task.activation != "linear":
            noisy = 1 / (1 + np.exp(-3 * (noisy - 0.5)))
        members.append(
            noisy / noisy.sum(axis=1, keepdims=True) if task.activation == "softmax" else noisy
        )
    return np.stack(members).astype(np.float32), goal, np.arange(n_rows) // 2 % 3


def with_labels(goal, labels):
    return dataclasses.replace(goal, truth=dataclasses.replace(goal.truth, labels=labels))


every_kind = pytest.mark.parametrize("kind", TASKS)
every_method = pytest.mark.parametrize(
    "method", ["mean", "rank_mean", "hill_climbing", "nnls", "stacker"]
)


def test_the_mean_of_two_members():
    members = np.array([[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]])
    goal = Goal("accuracy", MultiClass(("a", "b")), Targets(np.array([0, 1])), TUNED)
    made = ensembling.blend(members, goal, np.array([0, 1]), method="mean")
    np.testing.assert_allclose(made.outputs, [[0.8, 0.2], [0.4, 0.6]], atol=1e-7)
    assert made.scores == {"mean": 1.0}
    assert made.fit.weights.tolist() == [0.5, 0.5]


def test_a_mean_of_ranks_has_their_order_and_the_values_of_the_mean():
    members = np.array([[0.1, 0.2, 0.9], [0.5, 0.7, 0.6]])[:, :, None]
    fitted = ensembling.Fit("rank_mean", np.array([0.5, 0.5]))
    found = ensembling.combine(fitted, members, TASKS["binary"][0])
    np.testing.assert_allclose(found[:, 0], [0.3, 0.45, 0.45], atol=1e-7)


def test_hill_climbing_adds_the_members_that_help():
    labels = np.array([[0.0], [0.0], [1.0], [1.0]])
    goal = Goal("rmse", Regression(("y",), ranges=((0.0, 1.0),)), Targets(labels), TUNED)
    errors = np.array([[0.2, 0.0, 0.0, 0.0], [-0.2, 0.0, 0.0, 0.0], [0.4, 0.4, -0.4, -0.4]])
    ranged = dataclasses.replace(goal.task, ranges=((-1.0, 2.0),))
    goal = dataclasses.replace(goal, task=ranged)
    weights = ensembling.fit("hill_climbing", labels + errors[:, :, None], goal).weights
    np.testing.assert_allclose(weights, [0.5, 0.5, 0.0])


def test_nonnegative_least_squares_finds_the_shares_the_truth_was_made_of():
    random = np.random.default_rng(0)
    members = random.random((3, 50, 2))
    labels = np.tensordot([0.7, 0.0, 0.3], members, axes=1)
    goal = Goal("rmse", Regression(("u", "v"), ranges=((0.0, 1.0),) * 2), Targets(labels), TUNED)
    np.testing.assert_allclose(
        ensembling.fit("nnls", members, goal).weights, [0.7, 0.0, 0.3], atol=1e-9
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_stacker_keeps_the_order_of_ranks(seed):
    members, goal, _ = a_case("ordinal", seed=seed)
    members = np.minimum.accumulate(members, axis=2)
    stacked = ensembling.combine(ensembling.fit("stacker", members, goal), members, goal.task)
    assert (np.diff(stacked, axis=1) <= 0).all()


def test_a_stacker_corrects_probabilities_that_are_too_sure():
    random = np.random.default_rng(0)
    chance = random.random(4000)
    labels = (random.random(4000) < chance).astype(np.float32)[:, None]
    log_odds = np.log(chance / (1 - chance))
    too_sure = 1 / (1 + np.exp(-3 * log_odds))
    goal = Goal("log_loss", TASKS["binary"][0], Targets(labels), TUNED)
    fitted = ensembling.fit("stacker", too_sure[None, :, None], goal)
    found = ensembling.combine(fitted, too_sure[None, :, None], goal.task)[:, 0]
    assert np.abs(found - chance).max() < 0.1


def test_auto_takes_the_method_of_the_best_score():
    members, goal, folds = a_case("multi_class")
    made = ensembling.blend(members, goal, folds)
    assert set(made.scores) == {"mean", "hill_climbing", "nnls", "stacker"}
    assert made.scores[made.fit.method] == min(made.scores.values())
    assert made.scores[made.fit.method] == ensembling.honest_score(goal, made.outputs, folds)


def test_a_score_that_is_not_defined_is_never_the_best():
    assert ensembling.best_of({"mean": np.nan, "nnls": 3.0, "stacker": 2.0}, "rmse") == "stacker"
    assert ensembling.best_of({"mean": np.nan, "nnls": 3.0, "stacker": 2.0}, "roc_auc") == "nnls"


@pytest.mark.slow
@every_kind
@pytest.mark.parametrize("weighted", [False, True])
def test_every_method_blends_every_kind_of_task_into_valid_outputs(kind, weighted):
    members, goal, folds = a_case(kind, weighted=weighted)
    for method in ensembling.methods_for(goal.metric, goal.task):
        made = ensembling.blend(members, goal, folds, method=method)
        assert made.outputs.shape == members.shape[1:]
        assert made.outputs.dtype == np.float32
        assert np.isfinite(made.scores[method])
        if goal.task.kind != "regression":
            assert made.outputs.min() >= 0
            assert made.outputs.max() <= 1
        if goal.task.activation == "softmax":
            np.testing.assert_allclose(made.outputs.sum(axis=1), 1, atol=1e-5)


@pytest.mark.slow
@every_kind
def test_the_best_of_all_blends_is_about_as_good_as_the_best_member(kind):
    members, goal, folds = a_case(kind, n_rows=300)
    alone = [ensembling.honest_score(goal, member, folds) for member in members]
    best = ensembling.blend(members, goal, folds).scores
    if registry.greater_is_better(goal.metric):
        assert max(best.values()) > max(alone) - 0.02
    else:
        assert min(best.values()) < min(alone) + 0.02


@every_method
@given(seed=st.integers(0, 1000), n_members=st.integers(1, 5))
@settings(max_examples=10, deadline=None)
def test_weights_are_not_negative_and_sum_to_one(method, seed, n_members):
    members, goal, _ = a_case(seed=seed, n_members=n_members)
    weights = ensembling.fit(method, members, goal).weights
    if method == "stacker":
        assert weights.shape == (n_members, 1)
    else:
        assert (weights >= 0).all()
        assert weights.sum() == pytest.approx(1)


@pytest.mark.slow
@every_method
@given(seed=st.integers(0, 1000), fold=st.integers(0, 2))
@settings(max_examples=5, deadline=None)
def test_the_labels_of_a_fold_change_the_blend_of_other_folds_only(method, seed, fold):
    members, goal, folds = a_case(seed=seed)
    before = ensembling.blend(members, goal, folds, method=method).outputs
    labels = np.where(folds[:, None] == fold, 1 - goal.truth.labels, goal.truth.labels)
    after = ensembling.blend(members, with_labels(goal, labels), folds, method=method).outputs
    np.testing.assert_array_equal(after[folds == fold], before[folds == fold])
    if method in ("nnls", "stacker"):
        assert (after[folds != fold] != before[folds != fold]).any()


@every_kind
@given(seed=st.integers(0, 1000))
@settings(max_examples=5, deadline=None)
def test_hill_climbing_is_never_worse_on_its_rows_than_the_best_member(kind, seed):
    members, goal, _ = a_case(kind, seed=seed)
    fitted = ensembling.fit("hill_climbing", members, goal)
    blended = np.tensordot(fitted.weights, members.astype(np.float64), axes=1)
    best = max(objective(goal, member) for member in members)
    assert objective(goal, blended) >= best - 1e-12


def test_hill_climbing_that_saw_some_rows_is_not_worse_on_all_of_them(monkeypatch):
    monkeypatch.setattr(fitting, "_N_ROWS", 4)
    for seed in range(10):
        members, goal, _ = a_case(seed=seed, metric="log_loss")
        weights = ensembling.fit("hill_climbing", members, goal).weights
        blended = np.tensordot(weights, members.astype(np.float64), axes=1)
        best = max(objective(goal, member) for member in members)
        assert objective(goal, blended) >= best - 1e-12


@given(seed=st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_quick_auc_is_the_metric(seed):
    members, goal, _ = a_case("multi_label", seed=seed, n_rows=20, metric="mean_column_roc_auc")
    outputs = members[0].round(1)
    expected = registry.score("mean_column_roc_auc", goal.task, goal.truth, outputs)
    found = objective(goal, outputs)
    assert found == pytest.approx(expected) or (np.isnan(expected) and found == -np.inf)


def test_a_mean_of_ranks_does_not_depend_on_the_scale_of_a_member():
    members, goal, _ = a_case()
    squeezed = np.stack([members[0], members[1] ** 3, members[2]])
    fitted = ensembling.Fit("rank_mean", np.full(3, 1 / 3))
    orders = [
        ensembling.combine(fitted, some, goal.task)[:, 0].argsort(kind="stable")
        for some in (members, squeezed)
    ]
    np.testing.assert_array_equal(*orders)


@every_kind
def test_rows_that_no_fold_held_out_change_nothing_and_get_nothing(kind):
    members, goal, folds = a_case(kind)
    folds = np.where(np.arange(60) < 6, -1, folds)
    members[1, 7, 0] = np.nan
    left_out = np.array([*range(6), 7])
    kept = np.setdiff1d(np.arange(60), left_out)
    made = ensembling.blend(members, goal, folds, method="nnls")
    alone = ensembling.blend(members[:, kept], goal.take(kept), folds[kept], method="nnls")
    assert np.isnan(made.outputs[left_out]).all()
    np.testing.assert_array_equal(made.outputs[kept], alone.outputs)
    assert made.scores == alone.scores


def test_a_column_without_a_positive_among_the_other_folds_is_still_blended():
    members, goal, folds = a_case("multi_label", metric="log_loss")
    labels = goal.truth.labels.copy()
    labels[folds != 1, 0] = 0
    made = ensembling.blend(members, with_labels(goal, labels), folds)
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
    assert ("rank_mean" in ensembling.methods_for(metric, TASKS[kind][0])) == suits
    members, goal, folds = a_case(kind, metric=metric)
    if not suits:
        with pytest.raises(
            ConfigError,
            match=r"blend.method=rank_mean does not suit .* there are: auto, mean, hill",
        ):
            ensembling.blend(members, goal, folds, method="rank_mean")


@pytest.mark.slow
def test_a_blend_is_a_run_of_the_same_kind(quick, tmp_path):
    runs = [pipeline.train(quick(f"seed={seed}")).folder for seed in (1, 2, 3)]
    run = pipeline.blend_runs(quick())
    assert run.name.startswith("blend-")
    assert set(pd.read_csv(run.folder / "oof.csv")) == {"id", "fold", "sea", "town", "wood"}
    scores = run.scores
    assert scores["blend"]["methods"][scores["blend"]["method"]] == scores["oof_score"]
    assert list(scores["blend"]["members"]) == sorted(run.name for run in runs)
    expected = {run.name: artefacts.read_json(run / "metrics.json")["oof_score"] for run in runs}
    assert {
        name: member["score"] for name, member in scores["blend"]["members"].items()
    } == expected
    check_submission(
        run.folder / "submission.csv", tmp_path / "data" / "tiny" / "sample_submission.csv", "id"
    )
    home = tmp_path / "outputs" / "tiny"
    assert (home / "latest").resolve() == run.folder.resolve()
    board = pd.read_csv(home / "leaderboard.csv").set_index("run")
    assert board.loc[run.name, "oof_score"] == pytest.approx(scores["oof_score"], abs=1e-6)
    page = (run.folder / "report.html").read_text()
    assert all(run.name in page for run in runs)
    assert "Learning curves" not in page


@pytest.mark.slow
def test_the_same_blend_again_changes_nothing_and_blends_are_no_members(quick):
    for seed in (1, 2):
        pipeline.train(quick(f"seed={seed}"))
    run = pipeline.blend_runs(quick())
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    assert pipeline.blend_runs(quick()) == run
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")} == before
    assert pipeline.blend_runs(quick("blend.method=mean")).folder != run.folder
    with pytest.raises(ConfigError, match=f"run {run.name} is a blend itself"):
        pipeline.blend_runs(quick(), [run.name])


@pytest.mark.slow
def test_the_test_rows_are_blended_by_the_weights_of_all_rows(quick):
    runs = sorted(
        (pipeline.train(quick(f"seed={seed}")) for seed in (1, 2)), key=lambda run: run.name
    )
    run = pipeline.blend_runs(quick("blend.method=nnls"))
    weights = [member["weight"] for member in run.scores["blend"]["members"].values()]
    parts = [read_array(one.folders["predict"] / "outputs.npy") for one in runs]
    found = read_array(run.folders["predict"] / "outputs.npy")
    np.testing.assert_allclose(found, weights[0] * parts[0] + weights[1] * parts[1], atol=1e-6)
    names = np.array(["sea", "town", "wood"])
    submission = pd.read_csv(run.folder / "submission.csv").set_index("id")["category"]
    assert (
        submission[[f"x{row:03d}" for row in range(48, 60)]].tolist()
        == names[found.argmax(axis=1)].tolist()
    )


@pytest.mark.slow
def test_runs_may_be_named_by_their_beginnings(quick):
    first = pipeline.train(quick()).name
    others = [pipeline.train(quick(f"seed={seed}", f"name=other{seed}")).name for seed in (2, 3)]
    run = pipeline.blend_runs(quick(), ["lstm_att", others[1]])
    assert list(run.scores["blend"]["members"]) == sorted([first, others[1]])
    with pytest.raises(ConfigError, match=f"run 'other' may be any of {others[0]}, {others[1]}"):
        pipeline.blend_runs(quick(), ["lstm_att", "other"])
    with pytest.raises(ConfigError, match=f"no run 'othre2-.*did you mean '{others[0]}'"):
        pipeline.blend_runs(quick(), ["lstm_att", others[0].replace("other", "othre")])
    with pytest.raises(ConfigError, match=f"run {first} is named twice"):
        pipeline.blend_runs(quick(), ["lstm_att", first])
    with pytest.raises(ConfigError, match=f"two finished runs in .* there is only {first}"):
        pipeline.blend_runs(quick(), [first])


def test_without_any_run_there_is_nothing_to_blend(quick):
    with pytest.raises(ConfigError, match="at least, and there is none; make train first"):
        pipeline.blend_runs(quick())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("folds.n_folds=3", "has other folds than"),
        ("folds.seed=7", "has other folds than"),
        ("competition.metric=f1_macro", "competition.metric=f1_macro, not accuracy; give ARGS"),
        ("competition.label_values=[wood,town,sea]", "was not made with the current labels"),
    ],
)
def test_runs_that_cannot_be_compared_are_named(override, words, quick):
    pipeline.train(quick("name=a"))
    other = pipeline.make(quick("name=b", override), "train").name
    with pytest.raises(ConfigError, match=f"run {other} .*{words}|{words} a-") as caught:
        pipeline.blend_runs(quick())
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_rows_that_changed_since_are_noticed(quick, tmp_path):
    runs = [pipeline.train(quick(f"seed={seed}")).name for seed in (1, 2)]
    tables = tiny_tables()
    tables["test"].loc[2, "text"] = "another text"
    write_tables(tmp_path / "data" / "tiny", tables)
    with pytest.raises(
        ConfigError, match=f"run {min(runs)} was not made with the current test file"
    ):
        pipeline.blend_runs(quick())
    tables = tiny_tables()
    tables["train"].loc[9, "id"] = "y"
    write_tables(tmp_path / "data" / "tiny", tables)
    with pytest.raises(ConfigError, match=f"run {min(runs)} has other ids than train.csv"):
        pipeline.blend_runs(quick())


@pytest.mark.slow
def test_rows_without_an_out_of_fold_prediction_have_none_in_the_blend(quick, tmp_path):
    tables = tiny_tables()
    tables["train"]["day"] = range(48)
    write_tables(tmp_path / "data" / "tiny", tables)
    in_time = ("competition.time_column=day", "folds.kind=time")
    for seed in (1, 2):
        pipeline.train(quick(f"seed={seed}", *in_time))
    run = pipeline.blend_runs(quick(*in_time))
    oof = pd.read_csv(run.folder / "oof.csv")
    assert set(oof["fold"]) == {-1, 0, 1}
    assert (oof["sea"].isna() == (oof["fold"] == -1)).all()
    assert np.isfinite(run.scores["oof_score"])


@pytest.mark.slow
def test_a_member_that_has_not_predicted_does_so(quick):
    runs = [pipeline.make(quick(f"seed={seed}"), "train") for seed in (1, 2)]
    assert not any(run.folders["predict"].exists() for run in runs)
    pipeline.blend_runs(quick())
    assert all(run.folders["predict"].exists() for run in runs)


@pytest.mark.slow
@pytest.mark.parametrize("change", ["a setting of another version", "other code"])
def test_a_member_that_cannot_predict_any_more_is_named(change, quick):
    runs = [pipeline.make(quick(f"seed={seed}"), "train").folder for seed in (1, 2)]
    settings = artefacts.read_json(runs[0] / "config.json")
    settings |= {"sauce": 1} if change == "a setting of another version" else {"seed": 9}
    artefacts.write_json(runs[0] / "config.json", settings)
    with pytest.raises(
        ConfigError,
        match=f"run {runs[0].name} has not predicted the test texts, and cannot any more",
    ):
        pipeline.blend_runs(quick())


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_trained_seeds_are_blended_by_the_script(tiny, tmp_path):
    run = pipeline.train(tiny("seeds=[1,2]", "training.epochs=1"))
    folders = [f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}"]
    names = run.scores["blend"]["members"]
    for runs, status, words in (
        (f"runs=[{','.join(names)}]", 0, "blend: by "),
        ("runs=lstm_attenntion no", 1, "config error: there is no run 'lstm_attenntion' in"),
    ):
        command = [sys.executable, str(ROOT / "scripts" / "blend.py"), *SMALL, *folders, runs]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stderr
        assert words in (done.stderr if status else done.stdout)
    assert len(list(run.folder.parent.glob("blend-*/submission.csv"))) == 1
