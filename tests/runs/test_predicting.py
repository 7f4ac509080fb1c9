from types import SimpleNamespace

import numpy as np
import pytest
from helpers.learners import FakeLearner
from helpers.tables import frame

from regard.data.preprocessor import Unknown
from regard.data.rows import Rows
from regard.errors import DataError
from regard.pipeline import make
from regard.pipeline.learners import LEARNERS
from regard.runs import predicting as module
from regard.runs.predicting import (
    blocks_of,
    outputs_by_model,
    predict_block,
)

ROWS = frame(text=["the ship", "zebra zebra", ""])


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch):
    monkeypatch.setattr(module, "_LOADED", {})


def ignore(event):
    raise AssertionError(event)


@pytest.mark.parametrize("n_rows", [1, 2, 3, 7])
def test_blocks_hold_all_rows_in_order(n_rows):
    rows = frame(text=list("abcde"))
    blocks = list(blocks_of(rows, n_rows))
    assert [text for block in blocks for text in block["text"]] == list("abcde")
    assert {len(block) for block in blocks[:-1]} <= {n_rows}
    assert list(blocks_of(rows[:0], n_rows)) == []


def test_block_is_predicted_with_its_unknown_tokens(quick):
    run = make(quick(), "train")
    found = predict_block(run, "auto", ROWS, "new.csv", progress=ignore)
    np.testing.assert_array_equal(found.outputs, run.predict(ROWS, form="probabilities"))
    assert found.unknown == Unknown(3, 5)


def test_model_that_reads_no_tokens_has_no_unknown_ones(quick, monkeypatch):
    monkeypatch.setitem(LEARNERS, "linear", FakeLearner())
    run = make(quick("model=nb_svm"), "train")
    found = predict_block(run, "auto", ROWS, "new.csv", progress=ignore)
    assert found.unknown == Unknown(0, 0)


def test_error_names_the_file(quick, tmp_path):
    run = make(quick(), "train")

    class Failing(FakeLearner):
        def load_model(self, run, folder):
            def predict(rows):
                raise DataError(rows.file)

            return SimpleNamespace(predict=predict)

    run.learner = Failing()
    with pytest.raises(DataError, match=r"^new\.csv$"):
        predict_block(run, "auto", ROWS, "new.csv", progress=ignore)


def test_some_models_predict(quick):
    run = make(quick("folds.n_folds=3"), "train")
    found = outputs_by_model(run, "auto", [2, 0], ROWS, progress=ignore)
    assert found.shape == (2, 3, 3)
    np.testing.assert_array_equal(found, run.predictor().by_model(Rows(ROWS), [2, 0]))


def test_process_keeps_the_models_of_one_run(quick):
    loaded = []

    class Noting(FakeLearner):
        def load_model(self, run, folder):
            loaded.append((run.config.seed, folder.name))
            return super().load_model(run, folder)

    one, two = (make(quick(f"seed={seed}"), "train") for seed in (1, 2))
    one.learner = two.learner = Noting()
    for run in (one, one, two, two, one):
        predict_block(run, "auto", ROWS, "new.csv", progress=ignore)
    both = ["fold_0", "fold_1"]
    assert loaded == [(seed, name) for seed in (1, 2, 1) for name in both]
    assert len(module._LOADED) == 1
