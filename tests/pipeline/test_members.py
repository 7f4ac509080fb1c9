import re

import numpy as np
import pandas as pd
import pytest
from helpers.cases import compose_config
from helpers.learners import FakeLearner, RefusingLearner

from regard.artefacts import read_array
from regard.errors import ConfigError
from regard.network.pseudo_labels import read_pseudo_labels
from regard.pipeline import make, train
from regard.pipeline.learners import LEARNERS
from regard.pipeline.members import settings_of_members
from regard.pipeline.opening import load
from regard.pipeline.runner import Session, plan_run

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds

TEXT_CNN = "+model@members.text_cnn=text_cnn"
LINEAR = "+model@members.nb_svm=nb_svm"


@pytest.fixture
def quick(quick):
    """Return settings whose blends are means, unless a test asks for another method."""
    return lambda *overrides: quick("blend.method=mean", *overrides)


@pytest.fixture(autouse=True)
def fake_linear_learner(monkeypatch):
    monkeypatch.setitem(LEARNERS, "linear", FakeLearner())


def oof_of(run):
    return pd.read_csv(run.folder / "oof.csv")[["sea", "town", "wood"]].to_numpy()


def assert_mean(run, runs):
    """Check that the predictions of a run are the means of others."""
    np.testing.assert_allclose(oof_of(run), np.mean(list(map(oof_of, runs)), axis=0), atol=1e-6)
    outputs = [one.outputs for one in runs]
    np.testing.assert_allclose(run.outputs, np.mean(outputs, axis=0), atol=1e-6)


def names_of(*settings):
    return [one.name for one in settings_of_members(compose_config(*settings))]


def test_one_model_with_one_seed_is_one_run(quick, tmp_path):
    run = train(quick())
    home = tmp_path / "outputs" / "tiny"
    assert run.name.startswith("lstm_attention-")
    assert (home / "latest").resolve() == run.folder
    assert pd.read_csv(home / "leaderboard.csv")["run"].tolist() == [run.name]
    assert (run.folder / "submission.csv").is_file()
    assert (run.folder / "report.html").is_file()


def test_log_ends_with_the_score_and_the_files(quick, caplog):
    with caplog.at_level("INFO"):
        run = train(quick())
    score, *files, closing, following = caplog.messages[-6:]
    by_fold = ", ".join(f"{score:.4f}" for score in run.scores["fold_scores"])
    assert score == f"oof accuracy: {run.scores['oof_score']:.4f} (folds {by_fold})"
    assert [line.split() for line in files] == [
        ["submission:", str(run.folder / "submission.csv")],
        ["report:", str(run.folder / "report.html")],
        ["metrics:", str(run.folder / "metrics.json")],
    ]
    assert re.fullmatch(r"\d+ seconds? of training; 1st of 1 run by accuracy", closing)
    assert following.startswith("next: ")


def test_seeds_make_a_run_each_and_their_mean(quick, tmp_path, caplog):
    with caplog.at_level("INFO"):
        run = train(quick("seeds=[3,1,2]"))
    assert run.name.startswith("lstm_attention-seeds-")
    assert len([line for line in caplog.messages if line.startswith("next: ")]) == 1
    singles = [make(quick(f"seed={seed}"), "predict") for seed in (1, 2, 3)]
    assert_mean(run, singles)
    entries = run.scores["blend"]
    scores = [one.scores["oof_score"] for one in singles]
    by_seed = {member["seed"]: member["score"] for member in entries["members"].values()}
    assert by_seed == dict(zip((1, 2, 3), scores, strict=True))
    assert entries["mean_of_members"] == pytest.approx(np.mean(scores))
    assert entries["std_of_members"] == pytest.approx(np.std(scores, ddof=1))
    mean_and_std = f"(mean {np.mean(scores):.4f}, std {np.std(scores, ddof=1):.4f})"
    assert mean_and_std in caplog.text
    assert (run.folder / "report.html").exists()
    assert len(pd.read_csv(tmp_path / "outputs" / "tiny" / "leaderboard.csv")) == 4


def test_overrides_of_a_seed_are_those_of_its_own_command(quick):
    run = train(quick("seeds=[1,2]"))
    overrides = {
        load(run.folder.parent / name).config.seed: load(run.folder.parent / name).config.overrides
        for name in run.scores["blend"]["members"]
    }
    assert overrides == {1: ["seed=1"], 2: ["seed=2"]}


