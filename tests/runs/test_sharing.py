import shutil

import numpy as np
import pandas as pd
import pytest
from helpers.learners import FakeLearner, RefusingLearner, calling

from regard.artefacts import MANIFEST, is_finished, read_json
from regard.errors import ConfigError
from regard.metrics.thresholds.tuning import Tuned
from regard.pipeline import blend_runs, make, train
from regard.pipeline.learners import LEARNERS
from regard.pipeline.opening import load
from regard.runs import sharing
from regard.runs.finding import choose_run
from regard.runs.sharing import take_over_folds

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds


@pytest.fixture
def quick(quick):
    return lambda *overrides: quick("folds.n_folds=3", *overrides)


def oof_of(run):
    return pd.read_csv(run.folder / "oof.csv")


def trained_by(monkeypatch):
    """Return a list that counts the folds that are trained from now on."""
    counted = []
    learner = calling(FakeLearner(), lambda: counted.append(1))
    monkeypatch.setitem(LEARNERS, "network", learner)
    return counted


def test_one_fold_is_trained_scored_and_predicts(quick):
    run = train(quick("folds.only=[1]"))
    assert run.scores["folds"] == [1]
    assert run.scores["n_folds"] == 3
    assert len(run.scores["fold_scores"]) == 1
    assert run.scores["oof_score"] == run.scores["fold_scores"][0]
    assert np.isnan(run.scores["std_of_folds"])
    assert [folder.name for folder in run.fold_folders] == ["fold_1"]
    assert not (run.folder / "fold_0").exists()
    assert len(run.histories) == 1
    assert len(run.submission) == 12
    report = (run.folder / "report.html").read_text()
    assert "1 of 3" in report
    assert "NaN" not in report


def test_rows_of_other_folds_have_no_outputs(quick):
    oof = oof_of(train(quick("folds.only=[1]")))
    is_empty = oof[["sea", "town", "wood"]].isna().all(axis=1)
    assert is_empty.tolist() == (oof["fold"] != 1).tolist()


def test_the_score_is_that_of_the_fold_in_a_run_of_all_folds(quick):
    one = train(quick("folds.only=[2]"))
    whole = train(quick())
    assert one.name != whole.name
    assert one.scores["fold_scores"] == whole.scores["fold_scores"][2:]


def test_null_is_the_run_as_ever(quick):
    assert make(quick("folds.only=null"), "folds").name == make(quick(), "folds").name
    assert make(quick(), "folds").folder.name != make(quick("folds.only=[0]"), "folds").folder.name


def test_the_order_of_the_folds_does_not_count(quick):
    one = make(quick("folds.only=[2,0]"), "folds")
    assert one.folder == make(quick("folds.only=[0,2]"), "folds").folder
    assert one.chosen_folds == [0, 2]


def test_the_assignment_of_rows_is_shared(quick):
    runs = [make(quick(word), "folds") for word in ("folds.only=null", "folds.only=[0]")]
    assert runs[0].folders["folds"] == runs[1].folders["folds"]


def test_all_folds_take_over_the_one_that_is_trained(quick, monkeypatch, caplog):
    one = train(quick("folds.only=[1]"))
    counted = trained_by(monkeypatch)
    with caplog.at_level("INFO"):
        whole = train(quick())
    assert len(counted) == 2
    assert f"train: fold 1 is taken over from run {one.name}" in caplog.messages
    for name in ("oof_outputs.npy", "history.json"):
        copied = (whole.folder / "fold_1" / name).read_bytes()
        assert copied == (one.folder / "fold_1" / name).read_bytes()


def test_some_folds_take_over_those_of_a_whole_run(quick, monkeypatch):
    train(quick())
    monkeypatch.setitem(LEARNERS, "network", type("R", (RefusingLearner,), {})())
    monkeypatch.setattr(RefusingLearner, "__module__", FakeLearner.__module__)
    run = train(quick("folds.only=[0,2]"))
    assert run.scores["folds"] == [0, 2]


def test_other_settings_take_over_nothing(quick, monkeypatch):
    train(quick("folds.only=[0]"))
    counted = trained_by(monkeypatch)
    train(quick("training.learning_rate=0.01"))
    train(quick("seed=2"))
    assert len(counted) == 6


def test_a_run_that_is_deleted_leaves_those_that_took_over_its_folds(quick):
    one = train(quick("folds.only=[0]"))
    whole = train(quick())
    shutil.rmtree(one.folder)
    assert load(whole.folder).histories
    assert read_json(whole.folder / MANIFEST)["base"]


def test_files_are_copied_where_they_cannot_be_linked(quick, monkeypatch):
    def refuse(source, target):
        raise OSError("another file system")

    one = train(quick("folds.only=[0]"))
    monkeypatch.setattr(sharing.os, "link", refuse)
    whole = train(quick())
    file = whole.folder / "fold_0" / "oof_outputs.npy"
    assert file.stat().st_ino != (one.folder / "fold_0" / "oof_outputs.npy").stat().st_ino
    assert file.stat().st_nlink == 1


