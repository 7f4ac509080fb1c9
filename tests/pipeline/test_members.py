"""Runs of several seeds, and of several models, on the tiny competition."""

import numpy as np
import pandas as pd
import pytest
from helpers.cases import compose_config
from regard.pipeline.ensembles import settings_of_members

from regard import artefacts, pipeline
from regard.artefacts import read_array
from regard.config import from_values
from regard.errors import ConfigError
from regard.network.pseudo_labels import pseudo_labels
from regard.pipeline import running

TEXT_CNN = "+model@members.text_cnn=text_cnn"
LINEAR = "+model@members.nb_svm=nb_svm"


def oof_of(run):
    return pd.read_csv(run / "oof.csv")[["sea", "town", "wood"]].to_numpy()


@pytest.mark.slow
def test_seeds_make_a_run_each_and_their_mean(quick, tmp_path, caplog):
    caplog.set_level("INFO")
    run = pipeline.train(quick("seeds=[3,1,2]"))
    assert run.name.startswith("lstm_attention-seeds-")
    singles = [pipeline.train(quick(f"seed={seed}")) for seed in (1, 2, 3)]
    np.testing.assert_allclose(
        oof_of(run.folder), np.mean([oof_of(one.folder) for one in singles], axis=0), atol=1e-6
    )
    outputs = [read_array(one.folders["predict"] / "outputs.npy") for one in singles]
    np.testing.assert_allclose(
        read_array(run.folders["predict"] / "outputs.npy"), np.mean(outputs, axis=0), atol=1e-6
    )
    entries = run.scores["blend"]
    scores = [one.scores["oof_score"] for one in singles]
    assert {member["seed"]: member["score"] for member in entries["members"].values()} == dict(
        enumerate(scores, 1)
    )
    assert entries["mean_of_members"] == pytest.approx(np.mean(scores))
    assert entries["standard_deviation_of_members"] == pytest.approx(np.std(scores, ddof=1))
    assert f"standard deviation {np.std(scores, ddof=1):.4f}" in caplog.text
    assert (run.folder / "report.html").exists()
    board = pd.read_csv(tmp_path / "outputs" / "tiny" / "leaderboard.csv")
    assert len(board) == 4


@pytest.mark.slow
def test_seeds_again_train_nothing_and_change_nothing(quick, monkeypatch, tmp_path):
    run = pipeline.train(quick("seeds=[1,2]"))
    monkeypatch.setattr(
        running, "_train_one_fold", lambda *arguments, **named: pytest.fail("a fold was trained")
    )
    before = {
        path: path.stat().st_mtime_ns for path in run.folder.parent.rglob("*") if path.is_file()
    }
    assert pipeline.train(quick("seeds=[1,2]")).folder == run.folder
    assert {
        path: path.stat().st_mtime_ns for path in run.folder.parent.rglob("*") if path.is_file()
    } == before
    assert (tmp_path / "outputs" / "tiny" / "latest").resolve() == run.folder.resolve()


@pytest.mark.slow
def test_one_seed_has_no_spread(quick):
    assert (
        pipeline.train(quick("seeds=[4]")).scores["blend"]["standard_deviation_of_members"] == 0.0
    )


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ("[]", "seeds is empty"),
        ("[1,2,1]", "seeds names 1 twice"),
        ("[1,-2]", "seeds=-2 is out of range"),
        ("[2147483648]", "seeds=2147483648 is out of range"),
    ],
)
def test_seeds_out_of_range_are_refused(seeds, words):
    with pytest.raises(ConfigError, match=words):
        compose_config(f"seeds={seeds}")


def test_a_single_stage_takes_no_seeds(quick):
    with pytest.raises(ConfigError, match=r"seeds=\[1, 2\] is for make train"):
        pipeline.make(quick("seeds=[1,2]"), "submit")


