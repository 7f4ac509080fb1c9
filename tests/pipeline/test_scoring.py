import numpy as np
import pandas as pd
import pytest
from helpers.cases import tiny_tables, write_tables

from regard.metrics.registry import score
from regard.metrics.thresholds.tuning import tune
from regard.pipeline import make


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


def test_each_fold_is_scored_at_the_thresholds_of_the_others(quick):
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


def test_thresholds_need_not_be_tuned(quick):
    run = make(quick("competition.metric=f1_macro", "thresholds.tuned=false"), "train")
    assert run.thresholds is None
