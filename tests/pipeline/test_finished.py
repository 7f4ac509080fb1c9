import dataclasses
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.learners import FakeLearner, RefusingLearner

from regard.artefacts import hash_file, is_finished, read_json
from regard.errors import ArtefactError, ConfigError, DataError
from regard.pipeline import blend_runs, make, open_run, remake
from regard.pipeline.finished import make_outputs
from regard.pipeline.finishing import finish_run
from regard.pipeline.learners import LEARNERS
from regard.pipeline.opening import load
from regard.pipeline.runner import Session
from regard.runs import predicting

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds

APART = "text.use_test=false"


def command(quick, *overrides):
    """Return the settings of a command, with the words as they were typed."""
    return dataclasses.replace(quick(*overrides), overrides=list(overrides))


def finished(quick, *overrides):
    run = make(quick(*overrides), "report")
    finish_run(run)
    return run


def edit_test(folder, row=2, text="another text"):
    """Change a text of the test file."""
    tables = tiny_tables()
    tables["test"].loc[row, "text"] = text
    write_tables(folder / "data" / "tiny", tables)


def submission_of(run):
    return pd.read_csv(run.folder / "submission.csv", dtype=str).set_index("id")["category"]


@pytest.fixture
def untrained(monkeypatch):
    """Return a function that makes every training fail from now on."""
    return lambda: monkeypatch.setitem(LEARNERS, "network", RefusingLearner())


def test_run_is_named_by_a_word_or_a_path(quick):
    first, second = (finished(quick, f"seed={seed}") for seed in (1, 2))
    best = max((first, second), key=lambda run: run.scores["oof_score"])
    for word, run in (
        ("", second),
        ("latest", second),
        ("best", best),
        (first.name, first),
        (first.name[:-3], first),
        (str(first.folder), first),
    ):
        assert open_run(command(quick), word).folder == run.folder
    with pytest.raises(ConfigError, match="no run 'nowhere'"):
        open_run(command(quick), "nowhere")


def test_opened_run_has_its_own_settings(quick):
    run = finished(quick, "seed=7", "report.n_worst_rows=3", "folds.n_folds=3")
    found = open_run(command(quick))
    assert found.config == run.config
    assert found.n_folds == 3


@pytest.mark.parametrize(
    "setting",
    [
        "seed=1",
        "training.epochs=9",
        "model=text_cnn",
        "model.rnn.units=3",
        "text.use_test=false",
        "seeds=[1,2]",
        "+model@members.text_cnn=text_cnn",
        "~members",
        "embeddings=word2vec",
        "folds.n_folds=3",
        "experiment=medal",
        "name=mine",
        "batches.size=3",
        "competition.metric=f1_macro",
        "competition.submit=labels",
    ],
)
def test_setting_of_training_is_refused(setting, quick):
    finished(quick)
    key = re.match(r"[+~]?([\w.@]+)", setting)[1]
    words = rf"^{re.escape(key)} is a setting of training, .* run=<name>"
    with pytest.raises(ConfigError, match=words) as error:
        open_run(dataclasses.replace(quick(), overrides=[setting]))
    assert "\n" not in str(error.value)


def test_settings_of_outputs_and_places_are_taken(quick, tmp_path):
    run = finished(quick, "report.n_explained_rows=2")
    words = ["report.n_worst_rows=3", "predict.models=folds", "compute.n_workers=2"]
    found = open_run(command(quick, *words)).config
    assert found.report.n_worst_rows == 3
    assert found.report.n_explained_rows == 2  # its own, as the command did not set it
    assert found.predict.models == "folds"
    assert found.compute.n_workers == 2
    assert (
        dataclasses.replace(
            found, report=run.config.report, predict=run.config.predict, compute=run.config.compute
        )
        == run.config
    )
    words = ["competition=tiny", "competition.name=tiny", "serve.port=99", "+hydra.verbose=true"]
    there = dataclasses.replace(quick(), overrides=[*words, "output_dir=x", "+plugins=[y]"])
    assert open_run(there).config == run.config


def test_places_are_those_of_the_command(quick, tmp_path):
    finished(quick)
    shutil.move(tmp_path / "outputs", tmp_path / "moved")
    shutil.move(tmp_path / "data", tmp_path / "files")
    folders = {"output_dir": str(tmp_path / "moved"), "data_dir": str(tmp_path / "files")}
    run = remake(dataclasses.replace(quick(), **folders), "submit")
    assert run.folder.is_relative_to(tmp_path / "moved")
    assert not (tmp_path / "outputs").exists()


