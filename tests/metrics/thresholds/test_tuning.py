import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regard.metrics.registry import METRICS, needs_labels, score
from regard.metrics.thresholds import is_tuned, tune, tune_over_folds
from regard.tasks import (
    TASKS,
    Binary,
    MultiClass,
    MultiLabel,
    Ordinal,
    Regression,
    Targets,
    default_thresholds,
    expected_ranks,
)

YES_OR_NO = Binary(("toxic",))
KINDS = ("binary", "multi_class", "multi_label", "ordinal")
OF_THE_LIKELIEST = [("accuracy", "multi_class"), ("f1_micro", "multi_class")]
PAIRS = [
    (name, kind)
    for name, metric in METRICS.items()
    if needs_labels(name)
    for kind in metric.tasks
    if (name, kind) not in OF_THE_LIKELIEST
]
chance = st.integers(0, 20).map(lambda number: number / 20)  # few values, so that there are ties


@st.composite
def problems(draw, kind, most=12):
    """A task of this kind, labels, outputs of few values, and weights or none; labels may be all alike."""
    n_rows, n_names = draw(st.integers(1, most)), draw(st.integers(2, 4))
    weights = draw(
        st.none() | arrays(np.float64, n_rows, elements=st.sampled_from([0.5, 1.0, 3.0]))
    )
    if kind == "ordinal":
        labels = draw(arrays(np.int32, n_rows, elements=st.integers(0, n_names - 1)))
        outputs = -np.sort(
            -draw(arrays(np.float64, (n_rows, n_names - 1), elements=chance)), axis=1
        )
    elif kind == "multi_class":
        labels = draw(arrays(np.int32, n_rows, elements=st.integers(0, n_names - 1)))
        outputs = draw(arrays(np.float64, (n_rows, n_names), elements=chance))
    else:
        n_names = 1 if kind == "binary" else draw(st.integers(1, 4))
        labels = draw(arrays(np.float32, (n_rows, n_names), elements=st.sampled_from([0.0, 1.0])))
        outputs = draw(arrays(np.float64, labels.shape, elements=chance))
    return (
        TASKS[kind](tuple("abcd"[:n_names])),
        Targets(labels, weights),
        outputs.astype(np.float32),
    )


def learnt(kind, n_rows, n_names=4, seed=0):
    """A task with outputs that know something of the labels, which are rare in most columns."""
    dice = np.random.default_rng(seed)
    if kind == "ordinal":
        labels = dice.choice(
            n_names, n_rows, p=np.arange(n_names, 0, -1) / np.arange(n_names, 0, -1).sum()
        )
        steps = labels[:, None] + dice.normal(0, 1, (n_rows, 1)) - np.arange(n_names - 1) - 1.0
    elif kind == "multi_class":
        rates = 0.5 ** np.arange(n_names)
        labels = dice.choice(n_names, n_rows, p=rates / rates.sum())
        likely = rates * np.exp(2 * np.eye(n_names)[labels] + dice.normal(0, 1, (n_rows, n_names)))
        probabilities = (likely / likely.sum(axis=1, keepdims=True)).astype(np.float32)
        return TASKS[kind](tuple("abcdefgh"[:n_names])), Targets(labels), probabilities
    else:
        n_names = 1 if kind == "binary" else n_names
        labels = (dice.random((n_rows, n_names)) < 0.3 / np.arange(1, n_names + 1)).astype(
            np.float32
        )
        steps = 2 * labels - 2 + dice.normal(0, 1, (n_rows, n_names))
    return (
        TASKS[kind](tuple("abcdefgh"[:n_names])),
        Targets(labels),
        (1 / (1 + np.exp(-steps))).astype(np.float32),
    )


def test_the_threshold_of_f1_by_hand():
    truth = Targets(np.array([[0], [0], [1], [1]], np.float32))
    outputs = np.array([[0.125], [0.25], [0.375], [0.75]], np.float32)
    found = tune("f1", YES_OR_NO, truth, outputs)
    assert found.tolist() == [0.3125]  # the middle of 0.25 and 0.375
    assert found.dtype == np.float64
    assert score("f1", YES_OR_NO, truth, outputs, found) == 1.0