def test_seeds_again_train_nothing_and_change_nothing(quick, monkeypatch, tmp_path):
    run = train(quick("seeds=[1,2]"))
    monkeypatch.setitem(LEARNERS, "network", RefusingLearner())
    runs = run.folder.parent
    before = {path: path.stat().st_mtime_ns for path in runs.rglob("*") if path.is_file()}
    assert train(quick("seeds=[1,2]")).folder == run.folder
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert (tmp_path / "outputs" / "tiny" / "latest").resolve() == run.folder


def test_one_seed_has_no_std(quick):
    assert train(quick("seeds=[4]")).scores["blend"]["std_of_members"] == 0.0


def test_members_are_trained_on_the_same_folds_and_blended(quick, tmp_path):
    run = train(quick(TEXT_CNN, LINEAR, "name=medal", "blend.method=auto"))
    assert run.name.startswith("medal-")
    entries = run.scores["blend"]
    names = [name.partition("-")[0] for name in entries["members"]]
    assert names == ["lstm_attention", "nb_svm", "text_cnn"]
    assert max(entries["methods"].values()) == run.scores["oof_score"]
    members = [load(run.folder.parent / name) for name in entries["members"]]
    assert {one.folders["folds"] for one in members} == {run.folders["folds"]}
    home = tmp_path / "outputs" / "tiny"
    assert len(pd.read_csv(home / "leaderboard.csv")) == 4
    assert (home / "latest").resolve() == run.folder
    assert (run.folder / "submission.csv").exists()
    page = (run.folder / "report.html").read_text()
    assert all(name in page for name in entries["members"])


def test_member_is_the_run_that_its_model_makes_alone(quick):
    alone = make(quick("model=nb_svm"), "report")
    run = train(quick(LINEAR))
    assert run.name.startswith("blend-")
    assert alone.name in run.scores["blend"]["members"]


def test_seeds_of_members_are_the_mean_of_their_blends(quick):
    run = train(quick(LINEAR, "name=medal", "seeds=[1,2]"))
    assert run.name.startswith("medal-seeds-")
    singles = [train(quick(LINEAR, "name=medal", f"seed={seed}")) for seed in (1, 2)]
    assert sorted(run.scores["blend"]["members"]) == sorted(one.name for one in singles)
    assert_mean(run, singles)


def test_seeds_are_for_networks_among_the_members(quick):
    run = train(
        quick("model=nb_svm", "+model@members.lstm_attention=lstm_attention", "seeds=[1,2]")
    )
    assert len(list(run.folder.parent.glob("lstm_attention-*/manifest.json"))) == 2


def test_member_has_its_own_settings(quick):
    run = train(quick(TEXT_CNN, "members.text_cnn.cnn.filters=7"))
    (member,) = run.folder.parent.glob("text_cnn-*")
    config = load(member).config
    assert (config.model.name, config.model.cnn.filters, config.members) == ("text_cnn", 7, {})
    assert config.overrides == ["(its member text_cnn)"]
    assert load(run.folder).config.members["text_cnn"].cnn.filters == 7


@pytest.mark.slow
def test_earlier_run_of_a_model_is_the_member(quick):
    alone = [
        plan_run(quick("experiment=network", *model), Session()).folder
        for model in ([], ["model=text_cnn"])
    ]
    # `quick` sets model.rnn.units=8
    config = quick("experiment=medal", "members.text_cnn.rnn.units=8")
    several = [plan_run(one, Session()).folder for one in settings_of_members(config)]
    assert several[:2] == alone


@pytest.mark.slow
def test_member_that_aligns_no_pair_is_refused_by_its_key():
    key = "members.text_cnn.pair.alignment"
    with pytest.raises(ConfigError, match=rf"{key}=esim aligns .*; set {key}=none$"):
        names_of("experiment=medal", f"{key}=esim")


@pytest.mark.slow
def test_member_that_does_not_suit_the_task_may_align(monkeypatch):
    config = compose_config("experiment=medal", "members.text_cnn.pair.alignment=esim")
    monkeypatch.setattr(type(config.members["text_cnn"]), "suits", lambda self, task: False)
    assert all(one.name != "text_cnn" for one in settings_of_members(config))