def test_another_test_file_is_predicted_and_trains_nothing(quick, untrained, tmp_path):
    before = finished(quick, APART)
    edit_test(tmp_path)
    untrained()
    run = make(quick(APART), "report")
    assert run.folder == before.folder
    expected = run.predictor().outputs(run.test_rows)
    np.testing.assert_array_equal(run.outputs, expected)
    assert (run.outputs != before.outputs).any(axis=1).nonzero()[0].tolist() == [2]
    assert run.folders["predict"] != before.folders["predict"]
    labels = dict(zip(run.test_ids, run.predict(run.table("test"))["category"], strict=True))
    assert submission_of(run).to_dict() == labels
    edit_test(tmp_path, 2, tiny_tables()["test"]["text"][2])
    again = make(quick(APART), "report")
    np.testing.assert_array_equal(again.outputs, before.outputs)


def test_another_test_file_trains_again_if_its_words_are_read(quick, tmp_path):
    before = finished(quick)
    edit_test(tmp_path)
    run = make(quick(), "report")
    assert run.folder != before.folder


def test_training_says_which_run_predicts_another_test_file(quick, tmp_path, caplog):
    before = finished(quick)
    edit_test(tmp_path)
    with caplog.at_level("INFO"):
        make(quick(), "report")
    words = f"run {before.name} differs by the test file alone"
    assert len([line for line in caplog.messages if words in line]) == 1
    caplog.clear()
    with caplog.at_level("INFO"):
        make(quick("seed=2"), "report")
    assert "differs by the test file alone" not in caplog.text


@pytest.mark.parametrize("setting", [APART, "text.use_test=true"])
def test_submission_of_a_finished_run_follows_the_test_file(setting, quick, untrained, tmp_path):
    before = finished(quick, setting)
    first = submission_of(before)
    edit_test(tmp_path, 0, "ship ship wave")
    untrained()
    run = remake(command(quick), "submit")
    assert run.folder == before.folder
    labels = dict(zip(run.test_ids, run.predict(run.table("test"))["category"], strict=True))
    assert submission_of(run).to_dict() == labels
    noted = read_json(run.folders["predict"] / "manifest.json")["test_file"]
    assert noted == hash_file(tmp_path / "data" / "tiny" / "test.csv")
    assert {path.name for path in before.folders["predict"].parent.iterdir()} == {
        before.folders["predict"].name,
        run.folders["predict"].name,
    }
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    assert submission_of(remake(command(quick), "submit")).to_dict() == first.to_dict()


def test_same_command_again_writes_nothing(quick, untrained, tmp_path):
    finished(quick)
    untrained()
    remake(command(quick), "report")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "outputs").rglob("*.*")}
    remake(command(quick), "report")
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "outputs").rglob("*.*")}
    assert after == before


def test_report_follows_its_settings(quick, untrained):
    run = finished(quick)
    page = (run.folder / "report.html").read_text()
    untrained()
    remake(command(quick, "report.n_worst_rows=1"), "report")
    assert (run.folder / "report.html").read_text() != page
    remake(command(quick), "report")
    assert (run.folder / "report.html").read_text() == page


def test_other_models_predict_if_asked_for(quick, monkeypatch):
    class Numbered(FakeLearner):
        def load_model(self, run, folder):
            model = super().load_model(run, folder)
            model.seed = lambda: {"fold_0": 0, "fold_1": 1, "refit": 2}[folder.name]
            return model

    monkeypatch.setitem(LEARNERS, "network", Numbered())
    run = finished(quick, "training.refit=true")
    by_folds = run.outputs
    opened = open_run(command(quick, "predict.models=refit"))
    make_outputs(opened, "predict", Session())
    assert opened.folders["predict"] != run.folders["predict"]
    assert not np.array_equal(opened.outputs, by_folds)
    np.testing.assert_array_equal(opened.outputs, opened.predictor("refit").outputs(run.test_rows))


def test_copied_run_predicts_the_files_of_its_new_place(quick, untrained, tmp_path):
    run = finished(quick)
    alone = shutil.copytree(run.folder, tmp_path / "elsewhere" / "runs" / "mine")
    untrained()
    edit_test(tmp_path)
    found = remake(command(quick), "submit", str(alone))
    assert found.folder == alone
    np.testing.assert_array_equal(found.outputs, found.predictor().outputs(found.test_rows))


