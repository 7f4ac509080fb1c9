import numpy as np
import pytest
from helpers.predictions import CASES, problems
from hypothesis import given, settings

from regard.metrics.confusion import (
    Confusion,
    accuracy,
    count_classes,
    count_labels,
    f1_macro,
    f1_of_labels,
    from_tables,
    matthews_correlation,
    quadratic_weighted_kappa,
    ratio,
)
from regard.metrics.registry import METRICS, score
from regard.tasks import Binary, MultiLabel, Ordinal, Targets

RANKS = Ordinal(("1", "2", "4"))
LABEL_METRICS = [name for name, metric in METRICS.items() if metric.compares == "labels"]


def test_the_sums_of_a_table():
    found = from_tables(np.array([[[2.0, 1.0], [0.0, 3.0]]]))
    assert found.right.tolist() == [[2, 3]]
    assert found.predicted.tolist() == [[3, 3]]
    assert found.true.tolist() == [[2, 4]]
    assert found.n_rows == 6


def test_classes_of_two_candidates_are_counted():
    labels, weights = np.array([0, 1, 1]), np.array([1.0, 2.0, 4.0])
    found = count_classes(labels, np.array([[0, 1, 0], [1, 1, 1]]), 2, weights)
    assert found.right.tolist() == [[1, 2], [0, 6]]
    assert found.predicted.tolist() == [[5, 2], [0, 7]]
    assert found.true.tolist() == [[1, 6], [1, 6]]


def test_labels_of_several_columns_are_counted_by_column():
    task, labels = MultiLabel(("a", "b")), np.array([[1, 0], [1, 1], [0, 0]], np.float32)
    decided = np.array([[1, 1], [0, 1], [0, 0]])
    found = count_labels(task, Targets(labels, np.array([1.0, 2.0, 4.0])), decided)
    assert found.right.tolist() == [[1, 2]]
    assert found.predicted.tolist() == [[1, 3]]
    assert found.true.tolist() == [[3, 2]]
    assert accuracy(found).tolist() == [(5 + 6) / 14]


def test_a_binary_label_is_counted_in_a_table():
    targets = Targets(np.array([[0], [1], [1]], np.float32))
    found = count_labels(Binary(("y",)), targets, np.array([[1], [1], [0]]))
    assert found.tables.tolist() == [[[0, 1], [1, 1]]]


def test_a_ratio_of_nothing_is_0():
    assert ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist() == [0.25, 0.0]


def test_f1_by_hand():
    found = from_tables(np.array([[[2.0, 1.0], [0.0, 3.0]]]))
    assert f1_of_labels(found).tolist() == [[2 * 2 / (3 + 2), 2 * 3 / (3 + 4)]]


def test_only_classes_that_occur_count_but_all_columns_do():
    sums = np.array([[1.0, 0.0]])
    assert f1_macro(Confusion(sums, sums, sums, 1.0)).tolist() == [1.0]
    assert f1_macro(Confusion(sums, sums, sums, 1.0, one_label=False)).tolist() == [0.5]


def test_the_correlation_of_a_constant_is_0():
    constant = np.array([[[3.0, 2.0], [0.0, 0.0]], [[3.0, 0.0], [2.0, 0.0]]])
    assert matthews_correlation(from_tables(constant)).tolist() == [0.0, 0.0]


def test_the_kappa_of_one_rank_throughout_is_that_of_chance():
    low, high = np.array([[0.1, 0.0], [0.2, 0.0]]), np.array([[0.1, 0.0], [0.9, 0.0]])
    found = [
        score("quadratic_weighted_kappa", RANKS, Targets(np.array(labels)), outputs)
        for labels, outputs in (([0, 0], low), ([0, 1], low), ([0, 0], high), ([0, 1], high))
    ]
    assert found[:2] == [0.0, 0.0]
    assert found[2:] == pytest.approx([0.0, 1.0])