@pytest.mark.slow
def test_members_are_trained_on_the_same_folds_and_blended_with_the_model(quick, tmp_path, caplog):
    caplog.set_level("INFO")
    run = pipeline.train(quick(TEXT_CNN, LINEAR, "name=medal"))
    assert run.name.startswith("medal-")
    entries = run.scores["blend"]
    assert [name.partition("-")[0] for name in entries["members"]] == [
        "lstm_attention",
        "nb_svm",
        "text_cnn",
    ]
    assert max(entries["methods"].values()) == run.scores["oof_score"]
    board = pd.read_csv(tmp_path / "outputs" / "tiny" / "leaderboard.csv")
    assert len(board) == 4
    assert (tmp_path / "outputs" / "tiny" / "latest").resolve() == run.folder.resolve()
    assert (run.folder / "submission.csv").exists()
    assert all(name in (run.folder / "report.html").read_text() for name in entries["members"])


@pytest.mark.slow
def test_a_member_is_the_run_that_its_model_makes_alone(quick):
    alone = pipeline.train(quick("model=nb_svm"))
    run = pipeline.train(quick(LINEAR))
    assert alone.name in run.scores["blend"]["members"]


@pytest.mark.slow
def test_several_seeds_of_members_are_the_mean_of_their_blends(quick):
    run = pipeline.train(quick(LINEAR, "name=medal", "seeds=[1,2]"))
    assert run.name.startswith("medal-seeds-")
    singles = [pipeline.train(quick(LINEAR, "name=medal", f"seed={seed}")) for seed in (1, 2)]
    assert sorted(run.scores["blend"]["members"]) == sorted(one.name for one in singles)
    np.testing.assert_allclose(
        oof_of(run.folder), np.mean([oof_of(one.folder) for one in singles], axis=0), atol=1e-6
    )
    outputs = [read_array(one.folders["predict"] / "outputs.npy") for one in singles]
    np.testing.assert_allclose(
        read_array(run.folders["predict"] / "outputs.npy"), np.mean(outputs, axis=0), atol=1e-6
    )


@pytest.mark.slow
def test_members_have_the_settings_that_are_theirs(quick):
    run = pipeline.train(quick(TEXT_CNN, "members.text_cnn.cnn.filters=7"))
    (run,) = run.folder.parent.glob("text_cnn-*")
    settings = from_values(artefacts.read_json(run / "config.json"))
    assert (settings.model.name, settings.model.cnn.filters, settings.members) == (
        "text_cnn",
        7,
        {},
    )
    again = from_values(artefacts.read_json(run.folder / "config.json"))
    assert again.members["text_cnn"].cnn.filters == 7


@pytest.mark.slow
def test_a_member_that_the_task_is_not_for_is_left_out(caplog):
    caplog.set_level("INFO")
    config = compose_config("experiment=medal", "competition=commonlit")
    names = [one.name for one in settings_of_members(config)]
    assert names == ["bigru_pool", "text_cnn", "bag_of_vectors", "tfidf_linear"]
    assert "nb_svm is left out, as it is not for the task regression" in caplog.text
    assert "nb_svm" in [one.name for one in settings_of_members(compose_config("experiment=medal"))]


def test_linear_members_learn_from_no_pseudo_labels():
    several = settings_of_members(compose_config("experiment=medal", "pseudo_labels.run=medal-1"))
    assert {one.name: one.pseudo_labels.folder for one in several} == {
        "bigru_pool": "medal-1",
        "text_cnn": "medal-1",
        "bag_of_vectors": "medal-1",
        "nb_svm": None,
        "tfidf_linear": None,
    }


@pytest.mark.slow
def test_pseudo_labels_of_a_blend_are_the_plain_mean_of_what_its_members_say_in_that_fold(quick):
    run = pipeline.train(quick(LINEAR, "name=medal"))
    singles = [pipeline.train(quick()), pipeline.train(quick("model=nb_svm"))]
    means = np.mean(
        [read_array(one.folders["predict"] / "fold_outputs.npy") for one in singles], axis=0
    )
    config = quick(f"pseudo_labels.run={run.name}", "pseudo_labels.threshold=0.5")
    for fold, outputs in enumerate(means):
        found = pseudo_labels(config.pseudo_labels, run, run.task, fold)
        np.testing.assert_allclose(found.outputs, outputs[outputs.max(axis=1) >= 0.5], atol=1e-6)
    assert pipeline.make(config, "train").folder.exists()