@pytest.mark.parametrize("target", ["submit", "report"])
def test_blend_predicts_another_test_file(target, quick, untrained, tmp_path):
    members = [finished(quick, f"seed={seed}") for seed in (1, 2)]
    blend = blend_runs(quick("blend.method=mean"))
    first = submission_of(blend)
    edit_test(tmp_path, 0, "ship ship wave")
    untrained()
    run = remake(command(quick), target, blend.name)
    outputs = [load(one.folder).predictor().outputs(run.test_rows) for one in members]
    np.testing.assert_allclose(run.outputs, np.mean(outputs, axis=0), atol=1e-6)
    labels = dict(zip(run.test_ids, run.predict(run.table("test"))["category"], strict=True))
    assert submission_of(run).to_dict() == labels
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    remake(command(quick), target, blend.name)
    assert submission_of(blend).to_dict() == first.to_dict()


def test_member_that_is_gone_is_named(quick, tmp_path):
    members = [finished(quick, f"seed={seed}") for seed in (1, 2)]
    blend = blend_runs(quick("blend.method=mean"))
    shutil.rmtree(members[0].folder)
    edit_test(tmp_path)
    with pytest.raises(ArtefactError, match=f"its member {members[0].name} is neither") as error:
        remake(command(quick), "submit", blend.name)
    assert "\n" not in str(error.value)
    assert not list((blend.folder / "predict").glob(".*"))


def test_older_run_stays_older(quick, tmp_path):
    first, second = (finished(quick, f"seed={seed}") for seed in (1, 2))
    remake(command(quick), "report", first.name)
    assert (tmp_path / "outputs" / "tiny" / "latest").resolve() == second.folder


@pytest.mark.parametrize("target", ["predict", "submit"])
def test_run_without_a_test_file_has_nothing_to_submit(target, quick):
    alone = ["competition.test_file=null", "competition.sample_file=null"]
    run = finished(quick, *alone)
    with pytest.raises(ConfigError, match=rf"run {run.name} has nothing to {target}: .*new.csv"):
        remake(command(quick), target)
    assert remake(command(quick), "report").folder == run.folder


@pytest.mark.parametrize("name", ["test", "sample_submission"])
def test_missing_file_is_one_line(name, quick, tmp_path):
    finished(quick)
    (tmp_path / "data" / "tiny" / f"{name}.csv").unlink()
    with pytest.raises(DataError, match=rf"{name}\.csv does not exist"):
        remake(command(quick), "submit")


def test_broken_test_file_leaves_the_submission_as_it_is(quick, tmp_path):
    run = finished(quick)
    before = (run.folder / "submission.csv").read_bytes()
    tables = tiny_tables()
    write_tables(tmp_path / "data" / "tiny", {"test": tables["test"].drop(columns="text")})
    with pytest.raises(DataError, match="no column 'text'"):
        remake(command(quick), "submit")
    assert (run.folder / "submission.csv").read_bytes() == before


def test_interrupted_prediction_leaves_nothing(quick, monkeypatch, tmp_path):
    run = finished(quick)
    edit_test(tmp_path)

    class Stopped(FakeLearner):
        def load_model(self, run, folder):
            raise KeyboardInterrupt

    monkeypatch.setitem(LEARNERS, "network", Stopped())
    monkeypatch.setattr(predicting, "_LOADED", {})
    with pytest.raises(KeyboardInterrupt):
        remake(command(quick), "submit")
    assert list((run.folder / "predict").iterdir()) == [run.folders["predict"]]
    monkeypatch.setitem(LEARNERS, "network", FakeLearner())
    monkeypatch.setattr(predicting, "_LOADED", {})
    found = remake(command(quick), "submit")
    assert is_finished(found.folders["predict"])


def test_command_keeps_the_settings_of_its_outputs(quick):
    make(quick("training.refit=true"), "report")
    first = make(quick("training.refit=true", "predict.models=refit"), "report")
    finish_run(first)
    submission = (first.folder / "submission.csv").read_bytes()
    again = remake(quick(), "report")
    assert again.folder == first.folder
    assert again.config.predict.models == "refit"
    assert (again.folder / "submission.csv").read_bytes() == submission


def test_run_trained_without_test_rows_takes_them_later(quick, tmp_path):
    alone = ["competition.test_file=null", "competition.sample_file=null", "text.use_test=false"]
    run = make(quick(*alone), "report")
    finish_run(run)
    later = make(quick("text.use_test=false"), "report")
    finish_run(later)
    assert later.folder == run.folder
    assert len(load(run.folder).submission) == 12
    assert remake(quick(), "submit").folder == run.folder


def test_model_of_all_rows_is_asked_for_before_training(quick, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", RefusingLearner())
    with pytest.raises(ConfigError, match=r"also set training\.refit=true"):
        make(quick("predict.models=both"), "report")
