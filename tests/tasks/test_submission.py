import io

import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regard.errors import DataError
from regard.tasks import Binary, MultiClass, MultiLabel, Ordinal, Regression, SoftLabels
from regard.tasks.submission import (
    check_outputs,
    make_submission,
    mean_over_folds,
    score_in_name,
    submission_columns,
    submitted_values,
)

TOPICS = MultiClass(("sea", "wood", "town"))
BINARY = Binary(("target",), ("No", "Yes"))
TOXIC = MultiLabel(("toxic", "threat"))
GRADES = Ordinal(("1", "2", "3"))
SCORE = Regression(("target",), ranges=((-1.0, 4.0),))
SHARES = SoftLabels(("toxic", "threat"))
OF_SCORE = np.array([[-3.0], [2.5], [9.0]], np.float32)
IDS = ["07", "7", "x"]
OF_TOPICS = np.array([[0.5, 0.25, 0.25], [0.25, 0.75, 0.0], [0.0, 0.25, 0.75]], np.float32)
OF_TARGET = np.array([[0.25], [0.5], [0.75]], np.float32)
OF_TOXIC = np.array([[0.25, 0.5], [1.0, 0.0], [0.5, 0.125]], np.float32)


def competition_of(task, **changes):
    columns = ["topic"] if task.classes == task.label_names else list(task.label_names)
    metric = {"multi_class": "log_loss"}.get(task.kind, "auto")
    return competition(**{"task": task.kind, "label_columns": columns, "metric": metric} | changes)


def sample_of(text):
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def submit(outputs, sample, task, *, ids=IDS, thresholds=None, **changes):
    return make_submission(
        outputs,
        ids,
        sample_of(sample),
        task,
        competition_of(task, **changes),
        thresholds=thresholds,
    )


def test_mean_over_three_folds():
    folds = [np.array([[0.2], [1.0]]), np.array([[0.4], [0.0]]), np.array([[0.9], [0.5]])]
    np.testing.assert_allclose(mean_over_folds(folds), [[0.5], [0.5]], rtol=1e-7)


@pytest.mark.parametrize("n_folds", [1, 2, 3, 10])
def test_the_mean_of_any_number_of_folds_by_hand(n_folds):
    folds = [np.array([[fold, 1.0], [0.5, 10 - fold]], np.float32) / 10 for fold in range(n_folds)]
    middle = (n_folds - 1) / 2  # of 0, 1 ... n_folds - 1
    before = [fold.copy() for fold in folds]
    mean = mean_over_folds(folds)
    np.testing.assert_allclose(mean, [[middle / 10, 0.1], [0.05, 1 - middle / 10]], rtol=1e-6)
    assert mean.dtype == np.float32
    assert all((fold == old).all() for fold, old in zip(folds, before, strict=True))


def test_the_mean_is_computed_with_more_digits_than_it_keeps():
    # in float32 their sum is 1
    folds = [np.array([value], np.float32) for value in (1.0, 2**-24, 2**-24, 2**-24)]
    assert mean_over_folds(folds) == np.float32(0.25 + 3 * 2**-26)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_the_mean_is_between_the_least_and_the_greatest(data):
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 3)))
    chances = arrays(np.float32, shape, elements=st.floats(0, 1, width=32))
    folds = data.draw(st.lists(chances, min_size=1, max_size=10))
    mean = mean_over_folds(folds)
    assert mean.shape == shape
    assert (mean >= np.minimum.reduce(folds)).all()
    assert (mean <= np.maximum.reduce(folds)).all()
    np.testing.assert_allclose(mean, mean_over_folds(folds[::-1]), rtol=1e-6)


def test_rows_and_columns_are_in_the_order_of_the_sample():
    submission = submit(OF_TOPICS, "town,id,sea,wood\n0,x,0,0\n0,07,0,0\n0,7,0,0\n", TOPICS)
    assert (
        submission.to_csv(index=False)
        == "town,id,sea,wood\n0.75,x,0.0,0.25\n0.25,07,0.5,0.25\n0.0,7,0.25,0.75\n"
    )


