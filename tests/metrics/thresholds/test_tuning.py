import dataclasses

import numpy as np
import pytest
from helpers.cases import compose_config
from helpers.predictions import label_problems, noisy_predictions
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regard.config import ThresholdsConfig
from regard.metrics.registry import METRICS, greater_is_better, score
from regard.metrics.thresholds import (
    cross_fitted_score,
    is_tuned,
    score_at_best,
    shown_scores,
    tune,
    tune_over_folds,
)
from regard.tasks import TASKS, Binary, MultiClass, Regression, Targets

TOXIC = Binary(("toxic",))
KINDS = ("binary", "multi_class", "multi_label", "ordinal")
BEST_AT_LIKELIEST = [("accuracy", "multi_class"), ("f1_micro", "multi_class")]
PAIRS = [
    (name, kind)
    for name, metric in METRICS.items()
    if metric.compares == "labels"
    for kind in metric.tasks
    if (name, kind) not in BEST_AT_LIKELIEST
]


def test_the_threshold_nearest_the_default_is_taken_among_equals():
    targets = Targets(np.array([[0], [1]], np.float32))
    assert tune("f1", TOXIC, targets, np.array([[0.1], [0.9]], np.float32)).tolist() == [0.5]
    assert tune(
        "f1", TOXIC, Targets(np.zeros((2, 1))), np.array([[0.2], [0.9]], np.float32)
    ).tolist() == [0.5]
    targets, outputs = Targets(np.array([[1], [0], [1]])), np.array([[0.125], [0.25], [0.375]])
    # two of three right, as from 0.125 on
    assert tune("accuracy", TOXIC, targets, outputs).tolist() == [0.3125]


@pytest.mark.parametrize("kind", KINDS)
def test_without_rows_or_with_nan_the_default_stays(kind):
    task, targets, outputs = noisy_predictions(kind, 20)
    metric = "quadratic_weighted_kappa" if kind == "ordinal" else "f1_macro"
    default = task.default_thresholds().tolist()
    assert tune(metric, task, targets.take(np.arange(0)), outputs[:0]).tolist() == default
    outputs[3, 0] = np.nan
    assert tune(metric, task, targets, outputs).tolist() == default


def drawn(seed, n_rows=1000):
    """Draw a rare label and probabilities of five folds."""
    random = np.random.default_rng(seed)
    labels = random.random(n_rows) < 0.1
    outputs = 1 / (1 + np.exp(2.5 - 1.5 * labels - random.normal(size=n_rows)))
    return Targets(labels[:, None].astype(np.int32)), outputs[:, None], np.arange(n_rows) % 5


@pytest.mark.slow
def test_the_score_that_is_shown_is_in_the_mean_that_of_the_result():
    config = compose_config("competition=bbc_news").thresholds
    best, honest, results = [], [], []
    for seed in range(10):
        targets, outputs, folds = drawn(seed)
        result = tune_over_folds("f1", TOXIC, targets, outputs, folds, per_label=True)
        results += [fold.honest_score for fold in result.by_fold]
        for fold in range(5):
            rows = folds == fold
            scores = shown_scores(config, "f1", TOXIC, targets.take(rows), outputs[rows])
            best.append(scores["score"])
            honest.append(scores["honest_score"])
    assert abs(np.mean(honest) - np.mean(results)) < 0.03
    assert np.mean(best) - np.mean(results) > 0.06


def test_the_same_outputs_have_the_same_honest_score_and_nan_has_none():
    config = compose_config("competition=bbc_news").thresholds
    targets, outputs, _ = drawn(0, n_rows=100)
    first, second = (cross_fitted_score(config, "f1", TOXIC, targets, outputs) for _ in range(2))
    assert first == second <= score_at_best(config, "f1", TOXIC, targets, outputs)
    outputs[7] = np.nan
    assert np.isnan(cross_fitted_score(config, "f1", TOXIC, targets, outputs))


def test_without_tuned_thresholds_there_is_one_score():
    config = compose_config("competition=bbc_news").thresholds
    targets, outputs, _ = drawn(0, n_rows=100)
    untuned = dataclasses.replace(config, tuned=False)
    assert list(shown_scores(untuned, "f1", TOXIC, targets, outputs)) == ["score"]
    assert list(shown_scores(config, "roc_auc", TOXIC, targets, outputs)) == ["score"]
    few = np.arange(10)
    assert cross_fitted_score(config, "f1", TOXIC, targets.take(few), outputs[few]) is None


