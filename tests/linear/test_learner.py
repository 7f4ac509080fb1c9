import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from helpers.cases import compose_config
from helpers.damage import without_lists
from helpers.linear_cases import PAIRS, linear_settings

from regard import pipeline
from regard.data.rows import Rows
from regard.errors import ArtefactError, ConfigError
from regard.linear import load_linear
from regard.linear.learner import LinearLearner
from regard.metrics.thresholds.tuning import Tuned


@pytest.mark.slow
def test_linear_models_import_no_keras():
    code = "import sys, regard.linear.learner, regard.pipeline; sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def linear_run(tmp_path):
    """Return a function that writes files of a kind of task and gives settings for it."""
    return lambda kind, *overrides: linear_settings(kind, tmp_path, *overrides)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(("features", "kind"), PAIRS)
def test_a_linear_run_writes_all_files_of_a_run(features, kind, linear_run):
    model = {"tfidf": "tfidf_linear", "nb_svm": "nb_svm"}[features]
    run = pipeline.train(linear_run(kind, f"model={model}"))
    assert run.name.startswith(f"{model}-")
    assert "embed" not in run.folders
    scores = run.scores
    assert (
        scores["oof_score"] < 0.5 if not scores["greater_is_better"] else scores["oof_score"] > 0.8
    )
    assert scores["best_epochs"] == [1, 1]
    assert {path.name for path in (run.folder / "fold_0").iterdir()} == {
        "manifest.json",
        "model.npz",
        "terms.json",
        "oof_outputs.npy",
        "history.json",
    }
    assert not pd.read_csv(run.folder / "oof.csv").isna().any(axis=None)
    assert len(pd.read_csv(run.folder / "submission.csv")) == 24
    page = (run.folder / "report.html").read_text()
    assert "<h2>Folds</h2>" in page
    for word in ("Attention", "Learning curves", "Embedding coverage", "best epoch", "vocabulary"):
        assert word not in page


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_a_stopped_run_continues_after_its_finished_folds(linear_run):
    config = linear_run("ordinal")
    run = pipeline.make(config, "train")
    before = (run.folder / "fold_0" / "manifest.json").stat().st_mtime_ns
    oof = (run.folder / "oof.csv").read_text()
    run.folder.rename(run.unfinished_folder)
    (run.unfinished_folder / "manifest.json").unlink()
    shutil.rmtree(run.unfinished_folder / "fold_1")
    pipeline.make(config, "train")
    assert (run.folder / "fold_0" / "manifest.json").stat().st_mtime_ns == before
    assert (run.folder / "oof.csv").read_text() == oof


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_loaded_model_predicts_the_rows_that_it_held_out(linear_run):
    run = pipeline.make(linear_run("ordinal"), "train")
    for fold, folder in enumerate(run.fold_folders):
        held_out = Rows(run.table("train")).take(np.flatnonzero(run.folds == fold))
        outputs = LinearLearner().load_model(run, folder).predict(held_out)
        np.testing.assert_array_equal(outputs, np.load(folder / "oof_outputs.npy"))


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    "prior", [[], ["prior.test_positive_rate=0.05", "prior.method=probabilities"]]
)
def test_one_model_is_fitted_to_all_rows(prior, linear_run):
    settings = ["training.refit=true", "predict.models=refit", "model.C=[1.0]", *prior]
    run = pipeline.make(linear_run("binary", *settings), "predict")
    names = {path.name for path in (run.folder / "refit").iterdir()}
    assert {"model.npz", "terms.json", "manifest.json"} <= names
    # Test has the train rows: the model knows them, and the models of the folds know half of them.
    labels = run.labels[:, 0]
    by_all = np.abs(run.outputs[:, 0] - labels).mean()
    by_folds = np.abs(run.predictor("folds").outputs(run.test_rows)[:, 0] - labels).mean()
    assert by_all < by_folds
    both = run.predictor("both").by_model(run.test_rows)
    np.testing.assert_array_equal(both[-1], run.outputs)
    assert len(both) == 3
    loaded = load_linear(run.folder / "refit")
    assert (loaded.shift is None) == (not prior)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_model_of_another_run_is_one_line(linear_run):
    run = pipeline.make(linear_run("multi_class"), "train")
    other = pipeline.make(linear_run("multi_class", "model.characters=false"), "train")
    without_lists(run.folder)
    for name in ("model.npz", "terms.json"):
        shutil.copy(other.folder / "fold_0" / name, run.folder / "fold_0" / name)
    with pytest.raises(ArtefactError, match=r"fold_0: not a model of this run \(it reads 1"):
        run.predictor().outputs(Rows(run.table("train")))


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("kind", ["binary", "regression", "soft_labels"])
def test_row_has_the_same_outputs_alone_and_among_others(kind, linear_run):
    run = pipeline.make(linear_run(kind), "train")
    rows = Rows(run.table("train"))
    together = run.predictor().outputs(rows)
    for row in (0, 7, 23):
        alone = run.predictor().outputs(rows.take(np.array([row])))
        np.testing.assert_allclose(alone[0], together[row], atol=1e-6)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_linear_runs_are_blended(linear_run):
    for model in ("tfidf_linear", "nb_svm"):
        pipeline.train(linear_run("multi_class", f"model={model}"))
    run = pipeline.blend_runs(linear_run("multi_class", "blend.method=mean"))
    assert len(run.scores["blend"]["members"]) == 2
    assert "Members" in (run.folder / "report.html").read_text()


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("cased", [True, False])
def test_a_cased_run_reads_capitals(cased, linear_run, tmp_path):
    config = linear_run("binary", f"model.cased={cased}", "model.characters=false")
    file = tmp_path / "data" / "binary" / "train.csv"
    file.write_text(file.read_text().replace("tram lamp", "Tram LAMP"))
    terms = json.loads(
        (pipeline.make(config, "train").folder / "fold_0" / "terms.json").read_text()
    )[0]
    assert (
        {"Tram", "LAMP", "Tram LAMP"} <= set(terms)
        if cased
        else {"tram", "lamp", "tram lamp"} <= set(terms)
    )
    assert any(term != term.lower() for term in terms) == cased


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_a_known_share_of_positives_moves_predictions_towards_it(linear_run):
    plain, weighted, corrected = (
        pd.read_csv(
            pipeline.make(linear_run("binary", *prior), "submit").folder / "submission.csv"
        )["label0"].mean()
        for prior in (
            [],
            ["prior.test_positive_rate=0.05", "prior.method=class_weights"],
            ["prior.test_positive_rate=0.05", "prior.method=probabilities"],
        )
    )
    assert weighted < plain
    assert corrected < plain


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_rare_classes_are_submitted_by_their_thresholds(linear_run, tmp_path, monkeypatch):
    monkeypatch.setattr(Tuned, "pays", property(lambda tuned: True))
    config = linear_run("multi_class", "competition.metric=f1_macro", "competition.submit=labels")
    file = tmp_path / "data" / "multi_class" / "train.csv"
    train = pd.read_csv(file)
    noise = np.random.default_rng(0)
    # so that no other class is ever likely
    train["label0"] = np.where(noise.random(24) < 0.5, 0, train["label0"])
    train.to_csv(file, index=False)
    run = pipeline.make(config, "submit")
    thresholds = np.array(run.scores["thresholds"]["all_rows"])
    assert thresholds.sum() == pytest.approx(1)
    assert thresholds[0] > thresholds[1:].max()
    (outputs,) = (np.load(path) for path in run.folder.glob("predict/**/outputs.npy"))
    submitted = pd.read_csv(run.folder / "submission.csv")["label0"]
    assert submitted.tolist() == (outputs / thresholds).argmax(axis=1).tolist()
    assert submitted.tolist() != outputs.argmax(axis=1).tolist()


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_only_settings_of_linear_models_name_a_linear_run(linear_run):
    config = linear_run("binary")
    run = pipeline.make(config, "prepare").folder
    for same in ("seed=7", "training.epochs=9", "embeddings=word2vec"):
        assert pipeline.make(linear_run("binary", same), "prepare").folder == run
    for other in ("model.C=[2]", "training.class_weights=balanced", "folds.seed=2"):
        assert pipeline.make(linear_run("binary", other), "prepare").folder != run


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ["model=nb_svm", "competition=commonlit"],
            "nb_svm is for tasks of classes, not regression; set it to tfidf",
        ),
        (["model=tfidf_linear", "seeds=[1,2]"], "seeds is for networks"),
        (["model=tfidf_linear", "model.features=bm25"], "model.features=bm25 is not known"),
        (["model=tfidf_linear", "model.C=[1,0]"], "model.C=0.0 is out of range"),
        (["model=tfidf_linear", "model.C=[]"], "model.C is empty"),
        (["model=tfidf_linear", "model.min_df=0"], "model.min_df=0 is out of range"),
        (["model.learner=svm"], "model.learner=svm is not known"),
    ],
)
def test_wrong_settings_are_refused(overrides, words):
    with pytest.raises(ConfigError, match=words):
        compose_config(*overrides)