@pytest.mark.parametrize(
    ("task", "probabilities", "submit_as", "sample", "expected"),
    [
        (TOPICS, OF_TOPICS, "labels", "id,topic\n{}", ["sea", "wood", "town"]),
        (BINARY, OF_TARGET, "probabilities", "id,target\n{}", [0.25, 0.5, 0.75]),
        (BINARY, OF_TARGET, "labels", "id,target\n{}", ["No", "Yes", "Yes"]),
        (
            TOXIC,
            OF_TOXIC,
            "probabilities",
            "id,toxic,threat\n{}",
            [[0.25, 0.5], [1.0, 0.0], [0.5, 0.125]],
        ),
        (TOXIC, OF_TOXIC, "labels", "id,toxic,threat\n{}", [["0", "1"], ["1", "0"], ["1", "0"]]),
        (
            TOXIC,
            OF_TOXIC,
            "probabilities",
            "id,threat,toxic\n{}",
            [[0.5, 0.25], [0.0, 1.0], [0.125, 0.5]],
        ),
        (GRADES, OF_TOXIC, "labels", "id,grade\n{}", ["2", "2", "2"]),
        (SCORE, OF_SCORE, "numbers", "id,target\n{}", [-1.0, 2.5, 4.0]),
        (
            SHARES,
            OF_TOXIC,
            "probabilities",
            "id,toxic,threat\n{}",
            [[0.25, 0.5], [1.0, 0.0], [0.5, 0.125]],
        ),
    ],
)
def test_the_values_of_every_kind_of_task(task, probabilities, submit_as, sample, expected):
    empty_cells = "," * sample.partition("\n")[0].count(",")
    sample = sample.format("".join(f"{row_id}{empty_cells}\n" for row_id in IDS))
    submission = submit(probabilities, sample, task, submit=submit_as)
    assert submission["id"].tolist() == IDS
    assert (
        submission.drop(columns="id").to_numpy().tolist() == np.reshape(expected, (3, -1)).tolist()
    )


@pytest.mark.parametrize("submit_as", ["labels", "probabilities"])
def test_a_single_column_may_have_any_name(submit_as):
    sample = "id,prediction\n7,No\n07,No\nx,No\n"
    submission = submit(OF_TARGET, sample, BINARY, submit=submit_as)
    assert list(submission) == ["id", "prediction"]
    assert (
        submission["prediction"].tolist()
        == {"labels": ["Yes", "No", "Yes"], "probabilities": [0.5, 0.25, 0.75]}[submit_as]
    )


def test_labels_by_tuned_thresholds():
    tuned = submit(
        OF_TARGET, "id,target\n07,\n7,\nx,\n", BINARY, submit="labels", thresholds=np.array([0.6])
    )
    assert tuned["target"].tolist() == ["No", "No", "Yes"]
    sample, thresholds = "id,grade\n07,\n7,\nx,\n", np.array([0.7, 0.9])
    assert submit(OF_TOXIC, sample, GRADES, thresholds=thresholds)["grade"].tolist() == [
        "2",
        "3",
        "1",
    ]


def test_an_ordinal_may_be_submitted_as_a_number():
    found = submit(OF_TOXIC, "id,grade\n07,\n7,\nx,\n", GRADES, submit="numbers", metric="rmse")
    assert found["grade"].tolist() == [1.75, 2.0, 1.625]


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(DataError, match=r"1 predictions are not finite numbers \(first ids: 7\)"):
        submit(np.array([[1.0], [np.inf], [2.0]], np.float32), SAMPLE, SCORE)


def test_test_and_sample_may_have_another_id_column():
    submission = submit(
        OF_TARGET, "test_id,target\nx,0\n7,0\n07,0\n", BINARY, test_id_column="test_id"
    )
    assert submission.to_numpy().tolist() == [["x", 0.75], ["7", 0.5], ["07", 0.25]]


def test_the_sample_stays_unchanged():
    sample = sample_of("id,target\nx,0\n7,0\n07,0\n")
    before = sample.copy()
    make_submission(OF_TARGET, IDS, sample, BINARY, competition_of(BINARY))
    pd.testing.assert_frame_equal(sample, before)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_every_id_gets_its_own_row_whatever_the_order(data):
    ids = data.draw(
        st.lists(
            st.text("abc019. -é", min_size=1, max_size=4), min_size=1, max_size=12, unique=True
        )
    )
    probabilities = data.draw(arrays(np.float32, (len(ids), 3), elements=st.floats(0, 1, width=32)))
    columns = data.draw(st.permutations(["id", *TOPICS.label_names]))
    shuffled = data.draw(st.permutations(ids))
    sample = pd.DataFrame({name: shuffled if name == "id" else "0" for name in columns}, dtype=str)
    submission = make_submission(probabilities, ids, sample, TOPICS, competition_of(TOPICS))
    assert list(submission) == columns
    assert submission["id"].tolist() == shuffled
    assert submission.index.tolist() == list(range(len(ids)))
    for row, row_id in enumerate(shuffled):
        expected = probabilities[ids.index(row_id)].tolist()
        assert submission.loc[row, list(TOPICS.label_names)].tolist() == expected


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0.97816, "0.9782"), (0.9, "0.9000"), (1.0, "1.0000"), (-0.5, "-0.5000")],
)
def test_scores_in_names_have_four_digits(score, expected):
    assert score_in_name(score) == expected


SAMPLE = "id,target\nx,0\n7,0\n07,0\n"


@pytest.mark.parametrize(
    ("sample", "parts"),
    [
        ("id,target\nx,0\n7,0\n", ["test.csv has 1 ids that the other file lacks (first: 07)"]),
        (
            SAMPLE + "8,0\n007,0\n",
            ["sample_submission.csv has 2 ids that the other file lacks (first: 007, 8)"],
        ),
        (SAMPLE + "7,0\n", ["sample_submission.csv has 1 ids that occur twice (first: 7)"]),
        (
            "id,target,more\nx,0,0\n7,0,0\n07,0,0\n",
            ["sample_submission.csv has the columns id, target, more, but"],
        ),
        (
            "row,target\nx,0\n7,0\n07,0\n",
            ["sample_submission.csv has the columns row, target, but"],
        ),
        ("id\nx\n7\n07\n", ["sample_submission.csv has the columns id, but", "makes id, target"]),
    ],
)
def test_a_sample_that_does_not_fit_is_refused(sample, parts):
    with pytest.raises(DataError) as caught:
        submit(OF_TARGET, sample, BINARY)
    assert all(part in str(caught.value) for part in parts)


