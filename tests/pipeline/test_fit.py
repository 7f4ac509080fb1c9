import importlib
import logging
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from helpers.cases import tiny_tables

import regard
from regard.errors import ConfigError, DataError

LINEAR = {"model": "tfidf_linear", "folds": {"n_folds": 2}}


@pytest.fixture
def frame():
    return tiny_tables()["train"].drop(columns="id")


@pytest.fixture
def fit(tmp_path, monkeypatch, in_this_process):
    monkeypatch.chdir(tmp_path)

    def fit_here(*arguments, **settings):
        return regard.fit(*arguments, **{**LINEAR, **settings})

    return fit_here


@pytest.mark.slow  # it fits
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
    nothing = run.predict([])  # a filter of rows may leave none
    assert list(nothing) == list(found)
    assert len(nothing) == 0


@pytest.mark.slow  # it fits
def test_same_frame_again_trains_nothing(fit, frame, caplog):
    first = fit(frame, target="category")
    with caplog.at_level(logging.INFO):
        again = fit(frame.copy(), target="category")
    assert again.folder == first.folder
    assert "is there already" in caplog.text
    assert fit(frame[:40], target="category").folder != first.folder


@pytest.mark.slow  # it fits
def test_test_rows_get_a_submission(fit, frame):
    test = tiny_tables()["test"]
    run = fit(frame, target="category", test=test)
    assert run.submission["id"].tolist() == test["id"].tolist()
    assert list(run.submission) == ["id", "category"]
    expected = run.predict(test, form="submission")
    assert run.submission.to_dict("list") == expected.to_dict("list")


@pytest.mark.slow  # it fits
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_file_is_the_same_as_its_frame(suffix, fit, frame, tmp_path):
    path = tmp_path / f"labelled.{suffix}"
    {
        "csv": lambda: frame.to_csv(path, index=False),
        "jsonl": lambda: frame.to_json(path, orient="records", lines=True),
        "parquet": lambda: frame.to_parquet(path),
    }[suffix]()
    assert fit(path, target="category").folder == fit(frame, target="category").folder


@pytest.mark.slow  # it fits
def test_settings_are_sections_pages_and_words(fit, frame):
    run = fit(frame, "category", overrides=["model.min_df=2"], competition={"metric": "log_loss"})
    assert run.config.model.min_df == 2
    assert run.config.folds.n_folds == 2
    assert run.scores["metric"] == "log_loss"
    assert "folds.n_folds=2" in run.config.overrides


@pytest.mark.slow  # it fits
def test_several_targets(fit, frame):
    labels = pd.get_dummies(frame.pop("category")).astype(int)
    labels["wood"] |= labels["sea"]  # else they would exclude one another
    run = fit(pd.concat([frame, labels], axis=1), target=["sea", "town", "wood"])
    assert run.task.kind == "multi_label"
    assert list(run.predict(["the ship"]))[:3] == ["sea", "town", "wood"]


@pytest.mark.slow  # it composes settings with Hydra
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


@pytest.fixture
def settings_of(fit, monkeypatch):
    """Return the settings that a call trains with, without training."""
    module = importlib.import_module("regard.pipeline.fit")
    seen = []

    def train(config):
        seen.append(config)
        return SimpleNamespace(folder="")

    monkeypatch.setattr(module, "train_all", train)
    monkeypatch.setattr(module, "load", lambda folder: None)

    def settings(*arguments, **values):
        fit(*arguments, **values)
        return seen.pop()

    return settings


def stars(n_rows=60):
    texts = tiny_tables(n_rows)["train"]["text"]
    return pd.DataFrame({"text": texts, "stars": [1 + row % 5 for row in range(n_rows)]})


@pytest.mark.slow  # it composes settings with Hydra
def test_words_of_the_user_come_before_guesses(settings_of):
    rows = stars().assign(title=stars()["text"].str[:20])
    guessed = settings_of(rows, "stars").competition
    assert guessed.task == "ordinal"
    for words in (["competition.task=regression"], ["+competition.task=regression"]):
        found = settings_of(rows, "stars", overrides=words).competition
        assert (found.task, found.text_columns) == ("regression", guessed.text_columns)
    found = settings_of(rows, "stars", overrides=["competition.text_columns=[title]"]).competition
    assert (found.task, found.text_columns) == ("ordinal", ["title"])
    two = rows.assign(stars=np.where(rows["stars"] > 2, "good", "bad"))
    assert settings_of(two, "stars").competition.label_values == ["good", "bad"]
    found = settings_of(two, "stars", overrides=["competition.task=multi_class"]).competition
    assert (found.task, found.label_values) == ("multi_class", None)


@pytest.mark.slow  # it composes settings with Hydra
def test_nothing_is_guessed_where_the_user_says_all(settings_of, monkeypatch):
    monkeypatch.setattr("regard.pipeline.fit.discover_frame", None)
    found = settings_of(
        stars(),
        "stars",
        overrides=["competition.task=ordinal"],
        competition={"text_columns": ["text"]},
    )
    assert (found.competition.task, found.competition.text_columns) == ("ordinal", ["text"])


@pytest.mark.slow  # it composes settings with Hydra
def test_labels_in_a_column_named_id_stay(settings_of, frame):
    rows = frame.rename(columns={"category": "id"})
    config = settings_of(rows, "id", test=tiny_tables()["test"][["text"]])
    assert config.competition.id_column == "row"
    written = pd.read_csv(config.competition_dir / "train.csv", dtype=str, keep_default_na=False)
    assert written["id"].tolist() == rows["id"].tolist()
    assert written["row"].tolist() == [str(row) for row in range(len(rows))]
    assert list(pd.read_csv(config.competition_dir / "sample_submission.csv")) == ["row", "id"]
    assert settings_of(rows.assign(row="1"), "id").competition.id_column == "row_0"


TWICE = pd.DataFrame([["a", "b", "x"]], columns=["text", "text", "label"])
ROWS = pd.DataFrame({"text": list("abc"), "label": ["x", None, np.nan]})


@pytest.mark.parametrize(
    ("rows", "target", "words"),
    [
        (TWICE, "label", "^train has two columns named 'text'; rename or remove one"),
        (ROWS, [], "^target names no column; "),
        (ROWS, ["label", "text", "label"], "^target names the column 'label' twice"),
        (ROWS, "labels", "^train has no column 'labels'; did you mean 'label'"),
        (ROWS, [1], "^train has no column '1'; "),
        (ROWS, "label", r"^train has no label in the column 'label' of 2 of its rows .*: 1, 2\)"),
    ],
)
def test_odd_frame_is_one_line(rows, target, words):
    with pytest.raises(DataError, match=words) as found:
        regard.fit(rows, target)
    assert "\n" not in str(found.value)


def test_odd_test_frame_is_one_line():
    with pytest.raises(DataError, match=r"^test has two columns named 'text'"):
        regard.fit(ROWS[:1], "label", test=TWICE)


@pytest.mark.slow  # it fits
def test_rows_without_a_label_are_left_out_where_label_missing_names_them(fit, frame):
    frame.loc[[0, 9], "category"] = ["", "?"]
    run = fit(frame, target="category", competition={"label_missing": ["", "?"]})
    assert len(run.labels) == len(frame) - 2
    assert run.task.label_names == ("sea", "town", "wood")
