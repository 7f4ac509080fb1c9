import pickle

import numpy as np
import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables

from regard.artefacts import read_json
from regard.errors import ArtefactError
from regard.pipeline import make
from regard.runs import contents, folders
from regard.runs.run import Run


@pytest.fixture
def run(quick):
    """Make a run up to its submission."""
    return make(quick(), "submit")


def test_run_has_everything_that_its_stages_made(run, tmp_path):
    train, test = (pd.read_csv(tmp_path / f"data/tiny/{part}.csv") for part in ("train", "test"))
    assert run.name.startswith("lstm_attention-")
    assert run.folder == tmp_path / "outputs" / "tiny" / "runs" / run.name
    assert run.competition_folder == tmp_path / "outputs" / "tiny"
    assert run.train_ids.tolist() == train["id"].tolist()
    assert run.test_ids.tolist() == test["id"].tolist()
    assert run.task.classes == ("sea", "town", "wood")
    assert [run.task.classes[label] for label in run.labels] == train["category"].tolist()
    assert run.vocabulary[:2] == ["<pad>", "<unk>"]
    assert run.identical[7] == 4
    assert sorted(set(run.folds.tolist())) == [0, 1]
    assert run.n_folds == 2
    assert len(run.train_inputs) == 48
    assert len(run.test_inputs) == len(run.test_rows) == 12
    assert run.test_rows.frame["text"].tolist() == tiny_tables()["test"]["text"].tolist()
    assert run.features.n_values == ()
    assert run.outputs.shape == (12, 3)
    assert run.scores == read_json(run.folder / "metrics.json")
    assert run.thresholds is None
    assert [history["best_epoch"] for history in run.histories] == [1, 1]
    assert run.manifest["input_hashes"] == run.input_hashes


def test_texts_are_those_of_the_files(run):
    train = tiny_tables()["train"]
    assert run.texts("train") == [train["text"].tolist()]


def test_text_columns_are_joined_or_separate(quick, tmp_path):
    tables = tiny_tables()
    for part in ("train", "test"):
        tables[part]["title"] = [f"title {row}" for row in range(len(tables[part]))]
    write_tables(tmp_path / "data" / "tiny", tables)
    columns = "competition.text_columns=[title,text]"
    joined = make(quick(columns), "test_tables").texts("test")
    assert joined[0][1] == f"title 1\n{tables['test']['text'][1]}"
    pair = make(quick(columns, "competition.texts=pair"), "test_tables").texts("test")
    assert [column[1] for column in pair] == ["title 1", tables["test"]["text"][1]]


def test_targets_have_labels_weights_and_subgroups(quick, tmp_path):
    tables = tiny_tables()
    train = tables["train"]
    train["category"] = (train["category"] == "sea").astype(int)
    train["men"] = ["1.0", "0.6", "0.4", ""] * 12
    write_tables(tmp_path / "data" / "tiny", tables)
    binary = ["competition.task=binary", "competition.metric=log_loss", "competition.submit=auto"]
    plain = make(quick(*binary), "prepare").targets
    assert plain.labels.tolist() == train[["category"]].to_numpy().tolist()
    assert plain.weights is None
    assert plain.subgroups is None
    subgroups = ["competition.metric=bias_roc_auc", "competition.subgroup_columns=[men]"]
    weighted = make(quick(*binary, *subgroups, "prior.test_positive_rate=0.5"), "prepare").targets
    assert weighted.subgroups[:4].tolist() == [[True], [True], [False], [False]]
    # A third of the rows is positive; half of the test rows are.
    is_positive = plain.labels[:, 0] == 1
    assert weighted.weights[is_positive].sum() == pytest.approx(
        weighted.weights[~is_positive].sum()
    )


def test_tuned_thresholds_are_those_of_all_rows(quick):
    run = make(quick("competition.metric=f1_macro", "thresholds.tuned=true"), "train")
    assert run.thresholds.tolist() == run.scores["thresholds"]["all_rows"]
    assert len(run.thresholds) == 3


def test_every_table_and_value_is_read_once(run, monkeypatch):
    calls = []

    def counted(function):
        def call(*arguments):
            calls.append((function.__name__, *arguments))
            return function(*arguments)

        return call

    for name in ("read_table", "read_json", "read_task", "read_vocabulary", "read_features"):
        for module in (folders, contents):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, counted(getattr(module, name)))
    again = pickle.loads(pickle.dumps(run))
    for _ in range(3):
        again.texts("train")
        for name in ("targets", "train_ids", "task", "vocabulary", "scores", "manifest"):
            getattr(again, name)
        _ = again.preprocessor.key
    assert len(calls) == len(set(calls)) == 6


def test_pickle_carries_no_data(run):
    unread = Run(run.config, run.folders, run.input_hashes, run.fingerprints, run.learner)
    expected = pickle.dumps(unread)
    for part in ("train", "test", "sample"):
        run.table(part)
    for name in ("labels", "folds", "vocabulary", "targets", "task", "scores", "identical"):
        getattr(run, name)
    run.predict(["the sea"])
    stored = pickle.dumps(run)
    assert len(stored) == len(expected) < 10_000
    again = pickle.loads(stored)
    assert again.folders == run.folders
    assert again.fingerprints == run.fingerprints
    assert again.config == run.config
    assert type(again.learner) is type(run.learner)
    np.testing.assert_array_equal(again.labels, run.labels)


def test_artefact_of_a_stage_that_has_not_run_is_one_line(quick):
    run = make(quick(), "tables")
    for read in (
        lambda: run.task,
        lambda: run.vocabulary,
        lambda: run.labels,
        lambda: run.folds,
        lambda: run.features,
        lambda: run.train_inputs,
        lambda: run.test_inputs,
        lambda: run.table("test"),
        lambda: run.scores,
        lambda: run.manifest,
        lambda: run.outputs,
    ):
        with pytest.raises(ArtefactError, match="is missing: the stage") as error:
            read()
        assert "\n" not in str(error.value)


def test_stage_that_the_run_does_without_is_one_line(quick):
    run = make(quick("model=tfidf_linear"), "prepare")
    with pytest.raises(ArtefactError, match="this run has no artefact of the stage embed"):
        _ = run.embedding_matrix


def test_columns_are_read_alone_until_the_table_is_read(run):
    again = Run(run.config, run.folders, run.input_hashes)
    assert again.columns("train", ["category"]).columns.tolist() == ["category"]
    assert again.train_ids.tolist() == again.table("train")["id"].tolist()
    assert again.columns("train", ["category", "id"]).equals(run.table("train")[["category", "id"]])


def test_run_without_stages_can_be_made(quick):
    run = Run(quick(), {}, {})
    assert run.config == quick()
    assert run.folders == run.fingerprints == {}