def test_the_threshold_of_each_label_by_hand():
    task, truth = (
        MultiLabel(("a", "b")),
        Targets(np.array([[0, 0], [1, 0], [1, 1]], np.float32)),
    )
    outputs = np.array([[0.25, 0.625], [0.375, 0.75], [0.5, 0.875]], np.float32)
    assert tune("f1_macro", task, truth, outputs).tolist() == [0.3125, 0.8125]
    shared = tune("f1_macro", task, truth, outputs, per_label=False)
    assert shared.tolist() == [0.3125, 0.3125]  # (1 + 1/2) / 2; what is best for b, (0 + 1) / 2


def test_the_cut_points_of_ranks_by_hand():
    task, truth = Ordinal(("1", "2", "3")), Targets(np.array([0, 0, 1, 1, 2]))
    outputs = np.array(
        [[0.5, 0.25], [0.5, 0.375], [0.75, 0.25], [1.0, 0.25], [1.0, 0.375]], np.float32
    )
    found = tune("quadratic_weighted_kappa", task, truth, outputs)
    assert found.tolist() == [0.9375, 1.3125]
    assert score("quadratic_weighted_kappa", task, truth, outputs, found) == 1.0


def test_the_thresholds_of_classes_by_hand():
    task, truth = MultiClass(("a", "b")), Targets(np.array([0, 0, 0, 1]))
    outputs = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]], np.float32)
    # all are said to be of the first
    assert score("f1_macro", task, truth, outputs) == pytest.approx(3 / 7)
    found = tune("f1_macro", task, truth, outputs)
    # With a row more of each, one row of three is of the second. Any power from 0.6 to 1.2 parts
    # them, since 0.4 / 0.6 > 0.5 ** power > 0.3 / 0.7; 0.85 is the least that has five such to
    # either side.
    assert found == pytest.approx(np.array([1.0, 0.5**0.85]) / (1.0 + 0.5**0.85))
    assert score("f1_macro", task, truth, outputs, found) == 1.0
    assert tune("accuracy", task, truth, outputs).tolist() == [0.5, 0.5]


def test_a_class_without_rows_is_not_said_of_all():
    task, truth = MultiClass(("a", "b", "c")), Targets(np.array([0, 0, 0, 1]))
    outputs = np.array([[0.9, 0.1, 0], [0.8, 0.2, 0], [0.7, 0.3, 0], [0.6, 0.4, 0]], np.float32)
    found = tune("f1_macro", task, truth, outputs)
    assert (found > 0).all()
    assert score("f1_macro", task, truth, outputs, found) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["f1_macro", "f1_weighted", "matthews_correlation"])
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_classes_are_said_as_if_every_power_were_decided(metric, data):
    task, truth, outputs = data.draw(problems("multi_class"))
    counts = np.bincount(truth.labels, truth.weights, task.n_outputs)
    shares, powers = (
        (counts + 1) / (counts.sum() + task.n_outputs),
        np.linspace(-1, 1.5, 51).round(2),
    )
    tried = [shares**power / (shares**power).sum() for power in powers]
    scores = np.array([score(metric, task, truth, outputs, thresholds) for thresholds in tried])
    around = [
        np.mean(scores[np.clip(np.arange(place - 5, place + 6), 0, 50)]) for place in range(51)
    ]
    best = min(
        np.flatnonzero(around >= np.max(around) - 1e-10), key=lambda place: abs(powers[place])
    )
    expected = tried[best] if scores[best] > scores[20] + 1e-10 else default_thresholds(task)
    assert tune(metric, task, truth, outputs) == pytest.approx(expected)


def test_classes_that_are_said_too_often_are_said_less():
    task, truth, outputs = learnt("multi_class", 2000, n_names=4)
    balanced = outputs / np.bincount(truth.labels)
    balanced = (balanced / balanced.sum(axis=1, keepdims=True)).astype(np.float32)
    found = tune("matthews_correlation", task, truth, balanced)
    assert (np.diff(found) > 0).all()
    default, tuned = (
        score("matthews_correlation", task, truth, balanced, each) for each in (None, found)
    )
    assert tuned > default + 0.02


