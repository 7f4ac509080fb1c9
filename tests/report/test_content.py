import numpy as np
from helpers.report_cases import report_data

from regard.report import held_out_rows
from regard.tasks import Targets


def test_rows_without_a_prediction_are_left_out():
    rows = held_out_rows(
        ids=["a", "b", "c"],
        texts={"text": ["x", "y", "z"]},
        targets=Targets(np.array([0, 1, 2]), weights=np.array([1.0, 2.0, 3.0])),
        outputs=np.array([[np.nan, np.nan], [0.1, 0.9], [0.5, 0.5]], np.float32),
    )
    assert rows.ids == ["b", "c"]
    assert rows.texts == ["y", "z"]
    assert rows.texts_by_column == {}
    assert rows.targets.labels.tolist() == [1, 2]
    assert rows.targets.weights.tolist() == [2.0, 3.0]
    assert rows.outputs[:, 1].tolist() == np.float32([0.9, 0.5]).tolist()


def test_texts_of_several_columns_are_joined_and_kept_by_column():
    rows = held_out_rows(
        ids=["a", "b"],
        texts={"left": ["x", "y"], "right": ["1", "2"]},
        targets=Targets(np.array([0, 1])),
        outputs=np.array([[0.5], [np.nan]], np.float32),
    )
    assert rows.texts == ["x\n1"]
    assert rows.texts_by_column == {"left": ["x"], "right": ["1"]}


def test_thresholds_are_those_of_all_rows():
    tuned = {"all_rows": [0.35, 1.5], "score": 0.75, "by_fold": []}
    assert report_data("ordinal", thresholds=tuned).thresholds.tolist() == [0.35, 1.5]
    assert report_data("ordinal").thresholds.tolist() == [0.5, 1.5]
