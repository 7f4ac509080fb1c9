"""Trainings that go wrong: refused in one line, or told in the log and the report."""

import logging
import re
from html import unescape

import numpy as np
import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.learners import FakeLearner, write_fold

from regard.errors import ConfigError, DataError
from regard.pipeline import make, train
from regard.pipeline.learners import LEARNERS
from regard.pipeline.warning_signs import _is_constant

BY_RANKS = (
    "competition.metric=roc_auc",
    "competition.submit=probabilities",
    "competition.test_file=null",
    "competition.sample_file=null",
)
LOGS = ("regard.pipeline.stages.check", "regard.pipeline.finishing")


class ConstantLearner(FakeLearner):
    """Predict the same for every row of fold 1."""

    def train_fold(self, run, fold, *, progress):
        if fold != 1:
            super().train_fold(run, fold, progress=progress)
            return
        outputs = np.full((int((run.folds == 1).sum()), 3), 1 / 3)
        write_fold(run, fold, outputs + np.linspace(0, 1e-4, len(outputs))[:, None])


@pytest.fixture
def rewrite(tmp_path):
    """A function that changes the train table of the tiny competition."""

    def change(function):
        tables = tiny_tables()
        function(tables["train"])
        write_tables(tmp_path / "data" / "tiny", tables)

    return change


def told(config, caplog):
    """Train, and return the warnings of the log; those of the report are the same."""
    with caplog.at_level(logging.WARNING):
        run = train(config)
    records = [record for record in caplog.records if record.name in LOGS]
    signs = [record.getMessage() for record in records]
    page = unescape((run.folder / "report.html").read_text(encoding="utf-8"))
    shown = page.partition("<h2>Warning signs</h2>")[2].partition("</ul>")[0]
    assert re.findall(r"<li>(.*)\.</li>", shown) == signs
    return signs


def test_usual_training_has_no_sign(quick, caplog):
    assert told(quick("folds.n_folds=3"), caplog) == []


def test_constant_predictions(quick, caplog, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", ConstantLearner())
    (sign,) = told(quick(), caplog)
    assert sign == (
        "fold 1 has the same prediction for every held-out row; try a lower "
        "training.learning_rate, more training.epochs, or model=tfidf_linear"
    )


def test_small_probabilities_of_a_rare_class_are_not_constant(quick):
    run = make(quick(), "folds")
    assert not _is_constant(run, np.linspace(1e-4, 6e-4, 24)[:, None].repeat(3, axis=1))
    assert _is_constant(run, np.full((24, 3), 1e-4))


def test_folds_of_one_class_and_an_undefined_metric(quick, rewrite, caplog):
    rewrite(lambda train: train.insert(0, "part", train["category"]))
    signs = told(quick("competition.fold_column=part", *BY_RANKS), caplog)
    assert [sign.partition(";")[0] for sign in signs] == [
        "folds 0, 1, 2 have held-out rows of one class alone, so their score says little",
        "folds 0, 1, 2 have no score, because roc_auc is undefined for such labels or predictions",
    ]


def test_batch_that_is_larger_than_the_rows(quick, caplog):
    (sign,) = told(quick("batches.size=512"), caplog)
    assert sign == (
        "a batch takes all 24 training rows of a fold (batches.size=512), so an epoch is one step; "
        "try batches.size=2"
    )


def test_one_token_of_each_text(quick, caplog):
    (sign,) = told(quick("batches.max_tokens=1"), caplog)
    assert "texts are cut to their first 1 tokens" in sign
    assert "batches.max_tokens=64 reads 95 % of the texts whole" in sign


def lengthen(train):
    train.loc[9, "text"] = "ship wave " * 500_000


def test_text_of_a_million_tokens(quick, rewrite, caplog):
    rewrite(lengthen)
    (sign,) = told(quick(), caplog)
    assert sign.startswith("the longest train text has 1,000,000 tokens, half of them have ")
    assert sign.endswith("check that quotes and separators of the file are read as they are meant")


def test_texts_without_words(quick, rewrite, caplog):
    def empty(train):
        train.loc[:30, "text"] = ""

    rewrite(empty)
    (sign,) = told(quick(), caplog)
    assert sign.startswith("31 of 48 train rows have no word of the vocabulary")
    assert "check competition.text_columns" in sign


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \t", r"column 'text' is empty in every row; see competition.text_columns"),
        ("the and", r"no train text has a word after cleaning; check competition.text_columns"),
    ],
)
def test_no_text_has_a_word(text, message, quick, rewrite):
    def empty(train):
        train["text"] = text

    rewrite(empty)
    with pytest.raises(DataError, match=message) as error:
        train(quick("text.use_test=false", "text.cleaning=[stop_words]"))
    assert "\n" not in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["lstm_attention", "tfidf_linear"])
def test_models_train_on_all_of_these(model, tiny, rewrite, caplog, in_this_process):
    def change(train):
        lengthen(train)
        train.loc[10:30, "text"] = ""
        train["category"] = np.where(train.index < 24, "sea", "wood")
        train.insert(0, "part", train["category"])

    rewrite(change)
    overrides = ["competition.fold_column=part", *BY_RANKS]
    if model == "lstm_attention":
        overrides += ["embeddings=word2vec", "batches.max_tokens=1", "batches.size=512"]
    signs = told(tiny(f"model={model}", *overrides), caplog)
    assert sum("of one class alone" in sign for sign in signs) == 2
    assert any("is undefined" in sign for sign in signs)


@pytest.mark.slow
def test_training_that_diverges_is_one_line(tiny, in_this_process):
    config = tiny("embeddings=word2vec", "training.learning_rate=1e30", "training.clip_norm=null")
    with pytest.raises(ConfigError, match=r"training diverged in epoch \d: .* lower training") as e:
        train(config)
    assert "\n" not in str(e.value)
