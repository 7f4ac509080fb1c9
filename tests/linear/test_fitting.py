import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from helpers.linear_cases import (
    LABELS,
    NB,
    PAIRS,
    SUBJECTS,
    TASK_OF,
    TEXTS,
    TFIDF,
    fit_and_predict,
    linear_inputs,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.linear import fit_linear, log_count_ratios, predict_linear
from regard.tasks import Ordinal


def test_log_count_ratios_by_hand():
    from scipy.sparse import csr_array

    features = csr_array(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    labels = np.array([[1.0], [0.0], [0.0]])
    # positive: 1 + [1, 0] of 3; negative: 1 + [1, 2] of 5
    expected = [[np.log(2 / 3) - np.log(2 / 5)], [np.log(1 / 3) - np.log(3 / 5)]]
    np.testing.assert_allclose(log_count_ratios(features, labels), expected)


def test_tf_idf_agrees_with_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts = ["a sea a ship", "the sea", "a tree", "the tree a tree", "sea", "tree"]
    labels = np.array([1, 1, 0, 0, 1, 0])

    def split(text):
        words = text.split()
        return words + [f"{one} {other}" for one, other in pairwise(["", *words, ""])]

    vectors = TfidfVectorizer(analyzer=split, sublinear_tf=True).fit_transform(texts)
    expected = LogisticRegression(C=10.0).fit(vectors, labels).predict_proba(vectors)[:, 1]
    inputs, rows, task = linear_inputs(texts), np.arange(6), TASK_OF["binary"]
    model = fit_linear(inputs, rows, labels[:, None].astype(np.float32), task, TFIDF)
    np.testing.assert_allclose(predict_linear(model, inputs, rows, task)[:, 0], expected, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("features", "kind"), PAIRS)
def test_outputs_have_the_form_of_the_task_and_are_near_the_labels(features, kind):
    model, outputs = fit_and_predict(features, kind, linear_inputs(TEXTS, characters=True))
    task = TASK_OF[kind]
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs, task.ideal_outputs(LABELS[kind]), atol=0.35)
    if task.activation == "softmax":
        np.testing.assert_allclose(outputs.sum(axis=1), 1.0, atol=1e-6)
    if kind == "ordinal":
        assert (np.diff(outputs, axis=1) <= 0).all()
    assert model.coefficients.shape[1] == task.n_outputs


@pytest.mark.slow
@given(st.lists(st.integers(0, 3), min_size=12, max_size=12), st.sampled_from([TFIDF, NB]))
@settings(max_examples=15, deadline=None)
def test_probabilities_never_rise_with_the_rank(ranks, config):
    task = Ordinal(("0", "1", "2", "3"))
    inputs, rows = linear_inputs(TEXTS[:12]), np.arange(12)
    outputs = predict_linear(
        fit_linear(inputs, rows, np.array(ranks, np.int32), task, config), inputs, rows, task
    )
    assert ((outputs >= 0) & (outputs <= 1)).all()
    assert (np.diff(outputs, axis=1) <= 0).all()


def test_other_rows_change_nothing():
    rows, task = np.arange(12), TASK_OF["multi_class"]
    few, all_ = linear_inputs(TEXTS[:12]), linear_inputs(TEXTS[:12] + ["ship ship other"] * 12)
    one, other = (
        fit_linear(inputs, rows, LABELS["multi_class"], task, TFIDF) for inputs in (few, all_)
    )
    assert one.terms == other.terms
    np.testing.assert_array_equal(one.coefficients, other.coefficients)


@pytest.mark.slow
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("features", ["tfidf", "nb_svm"])
def test_c_is_the_best_on_the_inner_validation_rows(features, given):
    texts, rows, task = TEXTS * 4, np.arange(96), TASK_OF["binary"]
    inner_valid = np.arange(96) // 10 == 3 if given else np.arange(96) % 5 == 4
    config = {"tfidf": TFIDF, "nb_svm": NB}[features]
    values, winners = [1e-3, 10.0], []
    for n_wrong in (0, 96):  # from random labels the smallest C learns least
        labels = np.tile(LABELS["binary"], (4, 1))
        labels[np.random.default_rng(5).permutation(96)[:n_wrong]] = np.random.default_rng(
            6
        ).integers(2, size=(n_wrong, 1))
        inputs, losses, models = linear_inputs(texts), [], []
        for c in values:
            one = dataclasses.replace(config, C=[c])
            outputs = predict_linear(
                fit_linear(inputs, rows[~inner_valid], labels, task, one),
                inputs,
                rows[inner_valid],
                task,
            )
            losses.append(task.mean_loss(outputs, labels[inner_valid]))
            models.append(fit_linear(inputs, rows, labels, task, one))
        winners.append(int(np.argmin(losses)))
        for order in (values, values[::-1]):
            both = dataclasses.replace(config, C=order)
            chosen = fit_linear(
                inputs, rows, labels, task, both, inner_valid=inner_valid if given else None
            )
            np.testing.assert_array_equal(chosen.coefficients, models[winners[-1]].coefficients)
    assert winners == [1, 0]


@pytest.mark.slow
def test_c_is_chosen_with_the_class_weights():
    generator, n_rows = np.random.default_rng(1), 400
    labels = generator.integers(2, size=n_rows)
    texts = [
        " ".join(generator.choice(["p", "q"], 8, p=[0.4 + 0.2 * label, 0.6 - 0.2 * label]))
        for label in labels
    ]
    texts = [
        f"{text} word{row % 200}" for row, text in enumerate(texts)
    ]  # words that can be memorized
    labels, task, rows = labels[:, None].astype(np.float32), TASK_OF["binary"], np.arange(n_rows)
    inputs, weights = linear_inputs(texts), np.array([[2.0, 0.1]])
    found = {}
    for values in ([0.1], [100.0], [0.1, 100.0], [100.0, 0.1]):
        config = dataclasses.replace(TFIDF, C=values)
        model = fit_linear(inputs, rows, labels, task, config, class_weights=weights)
        found[tuple(values)] = model.coefficients
    inner_valid, losses = rows % 5 == 4, []
    for c in (0.1, 100.0):
        config = dataclasses.replace(TFIDF, C=[c])
        model = fit_linear(inputs, rows[~inner_valid], labels, task, config, class_weights=weights)
        outputs = predict_linear(model, inputs, rows[inner_valid], task)
        losses.append(
            [task.mean_loss(outputs, labels[inner_valid], each) for each in (weights, None)]
        )
    by_weights, by_rows = np.argmin(losses, axis=0)
    assert (by_weights, by_rows) == (0, 1)  # else the test would prove nothing
    for values in ((0.1, 100.0), (100.0, 0.1)):
        np.testing.assert_array_equal(found[values], found[0.1,])


def test_class_weights_move_predictions_to_the_heavier_class():
    inputs, rows, task = linear_inputs(["same"] * 24), np.arange(24), TASK_OF["multi_class"]
    weights = np.array([1.0, 1.0, 4.0], np.float32)
    model = fit_linear(inputs, rows, LABELS["multi_class"], task, TFIDF, class_weights=weights)
    np.testing.assert_allclose(
        predict_linear(model, inputs, rows[:1], task), [[1 / 6, 1 / 6, 4 / 6]], atol=0.01
    )
    binary, weights = TASK_OF["binary"], np.array([[1.0, 4.0]], np.float32)
    model = fit_linear(inputs, rows, LABELS["binary"], binary, TFIDF, class_weights=weights)
    assert predict_linear(model, inputs, rows[:1], binary)[0, 0] == pytest.approx(4 / 6, abs=0.01)


@pytest.mark.parametrize("seen", [[0], [2], [0, 2]])
def test_a_class_without_rows_is_never_predicted(seen):
    inputs, task = linear_inputs(TEXTS), TASK_OF["multi_class"]
    rows = np.flatnonzero(np.isin(SUBJECTS, seen))
    for config in (TFIDF, NB):
        outputs = predict_linear(
            fit_linear(inputs, rows, LABELS["multi_class"], task, config), inputs, rows, task
        )
        assert outputs.argmax(axis=1).tolist() == SUBJECTS[rows].tolist()
        assert outputs[:, np.setdiff1d([0, 1, 2], seen)].max() < 1e-3
