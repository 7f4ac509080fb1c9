"""Mistakes in settings are reported in one line, before anything is trained."""

import pytest
from helpers.cases import write_tables
from helpers.pairs import pair_tables

from regard import pipeline
from regard.errors import ConfigError, DataError, RegardError
from regard.parallel import workers

pytestmark = pytest.mark.slow  # many runs up to a mistake, which together take seconds


def test_class_weights_of_another_task(pairs, monkeypatch):
    monkeypatch.setattr(workers, "warm_up", lambda *arguments: pytest.fail("workers were started"))
    with pytest.raises(ConfigError, match="has 3 numbers, but the task has 2 classes"):
        pipeline.make(pairs("training.class_weights=[1,2,3]"), "train")


@pytest.mark.slow
def test_adversarial_training_on_another_backend(pairs, monkeypatch):
    monkeypatch.setattr(workers, "warm_up", lambda *arguments: pytest.fail("workers were started"))
    pytest.importorskip("jax", reason="the jax backend is an extra that is not installed here")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(
        ConfigError, match="adversarial_epsilon needs TensorFlow, but KERAS_BACKEND=jax"
    ):
        pipeline.make(pairs("training.adversarial_epsilon=1"), "train")


@pytest.mark.parametrize(
    ("slug", "remedy"),
    [
        ("some-slug", "get them from Kaggle: make download COMPETITION=gone"),
        ("null", "put the files"),
    ],
)
def test_missing_files(slug, remedy, pairs):
    with pytest.raises(DataError, match=rf"gone has no files; {remedy}"):
        pipeline.make(pairs("competition.name=gone", f"competition.slug={slug}"), "prepare")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["competition.metric=kappa"], "competition.metric=kappa is not known"),
        (["competition.metric=rmse"], "does not fit the task binary"),
        (
            ["competition.metric=f1", "competition.submit=probabilities"],
            "metric=f1 compares labels; set it to labels",
        ),
        (
            ["competition.submit=labels"],
            "log_loss scores probabilities, but competition.submit=labels",
        ),
        (
            ["competition.task=regression", "competition.submit=labels"],
            "but the task is regression; set it to numbers",
        ),
        (
            ["competition.text_columns=[a]"],
            "texts=pair needs two text columns, but text_columns has 1",
        ),
        (["competition.text_columns=[a,c]"], "train.csv has no column 'c'"),
        (["competition.numeric_columns=[b]", "competition.text_columns=[a,a2]"], "no column 'a2'"),
        (
            ["competition.task=regression", "competition.label_range=[5,1]"],
            "label_range=\\[5.0, 1.0\\] is not",
        ),
        (
            ["competition.task=regression", "prior.test_positive_rate=0.2"],
            "is for the task binary, not regression",
        ),
        (["prior.test_positive_rate=1"], "prior.test_positive_rate=1.0 is out of range"),
        (["competition.subgroup_columns=[a]"], "subgroup_columns"),
        (["competition.metric=bias_roc_auc"], "subgroup_columns"),
        (["folds.kind=time"], "folds.kind=time needs competition.time_column"),
        (["competition.time_column=a", "folds.kind=time"], "'a'"),
        (["competition.fold_column=part", "competition.group_column=author"], "author"),
        (
            ["competition.task=regression", "training.focal_gamma=2"],
            "focal_gamma is for tasks of classes, not regression",
        ),
        (
            ["competition.task=soft_labels", "training.label_smoothing=0.1"],
            "label_smoothing is for tasks of classes",
        ),
        (
            ["training.adversarial_epsilon=1", "model.trainable_embeddings=false"],
            "adversarial_epsilon needs word vectors that are trained",
        ),
        (["training.focal_gamma=-1"], "training.focal_gamma=-1.0 is out of range"),
        (["training.label_smoothing=1"], "training.label_smoothing=1.0 is out of range"),
        (["training.weight_average=emma"], "did you mean 'ema'"),
        (["training.warmup=1"], "training.warmup=1.0 is out of range"),
        (["training.class_weights=heavy"], "training.class_weights=heavy is not known"),
        (
            ["competition.numeric_columns=[author]"],
            "cells of the numeric column 'author' are not numbers",
        ),
        (["competition.texts=pairs"], "did you mean 'pair'"),
        (["model.pair.combination=[sum]"], "model.pair.combination=sum is not known"),
    ],
)
def test_invalid_settings(overrides, message, pairs, tmp_path):
    tables = pair_tables()
    tables["train"] = tables["train"].assign(part=[row % 2 for row in range(60)], author="me")
    tables["test"] = tables["test"].assign(author="me")
    write_tables(tmp_path / "data" / "pairs", tables)
    with pytest.raises(RegardError, match=message) as caught:
        pipeline.make(pairs(*overrides), "folds")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "outputs" / "pairs" / "folds").glob("[!.]*")) == []