def test_member_that_does_not_suit_the_task_is_left_out(caplog):
    caplog.set_level("INFO")
    names = names_of("experiment=medal", "competition=commonlit")
    assert names == ["bigru_pool", "text_cnn", "bag_of_vectors", "tfidf_linear"]
    assert "nb_svm is left out, as it does not suit the task regression" in caplog.text
    assert "nb_svm" in names_of("experiment=medal")


@pytest.mark.slow
def test_repeated_models_count_once(caplog):
    caplog.set_level("INFO")
    names = names_of("experiment=medal", "model=text_cnn")
    assert names == ["text_cnn", "bag_of_vectors", "nb_svm", "tfidf_linear"]
    assert "text_cnn is left out, as it is the same model as text_cnn" in caplog.text
    names = names_of("+model@members.a=text_cnn", "+model@members.b=text_cnn")
    assert names == ["lstm_attention", "a"]
    assert "b is left out, as it is the same model as a" in caplog.text


@pytest.mark.slow
def test_models_that_differ_in_unused_settings_count_once():
    names = names_of("experiment=medal", "model=nb_svm", "model.name=mine")
    assert names == ["mine", "text_cnn", "bag_of_vectors", "tfidf_linear"]
    names = names_of("model=dpcnn", "+model@members.more=dpcnn", "members.more.rnn.units=3")
    assert names == ["dpcnn"]
    names = names_of(LINEAR, "+model@members.more=nb_svm", "members.more.C=[1]")
    assert names == ["lstm_attention", "nb_svm", "more"]


def test_member_of_the_same_name_may_have_other_settings():
    settings = ["experiment=medal", "model=text_cnn", "members.text_cnn.cnn.filters=7"]
    several = settings_of_members(compose_config(*settings))
    names = ["text_cnn", "text_cnn", "bag_of_vectors", "nb_svm", "tfidf_linear"]
    assert [one.name for one in several] == names
    assert [one.model.cnn.filters for one in several[:2]] == [64, 7]


def test_single_model_that_is_left_has_the_name_of_the_run():
    settings = ["competition=commonlit", LINEAR]
    assert names_of(*settings, "name=mine") == ["mine"]
    assert names_of(*settings) == ["lstm_attention"]


def test_linear_members_learn_from_no_pseudo_labels(caplog):
    caplog.set_level("INFO")
    several = settings_of_members(compose_config("experiment=medal", "pseudo_labels.run=medal-1"))
    assert {one.name: one.pseudo_labels.run for one in several} == {
        "bigru_pool": "medal-1",
        "text_cnn": "medal-1",
        "bag_of_vectors": "medal-1",
        "nb_svm": None,
        "tfidf_linear": None,
    }
    assert "nb_svm does not learn from pseudo_labels.run; only networks do" in caplog.text


def test_pseudo_labels_of_a_blend_are_the_means_of_its_members_by_fold(quick):
    run = train(quick(LINEAR, "name=medal"))
    singles = [make(quick(), "predict"), make(quick("model=nb_svm"), "predict")]
    by_fold = [read_array(one.folders["predict"] / "fold_outputs.npy") for one in singles]
    config = quick(f"pseudo_labels.run={run.name}", "pseudo_labels.threshold=0.5")
    pupil = make(config, "folds")
    for fold, outputs in enumerate(np.mean(by_fold, axis=0)):
        found = read_pseudo_labels(pupil, fold)
        np.testing.assert_allclose(found.outputs, outputs[outputs.max(axis=1) >= 0.5], atol=1e-6)


def test_method_is_checked_before_anything_is_trained(quick, tmp_path):
    with pytest.raises(ConfigError, match="rank_mean does not suit the metric accuracy"):
        train(quick(LINEAR, "blend.method=rank_mean"))
    assert not (tmp_path / "outputs" / "tiny" / "runs").exists()


def test_stages_before_training_take_seeds_and_members(quick):
    run = make(quick("seeds=[1,2]", TEXT_CNN), "folds")
    assert run.folders["folds"].exists()


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


def test_settings_of_a_run_with_members_are_read_back(quick):
    run = train(quick(TEXT_CNN, LINEAR))
    assert load(run.folder).config == run.config
