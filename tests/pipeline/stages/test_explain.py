import dataclasses

import numpy as np
import pytest
from helpers.learners import FakeLearner, FakeModel

from regard.data.rows import Rows
from regard.pipeline import blend_runs, make
from regard.pipeline.learners import LEARNERS
from regard.runs.explained import read_explained


class AttentiveLearner(FakeLearner):
    """Predict by the number of words that are known, and attend by the number of the fold."""

    def load_model(self, run, folder):
        return AttentiveModel(run, folder)


class AttentiveModel(FakeModel):
    def fold(self):
        return int(self.folder.name.removeprefix("fold_").replace("refit", "7"))

    def attention(self, rows):
        return [weights.mean(axis=1) for weights in self.attention_by_head(rows)]

    def attention_by_head(self, rows):
        weights = np.zeros((len(rows), 2, 40), np.float32)
        weights[:, 0, self.fold()] = 1
        weights[:, 1, 0] = 1
        return [weights]


@pytest.fixture
def attentive(quick, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", AttentiveLearner())
    return lambda *words: quick("report.n_explained_rows=3", *words)


def explained(config):
    run = make(config, "explain")
    return run, read_explained(run.folders["explain"])


def by_part(found, part):
    return [row for row in found.rows if row.part == part]


def test_a_train_row_is_explained_by_the_model_that_held_it_out(attentive):
    run, found = explained(attentive("folds.n_folds=3", "report.n_explained_rows=20"))
    train = by_part(found, "train")
    assert len({row.row for row in train}) == 20
    for row in train:
        fold = run.folds[row.row]
        assert row.models == (f"fold_{fold}",)
        words = row.methods["attention"]
        ((name, pieces),) = words.texts
        assert name == "text"
        assert "".join(pieces) == run.texts("train")[0][row.row].rstrip()
        assert words.weights.shape == (1, 2, len(pieces))
        if len(pieces) > fold:
            assert words.weights[0, 0].argmax() == fold
            assert words.weights[0, 1].argmax() == 0


def test_a_test_row_is_explained_by_every_model(attentive):
    run, found = explained(attentive("folds.n_folds=3", "report.n_explained_rows=20"))
    test = by_part(found, "test")
    assert sorted(row.row for row in test) == list(range(12))
    for row in test:
        assert row.models == ("fold_0", "fold_1", "fold_2")
        weights = row.methods["attention"].weights
        for fold in range(min(3, weights.shape[2])):
            assert weights[fold, 0].argmax() == fold
    loss = next(row for row in test if row.methods["leave_one_out"].weights.shape[2])
    folds = loss.methods["leave_one_out"].weights.mean(axis=(0, 1))
    frame = run.columns("test", run.input_columns).iloc[[loss.row]]
    words = run.explain(frame["text"].iloc[0], method="leave_one_out")
    # The fake models of all folds predict alike, so each is as the mean.
    np.testing.assert_allclose(folds, words["weight"], atol=1e-5)
    outputs = run.predictor().outputs(Rows(frame))
    np.testing.assert_allclose(outputs[0], run.outputs[loss.row], atol=1e-6)


@pytest.mark.parametrize(
    ("models", "expected"), [("refit", ("refit",)), ("both", ("fold_0", "fold_1", "refit"))]
)
def test_the_model_of_all_rows_explains_what_it_predicts(models, expected, attentive):
    settings = ["training.refit=true", f"predict.models={models}"]
    _, found = explained(attentive(*settings, "report.n_explained_rows=4"))
    assert {row.models for row in by_part(found, "test")} == {expected}
    assert {row.models for row in by_part(found, "train")} == {("fold_0",), ("fold_1",)}


def test_faithfulness_is_measured_on_train_rows(attentive):
    _, found = explained(attentive("report.n_explained_rows=4"))
    measured = found.faithfulness
    assert set(measured) == {"n_rows", "share", "methods"}
    assert measured["n_rows"] > 30  # of 40, some of which have no words
    assert list(measured["methods"]) == ["attention", "leave_one_out", "random"]
    for values in measured["methods"].values():
        assert set(values) == {"comprehensiveness", "sufficiency", "area"}
    # Leaving words out finds those that the prediction rests on, by definition.
    best = max(measured["methods"], key=lambda name: measured["methods"][name]["area"])
    assert best == "leave_one_out"


def test_costly_methods_weigh_fewer_rows(attentive, monkeypatch):
    monkeypatch.setattr("regard.pipeline.stages.explain._WORDS_PER_ROW", 150)
    _, found = explained(attentive("report.n_explained_rows=10"))
    train = by_part(found, "train")
    weighed = ["leave_one_out" in row.methods for row in train]
    assert 0 < sum(weighed) < 10
    assert weighed[0]  # the first rows tell most
    assert all("attention" in row.methods for row in train)


def test_the_number_of_workers_makes_no_difference(attentive):
    found = [
        explained(attentive("folds.n_folds=3", f"compute.n_workers={n}", "seed=5"))[1]
        for n in (1, 3)
    ]
    for one, other in zip(*(part.rows for part in found), strict=True):
        assert (one.part, one.row) == (other.part, other.row)
        for name, words in one.methods.items():
            np.testing.assert_array_equal(words.weights, other.methods[name].weights)


def test_no_rows(attentive):
    _, found = explained(attentive("report.n_explained_rows=0"))
    assert found.rows == []
    assert found.faithfulness == {}


def test_without_a_test_file_train_rows_are_explained(attentive):
    config = attentive("competition.test_file=null", "competition.sample_file=null")
    _, found = explained(config)
    assert {row.part for row in found.rows} == {"train"}


def test_a_blend_is_explained_by_all_its_members(attentive):
    for seed in (1, 2):
        make(attentive(f"seed={seed}"), "predict")
    blend = blend_runs(attentive("blend.method=mean", "report.n_explained_rows=4"))
    found = read_explained(blend.folders["explain"])
    assert {row.models for row in by_part(found, "test")} == {("fold_0", "fold_1")}
    assert {name for row in found.rows for name in row.methods} == {"attention", "leave_one_out"}


def test_pairs_have_the_words_of_each_column(attentive):
    settings = attentive("competition.text_columns=[text,id]", "competition.texts=pair")

    class PairModel(AttentiveModel):
        def attention_by_head(self, rows):
            return 2 * super().attention_by_head(rows)

    class PairLearner(FakeLearner):
        def load_model(self, run, folder):
            return PairModel(run, folder)

    LEARNERS["network"] = PairLearner()
    _, found = explained(dataclasses.replace(settings))
    for row in found.rows:
        for words in row.methods.values():
            assert [name for name, _ in words.texts] == ["text", "id"]


def test_a_method_that_weighs_no_row_of_a_fold_is_measured_there(attentive, monkeypatch):
    def weighed_rows(reads, n_words, budget):
        return np.arange(1 if reads is None else len(n_words))

    monkeypatch.setattr("regard.pipeline.stages.explain.weighed_rows", weighed_rows)
    files = ["competition.test_file=null", "competition.sample_file=null"]
    _, found = explained(attentive("folds.n_folds=3", *files))
    assert sum("leave_one_out" in row.methods for row in found.rows) == 1
    assert found.faithfulness["n_rows"] > 20
    assert set(found.faithfulness["methods"]) == {"attention", "leave_one_out", "random"}
