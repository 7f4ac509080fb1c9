import numpy as np
import pytest
from helpers.cases import competition
from helpers.labels import label_frame

from regard.errors import ConfigError, DataError
from regard.tasks import Regression

SETTINGS = competition(task="regression")
EASE = Regression(("ease",), ((0.0, 1.0),))


def test_predictions_stay_in_the_range_of_the_labels():
    train = label_frame("1.5", "-2", "4e0", "0")
    task = Regression.from_labels(train, SETTINGS)
    assert task == Regression(("label",), ranges=((-2.0, 4.0),))
    assert (task.n_outputs, task.activation) == (1, "linear")
    assert task.encode_labels(train, SETTINGS).tolist() == [[1.5], [-2.0], [4.0], [0.0]]
    outputs = np.array([[9.0], [-9.0], [1.0]])
    assert task.numbers(outputs).tolist() == [[4.0], [-2.0], [1.0]]
    assert task.finish_outputs(outputs).tolist() == [[4.0], [-2.0], [1.0]]


def test_label_range_gives_the_range():
    train = label_frame("1.5", "-2", "4e0", "0")
    settings = competition(task="regression", label_range=[-5, 5])
    assert Regression.from_labels(train, settings).ranges == ((-5.0, 5.0),)
    narrow = competition(task="regression", label_range=[-2, 3])
    with pytest.raises(DataError, match=r"1 labels are outside label_range .*'4e0' in 1 rows"):
        Regression.from_labels(train, narrow)


def test_numbers_fall_into_ten_strata_of_equal_size():
    values = np.random.default_rng(0).permutation(1000)[:, None].astype(np.float32)
    assert np.bincount(EASE.strata(values)).tolist() == [100] * 10
    assert len(set(EASE.strata(np.array([[1.0]] * 50 + [[2.0]] * 50)))) == 2


@pytest.mark.parametrize(
    ("train", "words"),
    [
        (label_frame("1", "x", "inf"), ["2 labels are no numbers", "'x' in 1 rows", "id1, id2"]),
        (label_frame("1", "1.0"), ["nothing to learn"]),
    ],
)
def test_cells_that_are_no_numbers_and_a_constant_column_are_refused(train, words):
    with pytest.raises(DataError) as error:
        Regression.from_labels(train, SETTINGS)
    assert all(word in str(error.value) for word in words)


def test_one_of_several_columns_may_be_constant(caplog):
    train = label_frame("1", "2", other=["3", "3"])
    task = Regression.from_labels(
        train, competition(task="regression", label_columns=["label", "other"])
    )
    assert task.ranges == ((1.0, 2.0), (3.0, 3.0))
    assert "column 'other' has the value 3 in every row" in caplog.text


def test_label_values_are_refused():
    settings = competition(task="regression", label_values=["1", "2"])
    with pytest.raises(ConfigError, match=r"label_values is for tasks of classes, not regression"):
        Regression.from_labels(label_frame("1", "2"), settings)


def test_only_finite_outputs_are_valid():
    valid, name = EASE.valid_outputs(np.array([[9.0], [np.nan], [-np.inf]]))
    assert valid.tolist() == [[True], [False], [False]]
    assert name == "finite numbers"


def test_numbers_have_no_thresholds():
    assert EASE.default_thresholds().tolist() == []
    with pytest.raises(TypeError, match="no labels to decide for"):
        EASE.decide(np.array([[0.5]]))
    with pytest.raises(TypeError, match="no labels to decide for"):
        EASE.hard_labels(np.array([[0.5]]))
    assert EASE.confidence(np.array([[0.5], [0.1]])).tolist() == [1.0, 1.0]


def test_correctness_is_the_mean_distance_below_zero():
    task = Regression(("a", "b"), ((0.0, 4.0), (0.0, 4.0)))
    found = task.correctness(np.array([[1.0, 2.0]]), np.array([[2.0, 5.0]]))
    assert found.tolist() == [-1.5]  # 5 is out of range, so it counts as 4


def test_labels_and_outputs_in_words():
    task = Regression(("a", "b"), ((0.0, 4.0), (0.0, 4.0)))
    assert EASE.describe_label(np.array([0.25])) == "0.25"
    assert task.describe_output(np.array([9.0, 1.25])) == "a 4, b 1.25"


class Counts(Regression):
    """Labels and outputs are log(1 + count)."""

    kind = "counts"

    def label_numbers(self, labels):
        return np.expm1(super().label_numbers(labels))

    def numbers(self, outputs):
        return super().numbers(np.expm1(outputs))


def test_labels_on_another_scale_are_described_as_numbers():
    task = Counts(("n",), ((0.0, 9.0),))
    assert task.describe_label(np.log1p(np.array([3.0]))) == "3"
    assert task.describe_output(np.log1p(np.array([4.0]))) == "4"
    assert task.correctness(np.log1p([[3.0]]), np.log1p([[4.0]])) == pytest.approx([-1.0])


def test_several_columns_have_another_default_metric():
    assert Regression.default_metric_of(1) == "rmse"
    assert Regression.default_metric_of(2) == "mcrmse"
