import numpy as np
import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.learners import RefusingLearner
from helpers.linear_cases import linear_settings

from regard.metrics.registry import score
from regard.metrics.thresholds.tuning import Tuned, tune
from regard.pipeline import make, train
from regard.pipeline.learners import LEARNERS
from regard.pipeline.predict_file import predict_file
from regard.pipeline.related_rows import related_rows
from regard.pipeline.scoring import threshold_line
from regard.tasks.calibration import cross_fitted, fit_temperature, scale


def test_scores_are_those_of_the_out_of_fold_predictions(quick):
    run = make(quick("folds.n_folds=3"), "train")
    oof = pd.read_csv(run.folder / "oof.csv")
    hits = oof[["sea", "town", "wood"]].idxmax(axis=1) == tiny_tables()["train"]["category"]
    by_fold = [hits[oof["fold"] == fold].mean() for fold in range(3)]
    assert run.scores["metric"] == "accuracy"
    assert run.scores["greater_is_better"] is True
    assert run.scores["oof_score"] == pytest.approx(hits.mean())
    assert run.scores["fold_scores"] == pytest.approx(by_fold)
    assert run.scores["mean_of_folds"] == pytest.approx(np.mean(by_fold))
    assert run.scores["std_of_folds"] == pytest.approx(np.std(by_fold, ddof=1))
    assert run.scores["thresholds"] is None
    assert run.scores["best_epochs"] == [1, 1, 1]
    assert run.scores["seconds_of_all_folds"] == 3.0


def test_every_train_row_has_an_out_of_fold_prediction(quick):
    run = make(quick(), "train")
    oof = pd.read_csv(run.folder / "oof.csv")
    assert list(oof) == ["id", "fold", "sea", "town", "wood"]
    assert oof["id"].tolist() == tiny_tables()["train"]["id"].tolist()
    assert oof.notna().all().all()
    np.testing.assert_allclose(oof[["sea", "town", "wood"]].sum(axis=1), 1, atol=1e-5)


def test_rows_that_no_fold_holds_out_have_no_prediction(quick, tmp_path):
    tables = tiny_tables()
    tables["train"]["day"] = range(48)
    write_tables(tmp_path / "data" / "tiny", tables)
    run = make(quick("competition.time_column=day", "folds.kind=time"), "train")
    oof = pd.read_csv(run.folder / "oof.csv")
    assert oof["sea"].isna().tolist() == (run.folds == -1).tolist()
    held_out = oof[oof["fold"] >= 0]
    hits = (
        held_out[["sea", "town", "wood"]].idxmax(axis=1)
        == tables["train"]["category"][held_out.index]
    )
    assert run.scores["oof_score"] == pytest.approx(hits.mean())


def test_class_may_be_named_like_a_column_of_the_table(quick, tmp_path):
    tables = tiny_tables()
    for name in ("train", "sample_submission"):
        tables[name]["category"] = tables[name]["category"].replace("sea", "fold")
    write_tables(tmp_path / "data" / "tiny", tables)
    run = make(quick(), "report")
    assert (run.folder / "oof.csv").read_text().splitlines()[0] == "id,fold,fold,town,wood"


def test_each_fold_is_scored_at_the_thresholds_of_the_others(quick, monkeypatch):
    monkeypatch.setattr(Tuned, "pays", property(lambda tuned: True))
    run = make(quick("competition.metric=f1_macro", "folds.n_folds=3"), "train")
    thresholds = run.scores["thresholds"]
    assert len(thresholds["all_rows"]) == 3
    assert thresholds["score"] >= run.scores["oof_score"]
    outputs = pd.read_csv(run.folder / "oof.csv").iloc[:, 2:].to_numpy(np.float32)
    expected = []
    for fold in range(3):
        rows = run.folds == fold
        others = run.targets.take(~rows)
        tuned = tune("f1_macro", run.task, others, outputs[~rows], per_label=True)
        held_out = run.targets.take(rows)
        expected.append(score("f1_macro", run.task, held_out, outputs[rows], tuned))
    assert run.scores["fold_scores"] == pytest.approx(expected)


def test_thresholds_that_gain_no_more_than_chance_are_the_default_ones(quick, caplog):
    with caplog.at_level("INFO"):
        run = make(quick("competition.metric=f1_macro"), "train")
    gain = run.scores["threshold_gain"]
    assert not gain["pays"]
    assert gain["gain"] <= gain["standard_error"]
    assert run.thresholds is None
    expected = score("f1_macro", run.task, run.targets, run.oof_outputs)
    assert run.scores["oof_score"] == gain["default_score"] == pytest.approx(expected)
    assert threshold_line(gain) in caplog.messages
    assert threshold_line(gain).startswith("thresholds: the default ones, since tuned ones gain ")


def test_whether_thresholds_are_tuned_is_told_in_one_line():
    gain = {"default_score": 0.5, "gain": 0.1, "standard_error": 0.01, "pays": True}
    expected = "thresholds: tuned, which gains +0.1000 ± 0.0100 out of fold"
    assert threshold_line(gain) == expected
    few = {**gain, "standard_error": None, "pays": False}
    assert threshold_line(few).endswith("since tuned ones gain +0.1000 out of fold")


