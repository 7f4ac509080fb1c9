import pandas as pd
import pytest
from helpers.served_runs import FakeRun, label_run, number_run, pair_run, soft_run

from regard.errors import ConfigError
from regard.serving.bodies import Word
from regard.serving.predictor import Predictor
from regard.serving.rows import Row


def test_a_class_and_its_probabilities():
    (prediction,) = Predictor(FakeRun())([Row({"text": "ship"})])
    assert prediction.labels == {"category": "sea"}
    assert prediction.probabilities == {"sea": 6 / 8, "wood": 1 / 8, "town": 1 / 8}
    assert (prediction.numbers, prediction.words) == ({}, None)


def test_the_words_of_rows_that_ask_for_them():
    rows = [Row({"text": "a ship"}, explain=True), Row({"text": "moss"})]
    first, second = Predictor(FakeRun())(rows)
    assert first.words == [
        Word(column="text", word="a", weight=0.2),
        Word(column="text", word="ship", weight=0.8),
    ]
    assert second.words is None


def test_labels_of_each_kind_of_task():
    (labels,) = Predictor(label_run())([Row({"text": "ship"})])
    assert labels.labels == {"toxic": "1", "threat": "0"}
    assert labels.probabilities == {"toxic": 6 / 8, "threat": 1 / 8}
    (soft,) = Predictor(soft_run())([Row({"text": "ship"})])
    assert (soft.labels, soft.numbers) == ({}, {})
    assert soft.probabilities == {"a": 6 / 8, "b": 1 / 8}
    (number,) = Predictor(number_run())([Row({"text": "ship"})])
    assert (number.labels, number.probabilities) == ({}, {})
    assert number.numbers == {"ease": 6 / 8}


def test_making_one_predicts_rows_so_that_models_are_loaded_and_traced():
    run = pair_run()
    assert Predictor(run).explains
    assert run.batches == [1, 1, 2, 3]


def test_a_run_may_have_no_explanations(monkeypatch):
    def refuse(self, row, *, method):
        raise ConfigError("this model has no attention")

    monkeypatch.setattr(FakeRun, "explain", refuse)
    assert not Predictor(FakeRun()).explains


def test_a_run_without_attention_is_explained_by_leaving_words_out(monkeypatch):
    methods = []

    def explain(self, row, *, method):
        methods.append(method)
        if method == "attention":
            raise ConfigError("this model has no attention")
        return pd.DataFrame({"column": ["text"], "word": ["moss"], "weight": [0.5]})

    monkeypatch.setattr(FakeRun, "explain", explain)
    predictor = Predictor(FakeRun())
    (found,) = predictor([Row({"text": "moss"}, explain=True)])
    assert [word.weight for word in found.words] == [0.5]
    assert methods == ["attention", *["leave_one_out"] * 5]


def test_a_broken_run_is_noticed_before_the_port_opens(monkeypatch):
    monkeypatch.setattr(FakeRun, "_outputs", lambda self, text: {}["nothing"])
    with pytest.raises(KeyError):
        Predictor(FakeRun())
