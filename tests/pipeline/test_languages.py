"""Runs on texts of other scripts, and on documents, from the files to a folder that predicts."""

import logging
import shutil

import numpy as np
import pandas as pd
import pytest

from regard import fit
from regard.pipeline.opening import load

pytestmark = pytest.mark.slow

WEATHER = ["下雨", "下雪", "大风", "晴天"]
FOOD = ["面条", "番茄", "大蒜", "酱油"]
COMMON = ["我们", "今天", "他们", "这里", "非常"]


def chinese(n_rows, seed):
    random = np.random.default_rng(seed)
    rows = []
    for row in range(n_rows):
        words = [*random.choice(COMMON, 4), *random.choice([WEATHER, FOOD][row % 2], 4)]
        rows.append(("".join(random.permutation(words)), ["weather", "food"][row % 2]))
    return pd.DataFrame(rows, columns=["text", "label"])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chinese")
    small = ["folds.n_folds=2", "model=bag_of_vectors", "embeddings=glove_6b_50d"]
    small += ["training.learning_rate=0.02", "competition.metric=accuracy"]
    return fit(
        chinese(160, 1),
        target="label",
        test=chinese(10, 3)[["text"]],
        name="zh",
        overrides=[f"output_dir={folder}", *small],
    )


def test_a_network_reads_chinese_without_spaces(run):
    rows = chinese(40, 2)
    assert (run.predict(rows[["text"]])["label"].to_numpy() == rows["label"]).mean() > 0.9
    assert run.tokenizer.segmenter == "unigram"


def test_a_copied_run_predicts_and_explains(run, tmp_path):
    copied = load(shutil.copytree(run.folder, tmp_path / "copy"))
    text = chinese(1, 4)["text"][0]
    pd.testing.assert_frame_equal(copied.predict([text]), run.predict([text]))
    words = copied.explain(text)
    assert "".join(words["word"]) == text
    assert 1 < len(words) <= len(text)
    without = copied.explain(text, method="leave_one_out")
    assert "".join(without["word"]) == text


def test_the_report_shows_words(run):
    page = (run.folder / "report.html").read_text(encoding="utf-8")
    assert any(f"{word}</" in page for word in (*WEATHER, *FOOD))
    assert "fasttext" in page


def test_documents_are_read_to_their_end(tmp_path, caplog):
    random = np.random.default_rng(1)
    texts = []
    for row in range(40):
        words = random.choice(["and", "the", "very", "today", "quite"], 700).tolist()
        texts.append(" ".join(words + [["rain", "soup"][row % 2]] * 20))
    frame = pd.DataFrame({"text": texts, "label": ["weather", "food"] * 20})
    small = ["folds.n_folds=2", "model=bag_of_vectors", "training.epochs=10", "batches.size=4"]
    small += ["training.learning_rate=0.02", "competition.metric=accuracy"]
    small += ["embeddings=glove_6b_50d", "batches.max_tokens=100"]
    with caplog.at_level(logging.INFO):
        found = fit(frame, target="label", overrides=[f"output_dir={tmp_path}", *small])
    assert (found.batches.max_tokens, found.batches.truncate) == (100, "both")
    assert "40 of 40 texts are cut to their first and last tokens, 100 together" in caplog.text
    assert "40 of 40 texts are cut" in (found.folder / "report.html").read_text(encoding="utf-8")
    assert (found.predict(texts)["label"] == frame["label"]).mean() > 0.9
