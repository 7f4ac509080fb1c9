import logging

import pandas as pd
import pytest
from helpers.cases import tiny_tables

import regard
from regard.errors import ConfigError, DataError

LINEAR = {"model": "tfidf_linear", "folds": {"n_folds": 2}}

pytestmark = pytest.mark.slow  # it composes settings with Hydra, and fits


@pytest.fixture
def frame():
    return tiny_tables()["train"].drop(columns="id")


@pytest.fixture
def fit(tmp_path, monkeypatch, in_this_process):
    monkeypatch.chdir(tmp_path)

    def fit_here(*arguments, **settings):
        return regard.fit(*arguments, **{**LINEAR, **settings})

    return fit_here


def test_frame_is_trained_on_and_predicts(fit, frame):
    run = fit(frame, target="category")
    assert run.scores["metric"] == "accuracy"
    assert run.config.competition.text_columns == ["text"]
    found = run.predict(["the ship and the wave", "a tree of the root"])
    assert found["category"].tolist() == ["sea", "wood"]
    assert list(found) == [
        "category",
        "probability_sea",
        "probability_town",
        "probability_wood",
    ]


def test_same_frame_again_trains_nothing(fit, frame, caplog):
    first = fit(frame, target="category")
    with caplog.at_level(logging.INFO):
        again = fit(frame.copy(), target="category")
    assert again.folder == first.folder
    assert "is there already" in caplog.text
    assert fit(frame[:40], target="category").folder != first.folder


def test_test_rows_get_a_submission(fit, frame):
    test = tiny_tables()["test"]
    run = fit(frame, target="category", test=test)
    assert run.submission["id"].tolist() == test["id"].tolist()
    assert list(run.submission) == ["id", "category"]
    expected = run.predict(test, form="submission")
    assert run.submission.to_dict("list") == expected.to_dict("list")


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_file_is_the_same_as_its_frame(suffix, fit, frame, tmp_path):
    path = tmp_path / f"labelled.{suffix}"
    {
        "csv": lambda: frame.to_csv(path, index=False),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        "parquet": lambda: frame.to_parquet(path),
    }[suffix]()
    assert fit(path, target="category").folder == fit(frame, target="category").folder


def test_settings_are_sections_pages_and_words(fit, frame):
    run = fit(frame, "category", overrides=["model.min_df=2"], competition={"metric": "log_loss"})
    assert run.config.model.min_df == 2
    assert run.config.folds.n_folds == 2
    assert run.scores["metric"] == "log_loss"
    assert "folds.n_folds=2" in run.config.overrides


def test_several_targets(fit, frame):
    labels = pd.get_dummies(frame.pop("category")).astype(int)
    run = fit(pd.concat([frame, labels], axis=1), target=["sea", "town", "wood"])
    assert run.task.kind == "multi_label"
    assert list(run.predict(["the ship"]))[:3] == ["sea", "town", "wood"]


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "words"),
    [
        (("categorie",), {}, DataError, "did you mean 'category'"),
        (("category",), {"model": "tfidf_liner"}, ConfigError, "tfidf_linear"),
        (("category",), {"folds": {"n_fold": 2}}, ConfigError, "n_fold"),
        (("category",), {"competition": {"task": "binary"}}, DataError, "two values"),
    ],
)
def test_mistake_is_one_line(arguments, settings, error, words, fit, frame):
    with pytest.raises(error, match=words) as found:
        fit(frame, *arguments, **settings)
    assert "\n" not in str(found.value)