def test_a_fold_that_cannot_be_copied_whole_is_trained(quick, monkeypatch, caplog):
    def break_off(*arguments, **options):
        raise OSError("disk full")

    train(quick("folds.only=[0]"))
    run = make(quick(), "folds")
    run.unfinished_folder.mkdir(parents=True)
    monkeypatch.setattr(sharing.shutil, "copytree", break_off)
    take_over_folds(run)
    assert "disk full" in caplog.text
    assert list(run.unfinished_folder.iterdir()) == []
    assert run.folds_to_train() == [0, 1, 2]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("folds.only=[3]", "folds.only=[3] names fold 3, but there are 3 folds"),
        ("folds.only=[]", "folds.only is empty"),
        ("folds.only=[0,0]", "folds.only names 0 twice"),
        ("folds.only=[-1]", "folds.only=-1 is out of range"),
    ],
)
def test_folds_that_do_not_exist_are_refused(quick, words, message):
    with pytest.raises(ConfigError) as error:
        train(quick(words))
    assert message in str(error.value)


def test_folds_in_time_can_be_chosen(quick, tmp_path):
    path = tmp_path / "data" / "tiny" / "train.csv"
    frame = pd.read_csv(path, keep_default_na=False)
    frame.assign(time=range(len(frame))).to_csv(path, index=False)
    run = train(quick("folds.kind=time", "competition.time_column=time", "folds.only=[2]"))
    assert run.scores["folds"] == [2]
    oof = oof_of(run)
    assert (oof["fold"] == -1).any()
    assert oof.loc[oof["fold"] != 2, "sea"].isna().all()


def test_thresholds_of_a_single_fold_are_cross_fitted_inside_it(quick, monkeypatch):
    monkeypatch.setattr(Tuned, "pays", property(lambda tuned: True))
    run = train(quick("competition.metric=f1_macro", "folds.only=[0]", "folds.n_folds=2"))
    tuned = run.scores["thresholds"]
    assert len(tuned["by_fold"]) == 1
    assert run.scores["oof_score"] == tuned["by_fold"][0]["honest_score"]


def test_the_leaderboard_shows_how_many_folds_were_trained(quick, tmp_path):
    train(quick("folds.only=[0]"))
    train(quick("seed=2"))
    board = pd.read_csv(tmp_path / "outputs" / "tiny" / "leaderboard.csv", keep_default_na=False)
    assert sorted(board["folds"]) == ["", "1 of 3"]


def test_the_best_run_has_all_folds_if_any_has(quick, tmp_path):
    runs = tmp_path / "outputs" / "tiny" / "runs"
    one = train(quick("folds.only=[0]"))
    assert choose_run(runs, "best") == one.folder
    whole = train(quick("seed=2"))
    assert choose_run(runs, "best") == whole.folder


def test_a_blend_scores_the_folds_that_its_members_share(quick):
    train(quick("folds.only=[0,1]", "seed=2", "name=some"))
    train(quick("name=all"))
    run = blend_runs(quick(), names=["some", "all"])
    assert run.scores["folds"] == [0, 1]
    oof = oof_of(run)
    assert oof["sea"].isna().tolist() == (oof["fold"] == 2).tolist()
    assert len(run.submission) == 12


def test_a_blend_of_one_fold_is_fitted_inside_it(quick):
    train(quick("folds.only=[0]", "seed=2", "name=one"))
    train(quick("name=all"))
    run = blend_runs(quick(), names=["one", "all"])
    assert np.isfinite(run.scores["oof_score"])


def test_runs_without_a_common_fold_are_not_blended(quick):
    train(quick("folds.only=[0]", "name=first"))
    train(quick("folds.only=[1]", "name=second"))
    with pytest.raises(ConfigError, match="share no fold"):
        blend_runs(quick(), names=["first", "second"])


def test_a_blend_of_all_runs_leaves_out_those_of_some_folds(quick, caplog):
    train(quick("folds.only=[0]", "name=some"))
    train(quick())
    train(quick("seed=2"))
    with caplog.at_level("INFO"):
        run = blend_runs(quick())
    assert len(run.members) == 2
    assert "has trained only folds [0]" in caplog.text


def test_members_and_seeds_train_the_chosen_folds(quick, monkeypatch):
    monkeypatch.setitem(LEARNERS, "linear", FakeLearner())
    words = ("folds.only=[0]", "+model@members.nb_svm=nb_svm", "seeds=[1,2]")
    run = train(quick(*words))
    assert run.scores["folds"] == [0]
    assert len(run.submission) == 12


def test_pseudo_labels_need_a_run_of_all_folds(quick):
    teacher = train(quick("folds.only=[0]"))
    config = quick(f"pseudo_labels.run={teacher.name}")
    from regard.network.learner import NetworkLearner

    run = make(config, "folds")
    with pytest.raises(ConfigError, match="1 of 3 folds"):
        NetworkLearner().check(run)


def test_a_run_of_some_folds_is_refitted(quick):
    run = train(quick("folds.only=[0]", "training.refit=true"))
    assert is_finished(run.folder / "refit")