@pytest.mark.slow
def test_a_run_that_a_model_made_before_is_the_member_of_a_blend(quick):
    alone = [
        pipeline.train(quick("experiment=network")),
        pipeline.train(quick("experiment=network", "model=text_cnn")),
    ]
    # as `quick` has for model
    several = settings_of_members(quick("experiment=medal", "members.text_cnn.rnn.units=8"))
    assert [pipeline.make(one, "prepare").folder for one in several[:2]] == [
        run.folder for run in alone
    ]


@pytest.mark.slow
def test_a_model_that_is_a_member_too_counts_once(caplog):
    caplog.set_level("INFO")
    several = settings_of_members(compose_config("experiment=medal", "model=text_cnn"))
    assert [one.name for one in several] == ["text_cnn", "bag_of_vectors", "nb_svm", "tfidf_linear"]
    assert "text_cnn is left out, as it is the same model as text_cnn" in caplog.text


@pytest.mark.slow
def test_models_that_differ_in_their_names_or_in_other_encoders_only_are_one(caplog):
    caplog.set_level("INFO")
    several = settings_of_members(
        compose_config("experiment=medal", "model=nb_svm", "model.name=mine")
    )
    assert [one.name for one in several] == ["mine", "text_cnn", "bag_of_vectors", "tfidf_linear"]
    several = settings_of_members(
        compose_config("model=dpcnn", "+model@members.more=dpcnn", "members.more.rnn.units=3")
    )
    assert [one.name for one in several] == ["dpcnn"]
    several = settings_of_members(
        compose_config(LINEAR, "+model@members.more=nb_svm", "members.more.C=[1]")
    )
    assert [one.name for one in several] == ["lstm_attention", "nb_svm", "more"]
    several = settings_of_members(
        compose_config("+model@members.a=text_cnn", "+model@members.b=text_cnn")
    )
    assert [one.name for one in several] == ["lstm_attention", "a"]
    assert "b is left out, as it is the same model as a" in caplog.text


def test_a_member_of_the_models_own_name_but_other_settings_is_another():
    several = settings_of_members(
        compose_config("experiment=medal", "model=text_cnn", "members.text_cnn.cnn.filters=7")
    )
    assert [one.name for one in several] == [
        "text_cnn",
        "text_cnn",
        "bag_of_vectors",
        "nb_svm",
        "tfidf_linear",
    ]
    assert [one.model.cnn.filters for one in several[:2]] == [64, 7]


def test_a_model_that_is_left_alone_has_the_name_of_the_run():
    settings = ["competition=commonlit", LINEAR]
    assert [one.name for one in settings_of_members(compose_config(*settings, "name=mine"))] == [
        "mine"
    ]
    assert [one.name for one in settings_of_members(compose_config(*settings))] == [
        "lstm_attention"
    ]


def test_a_method_that_does_not_suit_is_refused_before_anything_is_trained(quick, tmp_path):
    with pytest.raises(ConfigError, match="rank_mean does not suit the metric accuracy"):
        pipeline.train(quick(LINEAR, "blend.method=rank_mean"))
    assert not (tmp_path / "outputs" / "tiny" / "runs").exists()


@pytest.mark.slow
def test_seeds_are_for_networks_among_the_members_too(quick):
    run = pipeline.train(
        quick("model=nb_svm", "+model@members.lstm_attention=lstm_attention", "seeds=[1,2]")
    )
    assert len(list(run.folder.parent.glob("lstm_attention-*/manifest.json"))) == 2


def test_a_single_stage_takes_no_members(quick):
    with pytest.raises(ConfigError, match=r"members \(text_cnn\) are for make train"):
        pipeline.make(quick(TEXT_CNN), "submit")
