"""Text pairs from files to a submission."""

import numpy as np
import pandas as pd
import pytest
from helpers.cases import write_tables
from helpers.pairs import pair_tables
from helpers.presets import QUICK

from regard import pipeline
from regard.errors import ConfigError
from regard.runs.explained import read_explained


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_swapped_test_pairs_have_the_same_predictions(pairs, tmp_path):
    config = pairs(
        "experiment=seed_pairs", *QUICK, "features.text_statistics=[length,shared_words]"
    )
    before = pd.read_csv(pipeline.train(config).folder / "submission.csv")
    tables = pair_tables()
    tables["test"] = tables["test"].rename(columns={"a": "b", "b": "a"})
    write_tables(tmp_path / "data" / "pairs", tables)
    after = pd.read_csv(pipeline.train(config).folder / "submission.csv")
    assert len(list((tmp_path / "outputs" / "pairs" / "runs").glob("seed_pairs-*"))) == 2
    assert before["same"].nunique() > 5
    np.testing.assert_allclose(after["same"], before["same"], atol=1e-6)


@pytest.mark.slow
def test_swapped_pair_is_identical_if_symmetric(pairs):
    run = pipeline.make(pairs(), "folds")
    assert run.identical[7] == 4
    assert run.folds[7] == run.folds[4]
    run = pipeline.make(pairs("competition.symmetric_pairs=false"), "folds")
    assert run.identical[7] == 7


@pytest.mark.slow
def test_separate_texts_are_identical_if_all_are(pairs, tmp_path):
    tables = pair_tables()
    tables["train"].loc[9, ["a", "b"]] = tables["train"].loc[5, ["a", "b"]]
    tables["train"].loc[11, "a"] = tables["train"].loc[5, "a"]
    write_tables(tmp_path / "data" / "pairs", tables)
    run = pipeline.make(pairs("competition.texts=separate"), "prepare")
    assert (run.identical[9], run.identical[11]) == (5, 11)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_time_folds_train_on_the_past(pairs, tmp_path):
    tables = pair_tables()
    tables["train"]["day"] = pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")[::-1]
    write_tables(tmp_path / "data" / "pairs", tables)
    run = pipeline.train(pairs("competition.time_column=day", "folds.kind=time"))
    oof = pd.read_csv(run.folder / "oof.csv")
    assert oof["fold"].tolist() == sorted(oof["fold"], reverse=True)
    assert set(oof["fold"]) == {-1, 0, 1}
    assert (oof["same"].isna() == (oof["fold"] == -1)).all()
    assert (run.folder / "report.html").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("method", ["class_weights", "probabilities"])
def test_positive_rate_of_test_shifts_predictions(pairs, method):
    def mean_prediction(*prior):
        config = pairs(*prior, "training.epochs=8", "training.learning_rate=0.03")
        return pd.read_csv(pipeline.train(config).folder / "submission.csv")["same"].mean()

    shifted = mean_prediction("prior.test_positive_rate=0.05", f"prior.method={method}")
    assert shifted < 0.75 * mean_prediction()


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("page", ["decomposable_attention", "esim"])
def test_aligned_pairs_are_trained_and_explained(pairs, tmp_path, page):
    config = pairs(
        f"model={page}", "model.pooling=[attention,max]", "model.pair.comparison.units=4"
    )
    run = pipeline.train(config)
    submission = pd.read_csv(run.folder / "submission.csv")
    assert submission["same"].nunique() > 5
    again = run.predict(pair_tables()["test"], form="submission")
    np.testing.assert_allclose(again["same"].astype(float), submission["same"], atol=1e-6)
    assert (run.folder / "report.html").exists()


def test_texts_that_are_no_pair_are_not_aligned(pairs):
    with pytest.raises(ConfigError, match=r"model\.pair\.alignment=esim aligns the two texts of a"):
        pipeline.make(pairs("model=esim", "competition.texts=joined"), "prepare")


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_each_text_is_weighted_by_the_other_one(pairs):
    run = pipeline.train(
        pairs("model/attention=other_text", "training.epochs=1", "report.n_explained_rows=3")
    )
    submission = pd.read_csv(run.folder / "submission.csv")
    again = run.predict(pair_tables()["test"], form="submission")
    np.testing.assert_allclose(again["same"].astype(float), submission["same"], atol=1e-6)
    words = run.explain(pair_tables()["test"].iloc[0], method="attention")
    assert words.groupby("column")["weight"].sum().to_numpy() == pytest.approx([1, 1], abs=1e-5)
    assert "attention" in read_explained(run.artefact("explain")).methods
    with pytest.raises(ConfigError, match=r"model\.attention\.query=other is read from the other"):
        pipeline.make(pairs("model/attention=other_text", "competition.texts=joined"), "prepare")