def test_which_metrics_are_tuned():
    assert all(is_tuned(name, TASKS[kind](("a", "b"))) for name, kind in PAIRS)
    assert not any(is_tuned(name, TASKS[kind](("a", "b"))) for name, kind in BEST_AT_LIKELIEST)
    assert not is_tuned("roc_auc", TOXIC)
    assert not is_tuned("roc_auc", MultiClass(("a", "b")))
    numbers, outputs = Regression(("a",), ranges=((0.0, 1.0),)), np.array([[0.4]])
    assert tune("rmse", numbers, Targets(np.array([[0.5]])), outputs).tolist() == []
    assert tune("roc_auc", TOXIC, Targets(np.array([[1.0]])), np.array([[0.2]])).tolist() == [0.5]


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "kind"), PAIRS)
@given(st.data(), st.booleans())
@settings(max_examples=12, deadline=None)
def test_tuned_is_never_worse_than_the_default(metric, kind, data, per_label):
    task, targets, outputs = data.draw(label_problems(kind))
    found = tune(metric, task, targets, outputs, per_label=per_label)
    assert found.shape == task.default_thresholds().shape
    gain = score(metric, task, targets, outputs, found) - score(metric, task, targets, outputs)
    assert (gain if greater_is_better(metric) else -gain) >= -1e-9
    assert kind != "ordinal" or (np.diff(found) >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
@given(st.data(), st.randoms())
@settings(max_examples=12, deadline=None)
def test_the_order_of_rows_changes_nothing(kind, data, dice):
    task, targets, outputs = data.draw(label_problems(kind))
    order = np.array(dice.sample(range(len(outputs)), len(outputs)))
    found = tune("f1_weighted", task, targets, outputs)
    assert tune("f1_weighted", task, targets.take(order), outputs[order]).tolist() == found.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "kind"), PAIRS)
