import numpy as np
import pytest
from helpers.predictions import label_problems
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import top_k_accuracy_score

from regard.metrics.registry import score
from regard.tasks import MultiClass, MultiLabel, Targets

TOPICS = MultiClass(("a", "b", "c", "d"))


def average_precision(true, ranked, k):
    """Return the average precision at k, as Kaggle's own code computes it."""
    found, n_hits = 0.0, 0
    for place, label in enumerate(ranked[:k], start=1):
        if label in true:
            n_hits += 1
            found += n_hits / place
    return found / min(len(true), k) if true else 0.0


def test_the_place_of_the_class_decides_its_precision():
    outputs = np.array([[0.4, 0.3, 0.2, 0.1]] * 4)
    targets = Targets(np.array([0, 1, 2, 3]))
    assert score("map_at_1", TOPICS, targets, outputs) == 1 / 4
    assert score("map_at_3", TOPICS, targets, outputs) == pytest.approx((1 + 1 / 2 + 1 / 3) / 4)
    assert score("top_3_accuracy", TOPICS, targets, outputs) == 3 / 4
    assert score("map_at_9", TOPICS, targets, outputs) == pytest.approx(
        (1 + 1 / 2 + 1 / 3 + 1 / 4) / 4
    )


def test_several_labels_of_a_row_by_hand():
    task, targets = MultiLabel(("a", "b", "c", "d")), Targets(np.array([[1, 0, 1, 0]]))
    outputs = np.array([[0.9, 0.8, 0.7, 0.1]])
    assert score("map_at_3", task, targets, outputs) == pytest.approx((1 + 2 / 3) / 2)
    assert score("map_at_1", task, targets, outputs) == 1.0


def test_a_label_that_a_submission_does_not_list_is_never_right():
    outputs = np.array([[-np.inf, 0.0, -np.inf, -np.inf]])
    assert score("map_at_3", TOPICS, Targets(np.array([0])), outputs) == 0.0
    assert score("map_at_3", TOPICS, Targets(np.array([1])), outputs) == 1.0


@given(st.data(), st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_the_mean_average_precision_is_that_of_a_plain_loop(data, k):
    kind = data.draw(st.sampled_from(["multi_class", "multi_label"]))
    task, targets, outputs = data.draw(label_problems(kind))
    true = [set(np.flatnonzero(row)) for row in task.ideal_outputs(targets.labels)]
    ranked = [sorted(range(len(row)), key=lambda label, row=row: -row[label]) for row in outputs]
    expected = np.average(
        [average_precision(*pair, k) for pair in zip(true, ranked, strict=True)],
        weights=targets.weights,
    )
    assert score(f"map_at_{k}", task, targets, outputs) == pytest.approx(expected)


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_top_k_accuracy_agrees_with_scikit_learn(data):
    task, targets, outputs = data.draw(label_problems("multi_class"))
    assume(len(task.classes) > 2)
    # No ties: scikit-learn takes the last of equal classes.
    outputs = outputs + np.linspace(0, 1e-3, outputs.size).reshape(outputs.shape)
    expected = top_k_accuracy_score(
        targets.labels,
        outputs,
        k=2,
        labels=range(len(task.classes)),
        sample_weight=targets.weights,
    )
    assert score("top_2_accuracy", task, targets, outputs) == pytest.approx(expected)