def test_a_class_that_only_one_fold_has_is_no_harm():
    task, truth, outputs = learnt("multi_class", 400, n_names=4)
    folds = np.where(truth.labels == 3, 0, np.arange(400) % 3)
    tuned = tune_over_folds("f1_macro", task, truth, outputs, folds, per_label=True)
    assert all(
        np.isfinite(part.honest_thresholds).all() and (part.honest_thresholds > 0).all()
        for part in tuned.by_fold
    )
    assert np.isfinite(tuned.honest_score)


@pytest.mark.parametrize("metric", ["f1_macro", "matthews_correlation"])
def test_rare_classes_gain_on_rows_that_were_not_tuned_on(metric):
    task, truth, outputs = learnt("multi_class", 3000, n_names=4)
    tuned = tune_over_folds(metric, task, truth, outputs, np.arange(3000) % 5, per_label=True)
    assert (np.diff(tuned.thresholds) < 0).all()  # the rarer, the less is needed
    assert tuned.honest_score > score(metric, task, truth, outputs) + 0.005


def test_of_thresholds_that_score_alike_the_nearest_to_the_default_is_taken():
    truth = Targets(np.array([[0], [1]], np.float32))
    assert tune("f1", YES_OR_NO, truth, np.array([[0.1], [0.9]], np.float32)).tolist() == [0.5]
    assert tune(
        "f1", YES_OR_NO, Targets(np.zeros((2, 1))), np.array([[0.2], [0.9]], np.float32)
    ).tolist() == [0.5]
    truth, outputs = Targets(np.array([[1], [0], [1]])), np.array([[0.125], [0.25], [0.375]])
    # two of three right, as from 0.125 on
    assert tune("accuracy", YES_OR_NO, truth, outputs).tolist() == [0.3125]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_tune_on_leaves_the_default(kind):
    task, truth, outputs = learnt(kind, 20)
    metric = "quadratic_weighted_kappa" if kind == "ordinal" else "f1_macro"
    default = default_thresholds(task).tolist()
    assert tune(metric, task, truth.take(np.arange(0)), outputs[:0]).tolist() == default
    outputs[3, 0] = np.nan
    assert tune(metric, task, truth, outputs).tolist() == default


def test_only_labels_from_thresholds_are_tuned():
    assert all(is_tuned(name, TASKS[kind](("a", "b"))) for name, kind in PAIRS)
    assert not any(is_tuned(name, TASKS[kind](("a", "b"))) for name, kind in OF_THE_LIKELIEST)
    assert not is_tuned("roc_auc", YES_OR_NO)
    assert not is_tuned("roc_auc", MultiClass(("a", "b")))
    numbers, outputs = Regression(("a",), ranges=((0.0, 1.0),)), np.array([[0.4]])
    assert tune("rmse", numbers, Targets(np.array([[0.5]])), outputs).tolist() == []
    assert tune("roc_auc", YES_OR_NO, Targets(np.array([[1.0]])), np.array([[0.2]])).tolist() == [
        0.5
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "kind"), PAIRS)
@given(st.data(), st.booleans())
@settings(max_examples=12, deadline=None)
def test_tuned_is_never_worse_than_the_default(metric, kind, data, per_label):
    task, truth, outputs = data.draw(problems(kind))
    found = tune(metric, task, truth, outputs, per_label=per_label)
    assert found.shape == default_thresholds(task).shape
    assert score(metric, task, truth, outputs, found) >= score(metric, task, truth, outputs) - 1e-9
    assert kind != "ordinal" or (np.diff(found) >= 0).all()


def cuts(values):
    """Every way to part some values in two: from each on, and from above all."""
    return [*np.unique(values).astype(np.float64), 9.0]


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "kind"), [pair for pair in PAIRS if pair[1] == "binary"])
@given(st.data())
@settings(max_examples=12, deadline=None)
def test_the_threshold_of_yes_is_the_best_there_is(metric, kind, data):
    task, truth, outputs = data.draw(problems(kind))
    best = max(score(metric, task, truth, outputs, np.array([cut])) for cut in cuts(outputs))
    found = tune(metric, task, truth, outputs)
    assert score(metric, task, truth, outputs, found) == pytest.approx(best)