@given(st.data())
@settings(max_examples=8, deadline=None)
def test_a_weight_is_a_number_of_copies_of_a_row(metric, kind, data):
    task, targets, outputs = data.draw(label_problems(kind))
    counts = data.draw(arrays(np.int64, len(outputs), elements=st.integers(1, 3)))
    weighted = tune(metric, task, Targets(targets.labels, counts.astype(np.float64)), outputs)
    repeated = Targets(np.repeat(targets.labels, counts, axis=0))
    assert (
        tune(metric, task, repeated, np.repeat(outputs, counts, axis=0)).tolist()
        == weighted.tolist()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_tuned_scores_are_those_of_their_thresholds(kind):
    metric = {"ordinal": "quadratic_weighted_kappa", "multi_class": "f1_macro"}.get(
        kind, "f1_micro"
    )
    task, targets, outputs = noisy_predictions(kind, 300)
    folds = np.arange(300) % 3
    tuned = tune_over_folds(metric, task, targets, outputs, folds, per_label=True)
    assert tuned.thresholds.tolist() == tune(metric, task, targets, outputs).tolist()
    assert tuned.score == score(metric, task, targets, outputs, tuned.thresholds)
    assert [part.fold for part in tuned.by_fold] == [0, 1, 2]
    for part in tuned.by_fold:
        rows = folds == part.fold
        of_fold = (metric, task, targets.take(rows), outputs[rows])
        others = tune(metric, task, targets.take(~rows), outputs[~rows])
        assert part.honest_thresholds.tolist() == others.tolist()
        assert part.thresholds.tolist() == tune(*of_fold).tolist()
        assert part.score == score(*of_fold, part.thresholds)
        assert part.honest_score == score(*of_fold, part.honest_thresholds)
        assert part.shared_score == score(*of_fold, tuned.thresholds)


def test_the_honest_score_by_hand():
    labels = np.array([[0], [1], [0], [1]], np.float32)
    outputs = np.array([[0.125], [0.25], [0.5], [0.75]], np.float32)
    tuned = tune_over_folds(
        "accuracy", TOXIC, Targets(labels), outputs, np.array([0, 0, 1, 1]), per_label=True
    )
    first, second = tuned.by_fold
    assert (first.thresholds, second.thresholds) == (np.array([0.1875]), np.array([0.625]))
    assert (first.score, second.score) == (1.0, 1.0)
    # At 0.625 the positive row of the first fold is missed; at 0.1875 the negative row of the
    # second is taken for a positive one.
    assert (first.honest_score, second.honest_score, tuned.honest_score) == (0.5, 0.5, 0.5)
    assert (tuned.thresholds, tuned.score) == (np.array([0.625]), 0.75)
    assert (first.shared_score, second.shared_score) == (0.5, 1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_labels_of_a_fold_change_no_honest_threshold_of_it(kind):
    metric = "quadratic_weighted_kappa" if kind == "ordinal" else "f1_macro"
    task, targets, outputs = noisy_predictions(kind, 200)
    folds = np.arange(200) % 4
    changed = targets.labels.copy()
    changed[folds == 2] = targets.labels.max() - changed[folds == 2]
    before = tune_over_folds(metric, task, targets, outputs, folds, per_label=True)
    after = tune_over_folds(metric, task, Targets(changed), outputs, folds, per_label=True)
    honest = [
        [part.honest_thresholds.tolist() for part in tuned.by_fold] for tuned in (before, after)
    ]
    assert honest[0][2] == honest[1][2]
    assert honest[0] != honest[1]


def test_rows_without_a_prediction_are_left_out():
    task, targets, outputs = noisy_predictions("multi_label", 120)
    folds = np.arange(120) % 4 - 1
    outputs[folds == -1] = np.nan
    tuned = tune_over_folds("f1_macro", task, targets, outputs, folds, per_label=True)
    kept = folds >= 0
    alone = tune_over_folds(
        "f1_macro", task, targets.take(kept), outputs[kept], folds[kept], per_label=True
    )
    assert tuned.thresholds.tolist() == alone.thresholds.tolist()
    assert (tuned.score, tuned.honest_score) == (alone.score, alone.honest_score)
    assert [part.fold for part in tuned.by_fold] == [0, 1, 2]


def test_a_fold_with_nan_has_no_score():
    task, targets, outputs = noisy_predictions("binary", 40)
    folds = np.arange(40) % 2
    outputs[0] = np.nan
    tuned = tune_over_folds("f1", task, targets, outputs, folds, per_label=True)
    assert np.isnan([tuned.score, tuned.honest_score, tuned.by_fold[0].honest_score]).all()
    assert tuned.by_fold[1].honest_score == score(
        "f1", task, targets.take(folds == 1), outputs[folds == 1]
    )


def test_a_single_fold_is_cross_fitted():
    task, targets, outputs = noisy_predictions("binary", 50)
    tuned = tune_over_folds("f1", task, targets, outputs, np.ones(50, int), per_label=True)
    own = tune("f1", task, targets, outputs, per_label=True)
    assert tuned.thresholds.tolist() == own.tolist()
    assert [part.fold for part in tuned.by_fold] == [1]
    settings = ThresholdsConfig(tuned=True, per_label=True)
    expected = cross_fitted_score(settings, "f1", task, targets, outputs)
    assert tuned.honest_score == tuned.by_fold[0].honest_score == expected
    assert expected <= tuned.score


def test_a_single_fold_of_few_rows_is_honest_with_the_default():
    task, targets, outputs = noisy_predictions("binary", 5)
    tuned = tune_over_folds("f1", task, targets, outputs, np.zeros(5, int), per_label=True)
    assert tuned.honest_score == score("f1", task, targets, outputs)


def test_tuning_changes_no_argument():
    task, targets, outputs = noisy_predictions("multi_label", 100)
    labels, before = targets.labels.copy(), outputs.copy()
    tune_over_folds("f1_micro", task, targets, outputs, np.arange(100) % 2, per_label=True)
    assert (targets.labels == labels).all()
    assert (outputs == before).all()


def drawn_accuracy(n_rows, seed, *, shift=0.0):
    """Binary labels and outputs, whose best threshold is half of one more than `shift`."""
    random = np.random.default_rng(seed)
    outputs = random.random((n_rows, 1))
    labels = (random.random((n_rows, 1)) < outputs - shift).astype(np.float32)
    return Targets(labels), outputs.astype(np.float32)


@pytest.mark.parametrize("folds", [np.arange(600) % 5, np.zeros(600, int)])
def test_tuning_pays_where_the_default_is_wrong(folds):
    targets, outputs = drawn_accuracy(600, seed=1, shift=0.3)
    tuned = tune_over_folds("accuracy", TOXIC, targets, outputs, folds, per_label=True)
    assert tuned.pays
    assert tuned.gain > tuned.standard_error > 0
    assert tuned.chosen_score == tuned.honest_score


def test_tuning_seldom_pays_where_the_default_is_right():
    pays = []
    for seed in range(30):
        targets, outputs = drawn_accuracy(300, seed)
        folds = np.arange(300) % 5
        tuned = tune_over_folds("accuracy", TOXIC, targets, outputs, folds, per_label=True)
        pays.append(tuned.pays)
        if not tuned.pays:
            assert tuned.chosen_score == tuned.default_score
    assert sum(pays) <= 6  # a sixth of them is beyond a standard error by chance


def test_few_rows_have_the_default_thresholds():
    targets, outputs = drawn_accuracy(12, seed=1, shift=0.4)
    folds = np.arange(12) % 3
    tuned = tune_over_folds("accuracy", TOXIC, targets, outputs, folds, per_label=True)
    assert tuned.standard_error == np.inf
    assert not tuned.pays