def test_thresholds_need_not_be_tuned(quick):
    run = make(quick("competition.metric=f1_macro", "thresholds.tuned=false"), "train")
    assert run.thresholds is None


CALIBRATED = "calibration.temperature=true"


def test_each_fold_is_calibrated_by_the_others(quick, tmp_path):
    sample = tiny_tables()["sample_submission"].drop(columns="category")
    write_tables(
        tmp_path / "data" / "tiny", {"sample_submission": sample.assign(sea=0, town=0, wood=0)}
    )
    words = ["competition.metric=log_loss", "competition.submit=probabilities"]
    log_loss = [*words, "folds.n_folds=3"]
    plain = make(quick(*log_loss), "train")
    run = make(quick(*log_loss, CALIBRATED), "predict")
    expected, by_fold = cross_fitted(run.task, run.labels, plain.oof_outputs, run.folds)
    np.testing.assert_allclose(run.oof_outputs, expected, atol=1e-5)
    calibration = run.scores["calibration"]
    assert calibration["by_fold"] == pytest.approx(list(by_fold.values()), abs=1e-3)
    found = fit_temperature(run.task, run.labels, plain.oof_outputs)
    assert calibration["temperature"] == run.temperature == pytest.approx(found, abs=1e-3)
    # Labels with noise are less sure than they could be.
    assert run.temperature < 1
    assert run.scores["oof_score"] < plain.scores["oof_score"]
    again = score("log_loss", run.task, run.targets, run.oof_outputs)
    assert run.scores["oof_score"] == pytest.approx(again, abs=1e-5)
    assert "calibration" not in plain.scores
    assert plain.temperature is None


def test_test_rows_have_the_temperature_of_all_folds_and_pupils_that_of_theirs(quick):
    run = make(quick("folds.n_folds=3", CALIBRATED), "predict")
    models = run.predictor()
    raw = models.by_model(run.test_rows)
    expected = scale(run.task, raw, run.temperature).mean(axis=0)
    np.testing.assert_allclose(run.outputs, expected, atol=1e-6)
    np.testing.assert_array_equal(models.outputs(run.test_rows), run.outputs)
    np.testing.assert_array_equal(
        models.model(1).predict(run.test_rows), scale(run.task, raw[1], run.temperature)
    )
    by_fold = np.load(run.artefact("predict") / "fold_outputs.npy")
    for fold, temperature in enumerate(run.scores["calibration"]["by_fold"]):
        np.testing.assert_array_equal(by_fold[fold], scale(run.task, raw[fold], temperature))


def test_calibration_trains_no_fold_again(quick, monkeypatch):
    plain = make(quick(), "train")
    monkeypatch.setitem(LEARNERS, "network", RefusingLearner())
    run = make(quick(CALIBRATED), "train")
    assert run.name != plain.name
    assert run.scores["best_epochs"] == plain.scores["best_epochs"]


def test_rows_of_a_single_fold_are_calibrated_in_fifths(quick):
    run = make(quick("folds.only=[1]", CALIBRATED), "predict")
    plain = make(quick("folds.only=[1]"), "train")
    assert run.scores["calibration"]["by_fold"] == [run.temperature]
    changed = np.abs(run.oof_outputs - plain.oof_outputs).max(axis=1)
    assert (changed[run.folds == 1] > 0).any()
    assert np.isnan(changed[run.folds != 1]).all()


def test_related_rows_of_a_single_fold_have_one_temperature(quick, tmp_path, monkeypatch):
    tables = tiny_tables()
    tables["train"]["author"] = [row // 3 % 7 for row in range(48)]
    write_tables(tmp_path / "data" / "tiny", tables)
    parts = []
    monkeypatch.setattr(
        "regard.pipeline.scoring.cross_fitted",
        lambda task, labels, outputs, folds, weights: (parts.append(folds), (outputs, {}))[1],
    )
    run = make(quick("folds.only=[1]", CALIBRATED, "competition.group_column=author"), "train")
    groups = related_rows(run)[run.folds == 1]
    assert len(np.unique(parts[0])) == min(5, len(np.unique(groups)))
    for group in np.unique(groups):
        assert len(np.unique(parts[0][groups == group])) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("kind", ["binary", "soft_labels"])
def test_calibrated_linear_run_is_whole(kind, tmp_path):
    words = ["competition.metric=log_loss", "competition.submit=probabilities", "model.C=[0.05]"]
    config = linear_settings(kind, tmp_path, *words, CALIBRATED)
    run = train(config)
    oof = pd.read_csv(run.folder / "oof.csv").iloc[:, 2:].to_numpy(np.float32)
    again = score("log_loss", run.task, run.targets, oof)
    assert run.scores["oof_score"] == pytest.approx(again, abs=1e-6)
    assert run.temperature != 1
    target = tmp_path / "new.csv"
    predict_file(run, str(tmp_path / "data" / kind / "test.csv"), str(target))
    assert target.read_bytes() == (run.folder / "submission.csv").read_bytes()
    page = (run.folder / "report.html").read_text()
    # Of soft labels, the report draws numbers.
    assert ("This run is calibrated" in page) == (kind == "binary")