@pytest.mark.slow
@pytest.mark.parametrize("per_label", [True, False])
@pytest.mark.parametrize("metric", ["accuracy", "f1_macro", "f1_micro", "f1_weighted"])
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_the_thresholds_of_labels_are_the_best_there_are(metric, per_label, data):
    task, truth, outputs = data.draw(problems("multi_label", most=5))
    task = MultiLabel(task.label_names[:2])
    truth, outputs = Targets(truth.labels[:, :2], truth.weights), outputs[:, :2]
    tried = (
        itertools.product(*map(cuts, outputs.T)) if per_label else ([cut] for cut in cuts(outputs))
    )
    best = max(score(metric, task, truth, outputs, np.array(thresholds)) for thresholds in tried)
    found = tune(metric, task, truth, outputs, per_label=per_label)
    assert score(metric, task, truth, outputs, found) == pytest.approx(best)


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["quadratic_weighted_kappa", "accuracy"])
def test_the_cut_points_of_three_ranks_are_the_best_there_are(metric):
    for seed in range(5):
        task, truth, outputs = learnt("ordinal", 20, n_names=3, seed=seed)
        ways = itertools.combinations_with_replacement(cuts(expected_ranks(outputs)), 2)
        best = max(score(metric, task, truth, outputs, np.array(way)) for way in ways)
        assert (
            score(metric, task, truth, outputs, tune(metric, task, truth, outputs)) >= best - 1e-9
        )


@pytest.mark.parametrize("kind", KINDS)
@given(st.data(), st.randoms())
@settings(max_examples=12, deadline=None)
def test_the_order_of_rows_changes_nothing(kind, data, dice):
    task, truth, outputs = data.draw(problems(kind))
    order = np.array(dice.sample(range(len(outputs)), len(outputs)))
    found = tune("f1_weighted", task, truth, outputs)
    assert tune("f1_weighted", task, truth.take(order), outputs[order]).tolist() == found.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "kind"), PAIRS)
@given(st.data())
@settings(max_examples=8, deadline=None)
def test_the_weight_of_a_row_is_how_often_it_stands_there(metric, kind, data):
    task, truth, outputs = data.draw(problems(kind))
    counts = data.draw(arrays(np.int64, len(outputs), elements=st.integers(1, 3)))
    weighted = tune(metric, task, Targets(truth.labels, counts.astype(np.float64)), outputs)
    repeated = Targets(np.repeat(truth.labels, counts, axis=0))
    assert (
        tune(metric, task, repeated, np.repeat(outputs, counts, axis=0)).tolist()
        == weighted.tolist()
    )


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["f1", "matthews_correlation"])
def test_more_values_than_candidates_cost_next_to_nothing(metric):
    task, truth, outputs = learnt("binary", 6000)
    dense = max(
        score(metric, task, truth, outputs, np.array([cut])) for cut in np.linspace(0, 1, 200)
    )
    found = tune(metric, task, truth, outputs)
    assert score(metric, task, truth, outputs, found) > dense - 1e-3


def test_a_rare_label_is_searched_where_its_rows_are():
    dice = np.random.default_rng(0)
    labels = np.zeros((20_000, 1), np.float32)
    labels[:15] = 1
    outputs = dice.uniform(0, 0.01, (20_000, 1)).astype(np.float32)
    outputs[:15] += np.float32(0.01)  # above all the others
    found = tune("f1", YES_OR_NO, Targets(labels), outputs)
    assert score("f1", YES_OR_NO, Targets(labels), outputs, found) == 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_tuned_scores_are_those_of_their_thresholds(kind):
    metric = {"ordinal": "quadratic_weighted_kappa", "multi_class": "f1_macro"}.get(
        kind, "f1_micro"
    )
    task, truth, outputs = learnt(kind, 300)
    folds = np.arange(300) % 3
    tuned = tune_over_folds(metric, task, truth, outputs, folds, per_label=True)
    assert tuned.thresholds.tolist() == tune(metric, task, truth, outputs).tolist()
    assert tuned.score == score(metric, task, truth, outputs, tuned.thresholds)
    assert [part.fold for part in tuned.by_fold] == [0, 1, 2]
    for part in tuned.by_fold:
        rows = folds == part.fold
        of_fold = (metric, task, truth.take(rows), outputs[rows])
        others = tune(metric, task, truth.take(~rows), outputs[~rows])
        assert part.honest_thresholds.tolist() == others.tolist()
        assert part.thresholds.tolist() == tune(*of_fold).tolist()
        assert part.score == score(*of_fold, part.thresholds)
        assert part.honest_score == score(*of_fold, part.honest_thresholds)
        assert part.shared_score == score(*of_fold, tuned.thresholds)