def test_the_kappa_refuses_sums():
    with pytest.raises(TypeError, match="needs tables"):
        quadratic_weighted_kappa(count_classes(np.array([0]), np.array([[0]]), 2, np.ones(1)))


@pytest.mark.parametrize("name", LABEL_METRICS)
@pytest.mark.parametrize("kind", ["binary", "ordinal", "multi_class"])
def test_each_candidate_is_scored_as_if_alone(name, kind):
    task, targets, outputs = CASES[kind]
    if not METRICS[name].suits(task):
        return
    decided = [task.decide(outputs), task.decide(np.roll(outputs, 1, axis=0))]
    counts = [count_labels(task, targets, each) for each in decided]
    parts = {
        part: np.concatenate([getattr(each, part) for each in counts])
        for part in ("right", "predicted", "true", "tables")
        if getattr(counts[0], part) is not None
    }
    together = METRICS[name].from_confusion(Confusion(**parts, n_rows=counts[0].n_rows))
    alone = [METRICS[name].score(task, targets, each) for each in decided]
    assert together.tolist() == alone


def scores_of_classes(labels, predicted):
    """Return the scores of single labels by scikit-learn."""
    from sklearn import metrics

    expected = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "matthews_correlation": metrics.matthews_corrcoef(labels, predicted),
    }
    for average in ("macro", "micro", "weighted"):
        expected[f"f1_{average}"] = metrics.f1_score(
            labels, predicted, average=average, zero_division=0.0
        )
    return expected


def scores(drawn, names):
    return {name: score(name, *drawn) for name in names}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@given(problems("multi_class"))
@settings(max_examples=20, deadline=None)
def test_scores_of_classes_agree_with_scikit_learn(drawn):
    _, targets, outputs = drawn
    likeliest = [row.index(max(row)) for row in outputs.tolist()]
    expected = scores_of_classes(targets.labels, likeliest)
    assert scores(drawn, expected) == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@given(problems("ordinal"))
@settings(max_examples=20, deadline=None)
def test_scores_of_ranks_agree_with_scikit_learn(drawn):
    from sklearn import metrics

    task, targets, outputs = drawn
    cut_points = np.arange(outputs.shape[1]) + 0.5
    ranks = outputs.astype(np.float64).sum(axis=1)
    predicted = [sum(rank >= cut for cut in cut_points) for rank in ranks]
    expected = scores_of_classes(targets.labels, predicted)
    if len(set(predicted)) > 1:
        # Without all labels, ranks that do not occur would bring the others closer together.
        every = range(len(task.label_names))
        expected["quadratic_weighted_kappa"] = metrics.cohen_kappa_score(
            targets.labels, predicted, labels=every, weights="quadratic"
        )
    assert scores(drawn, expected) == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:A single label was found:UserWarning")
@given(problems("binary"))
@settings(max_examples=20, deadline=None)
def test_scores_of_binary_labels_agree_with_scikit_learn(drawn):
    from sklearn import metrics

    _, targets, outputs = drawn
    labels = targets.labels[:, 0]
    predicted = [float(probability >= 0.5) for probability in outputs[:, 0]]
    expected = scores_of_classes(labels, predicted)
    expected["f1"] = metrics.f1_score(labels, predicted, zero_division=0.0)
    assert scores(drawn, expected) == pytest.approx(expected)


@pytest.mark.slow
@given(problems("multi_label"))
@settings(max_examples=20, deadline=None)
def test_scores_of_several_labels_agree_with_scikit_learn(drawn):
    from sklearn import metrics

    _, targets, outputs = drawn
    labels, predicted = targets.labels, (outputs >= 0.5).astype(int)
    columns = zip(labels.T, predicted.T, strict=True)
    expected = {"accuracy": np.mean([metrics.accuracy_score(*column) for column in columns])}
    for average in ("macro", "micro", "weighted"):
        expected[f"f1_{average}"] = metrics.f1_score(
            labels, predicted, average=average, zero_division=0.0
        )
    assert scores(drawn, expected) == pytest.approx(expected)