@pytest.mark.parametrize(
    ("submit_as", "sample", "other"),
    [("probabilities", "id,topic\n", "labels"), ("labels", "id,sea,wood,town\n", "probabilities")],
)
def test_a_sample_of_other_values_names_the_setting_to_change(submit_as, sample, other):
    with pytest.raises(DataError, match=f"perhaps competition.submit={other}"):
        submit(OF_TOPICS, sample, TOPICS, submit=submit_as)


@pytest.mark.parametrize("header", ["id,TOWN,Sea,wood", "id,sea , WOOD,town"])
def test_columns_of_classes_are_compared_by_value(header):
    found = submit(OF_TOPICS, f"{header}\n7,0,0,0\nx,0,0,0\n07,0,0,0\n", TOPICS)
    assert list(found) == header.split(",")
    by_key = found.rename(columns=lambda name: name.strip().lower())
    np.testing.assert_array_equal(by_key[["sea", "wood", "town"]], OF_TOPICS[[1, 2, 0]])


def test_a_misnamed_class_column_is_refused():
    with pytest.raises(
        DataError, match=r"columns id, sea, forest, town, but .* makes id, sea, wood, town"
    ):
        submit(OF_TOPICS, "id,sea,forest,town\n", TOPICS)


def test_repeated_test_ids_are_refused():
    with pytest.raises(DataError, match=r"^test\.csv has 1 ids that occur twice \(first: x\)$"):
        submit(OF_TARGET, "id,target\nx,0\n7,0\n", BINARY, ids=["x", "7", "x"])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1e-6, 1.0001])
@pytest.mark.parametrize("submit_as", ["labels", "probabilities"])
def test_a_prediction_that_is_no_probability_is_refused(value, submit_as):
    probabilities = OF_TARGET.copy()
    probabilities[1] = value
    with pytest.raises(
        DataError,
        match=r"^1 predictions are not probabilities from 0 to 1 \(first ids: 7\); nothing",
    ):
        submit(probabilities, SAMPLE, BINARY, submit=submit_as)


def test_one_wrong_cell_of_a_row_is_enough():
    probabilities = OF_TOXIC.copy()
    probabilities[2, 1] = np.nan
    with pytest.raises(DataError, match=r"first ids: x\)"):
        submit(probabilities, "id,toxic,threat\n", TOXIC)


@pytest.mark.parametrize(
    ("probabilities", "words"),
    [
        (OF_TARGET[:2], "^predictions are 2 rows, but the test file has 3; predict again$"),
        (
            np.vstack([OF_TARGET, OF_TARGET]),
            "^predictions are 6 rows, but the test file has 3; predict again$",
        ),
        (OF_TOXIC, "^predictions have 2 outputs, but the task has 1; predict again$"),
    ],
)
def test_predictions_of_another_shape_are_refused(probabilities, words):
    with pytest.raises(DataError, match=words):
        submit(probabilities, SAMPLE, BINARY)


@pytest.mark.parametrize(
    ("submit_as", "task", "expected"),
    [
        ("probabilities", TOPICS, ["sea", "wood", "town"]),
        ("labels", TOPICS, ["topic"]),
        ("labels", TOXIC, ["toxic", "threat"]),
        ("numbers", SCORE, ["target"]),
    ],
)
def test_columns_without_a_sample_are_named_by_the_task(submit_as, task, expected):
    settings = competition_of(task, submit=submit_as)
    assert submission_columns(None, task, settings) == expected


def test_a_single_column_is_named_by_the_sample():
    settings = competition_of(BINARY)
    assert submission_columns(["id", "prediction"], BINARY, settings) == ["prediction"]


@pytest.mark.parametrize(
    ("submit_as", "expected"),
    [
        ("labels", [["sea"], ["wood"], ["town"]]),
        ("probabilities", OF_TOPICS.tolist()),
    ],
)
def test_submitted_values_have_a_column_for_each_name(submit_as, expected):
    settings = competition_of(TOPICS, submit=submit_as)
    assert submitted_values(OF_TOPICS, TOPICS, settings, None).tolist() == expected


def test_ids_of_wrong_outputs_may_be_numbers_of_rows():
    with pytest.raises(DataError, match=r"first ids: 1\); nothing was written"):
        check_outputs(np.float32([[0.5], [2.0]]), range(2), BINARY)


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_certainty_is_a_probability(probability):
    submission = submit(np.full((3, 1), probability, np.float32), SAMPLE, BINARY)
    assert submission["target"].tolist() == [probability] * 3