def test_the_honest_score_by_hand():
    labels = np.array([[0], [1], [0], [1]], np.float32)
    outputs = np.array([[0.125], [0.25], [0.5], [0.75]], np.float32)
    tuned = tune_over_folds(
        "accuracy", YES_OR_NO, Targets(labels), outputs, np.array([0, 0, 1, 1]), per_label=True
    )
    first, second = tuned.by_fold
    assert (first.thresholds, second.thresholds) == (np.array([0.1875]), np.array([0.625]))
    assert (first.score, second.score) == (1.0, 1.0)
    # From 0.625 on, the 1 of the first fold is missed; from 0.1875 on, the 0 of the second is
    # called a 1.
    assert (first.honest_score, second.honest_score, tuned.honest_score) == (0.5, 0.5, 0.5)
    assert (tuned.thresholds, tuned.score) == (np.array([0.625]), 0.75)
    assert (first.shared_score, second.shared_score) == (0.5, 1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_honest_thresholds_of_a_fold_know_nothing_of_its_labels(kind):
    metric = "quadratic_weighted_kappa" if kind == "ordinal" else "f1_macro"
    task, truth, outputs = learnt(kind, 200)
    folds = np.arange(200) % 4
    changed = truth.labels.copy()
    changed[folds == 2] = truth.labels.max() - changed[folds == 2]
    before = tune_over_folds(metric, task, truth, outputs, folds, per_label=True)
    after = tune_over_folds(metric, task, Targets(changed), outputs, folds, per_label=True)
    honest = [
        [part.honest_thresholds.tolist() for part in tuned.by_fold] for tuned in (before, after)
    ]
    assert honest[0][2] == honest[1][2]
    assert honest[0] != honest[1]


def test_rows_without_a_prediction_are_left_out():
    task, truth, outputs = learnt("multi_label", 120)
    folds = np.arange(120) % 4 - 1
    outputs[folds == -1] = np.nan
    tuned = tune_over_folds("f1_macro", task, truth, outputs, folds, per_label=True)
    kept = folds >= 0
    alone = tune_over_folds(
        "f1_macro", task, truth.take(kept), outputs[kept], folds[kept], per_label=True
    )
    assert tuned.thresholds.tolist() == alone.thresholds.tolist()
    assert (tuned.score, tuned.honest_score) == (alone.score, alone.honest_score)
    assert [part.fold for part in tuned.by_fold] == [0, 1, 2]


def test_a_fold_that_went_wrong_has_no_score():
    task, truth, outputs = learnt("binary", 40)
    folds = np.arange(40) % 2
    outputs[0] = np.nan
    tuned = tune_over_folds("f1", task, truth, outputs, folds, per_label=True)
    assert np.isnan([tuned.score, tuned.honest_score, tuned.by_fold[0].honest_score]).all()
    assert tuned.by_fold[1].honest_score == score(
        "f1", task, truth.take(folds == 1), outputs[folds == 1]
    )


def test_a_single_fold_is_honest_with_the_default():
    task, truth, outputs = learnt("binary", 50)
    tuned = tune_over_folds("f1", task, truth, outputs, np.ones(50, int), per_label=True)
    assert tuned.by_fold[0].honest_thresholds.tolist() == [0.5]
    assert tuned.honest_score == score("f1", task, truth, outputs)


def test_tuning_does_not_change_what_it_is_given():
    task, truth, outputs = learnt("multi_label", 100)
    labels, before = truth.labels.copy(), outputs.copy()
    tune_over_folds("f1_micro", task, truth, outputs, np.arange(100) % 2, per_label=True)
    assert (truth.labels == labels).all()
    assert (outputs == before).all()
