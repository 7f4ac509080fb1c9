import io
import logging
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.cases import CONF
from hydra import compose, initialize_config_dir
from hypothesis import given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from regard.competitions.discovery import (
    Guess,
    discover,
    new_page,
    render_page,
)
from regard.competitions.discovery.columns import couple_of, is_id_name
from regard.competitions.discovery.files import read_files
from regard.competitions.discovery.guess import lines_of
from regard.competitions.discovery.known import read_page
from regard.competitions.discovery.targets import closeness, order_of_mistakes
from regard.config import CompetitionConfig, from_hydra, register_schema
from regard.data.tables import Tables
from regard.errors import ConfigError, DataError, RegardError

BASE = read_page((CONF / "competition" / "base.yaml").read_text(encoding="utf-8"))
PAGES = {
    path.stem: read_page(path.read_text(encoding="utf-8"))
    for path in (CONF / "competition").glob("*.yaml")
    if path.stem != "base"
}
WORDS = [
    "the",
    "old",
    "ship",
    "lay",
    "in",
    "a",
    "quiet",
    "harbour",
    "while",
    "rain",
    "fell",
    "on",
    "roofs",
    "again",
]


def sentences(n: int, seed: int = 0, length: int = 8) -> list[str]:
    dice = random.Random(seed)
    return [" ".join(dice.choices(WORDS, k=length)) + f" no {seed}x{row}" for row in range(n)]


def cycle(values: str, n: int) -> list[str]:
    """The values in turn: cycle("0 1", 3) -> ["0", "1", "0"]."""
    return [values.split()[row % len(values.split())] for row in range(n)]


def frame(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def numbered(start: int, n: int) -> list[str]:
    return [str(start + row) for row in range(n)]


def tables(labels: dict, sample: dict, n: int = 60, **inputs) -> Tables:
    """Train and test with an id and a text, or the given inputs (train and test cells one after the other)."""
    inputs = inputs or {"text": sentences(n + 20)}
    train = frame(
        id=numbered(0, n), **{name: cells[:n] for name, cells in inputs.items()}, **labels
    )
    test = frame(id=numbered(900, 20), **{name: cells[n:] for name, cells in inputs.items()})
    return Tables(
        train, test, frame(id=test["id"], **{name: [cell] * 20 for name, cell in sample.items()})
    )


def found(files: Tables, pages=None) -> dict:
    return {guess.key: guess.value for guess in discover(files, base=BASE, pages=pages or {})}


def chosen(files: Tables, pages=None) -> tuple:
    settings = found(files, pages)
    return settings["task"], settings["metric"], settings["submit"]


def doubts(files: Tables) -> str:
    return "\n".join(guess.doubt for guess in discover(files, base=BASE, pages={}))


def test_texts_with_two_labels():
    files = tables({"label": cycle("0 1", 60)}, {"label": "0"})
    assert found(files) == {
        "id_column": "id",
        "text_columns": ["text"],
        "label_columns": ["label"],
        "task": "binary",
        "metric": "accuracy",
        "submit": "labels",
    }


@pytest.mark.parametrize(
    ("labels", "sample", "expected"),
    [
        ({"label": "0 1"}, {"label": "0.5"}, "binary roc_auc probabilities"),
        ({"label": "0 0 0 0 1"}, {"label": "0"}, "binary f1 labels"),
        ({"label": "1 1 1 1 0"}, {"label": "0"}, "binary accuracy labels"),
        ({"label": "no yes"}, {"label": "0"}, "binary roc_auc probabilities"),
        ({"kind": "a b c"}, {"kind": "a"}, "multi_class accuracy labels"),
        ({"kind": "a a a a a b c"}, {"kind": "a"}, "multi_class f1_macro labels"),
        (
            {"author": "A B C"},
            {"A": "0.4", "B": "0.3", "C": "0.3"},
            "multi_class log_loss probabilities",
        ),
        ({"class": "0 1 2"}, {"class": "1"}, "multi_class accuracy labels"),
        ({"topic": "0 1 2 3 4"}, {"topic": "1"}, "multi_class accuracy labels"),
        ({"rating": "1 2 3"}, {"rating": "1"}, "ordinal quadratic_weighted_kappa labels"),
        ({"stars": "1 2 3 4 5"}, {"stars": "2.5"}, "ordinal rmse numbers"),
        ({"label": "1 5 9"}, {"label": "1"}, "multi_class accuracy labels"),
        ({"length": " ".join(numbered(0, 60))}, {"length": "1"}, "regression rmse numbers"),
        ({"target": "-1.5 0.3 2.25"}, {"target": "0.0"}, "regression rmse numbers"),
        ({"target": "0.0 0.25 1.0"}, {"target": "0"}, "soft_labels log_loss probabilities"),
        (
            {"a": "0 1", "b": "0 0 1"},
            {"a": "0.5", "b": "0.5"},
            "multi_label mean_column_roc_auc probabilities",
        ),
        ({"a": "0 1", "b": "0 0 1"}, {"a": "0", "b": "0"}, "multi_label f1_micro labels"),
        ({"a": "1.0 3.5", "b": "2 3 4"}, {"a": "3", "b": "3"}, "regression mcrmse numbers"),
        (
            {"a": "0.2 1", "b": "0.8 0"},
            {"a": "0.5", "b": "0.5"},
            "soft_labels log_loss probabilities",
        ),
    ],
)
def test_labels_and_sample_say_task_metric_and_submission(labels, sample, expected):
    columns = {name: cycle(values, 60) for name, values in labels.items()}
    assert chosen(tables(columns, sample)) == tuple(expected.split())


def scale(texts_say: list[int], n: int = 900) -> tuple[list[str], list[str]]:
    """Texts with words of their own and of a neighbour; the label of a word is its place in `texts_say`."""
    dice = random.Random(3)
    places = [dice.randrange(5) for _ in range(n)]
    texts = [
        f"w{max(0, min(4, place + dice.choice((-1, 0, 1))))} and {dice.choice(WORDS)} w{place}"
        for place in places
    ]
    return texts, [str(texts_say[place]) for place in places]


def test_labels_with_a_neutral_name_have_an_order_if_neighbours_are_mistaken_for_each_other():
    for order, task in (([0, 1, 2, 3, 4], "ordinal"), ([2, 0, 4, 1, 3], "multi_class")):
        texts, labels = scale(order)
        files = tables({"label": labels}, {"label": "2"}, n=900, text=texts + sentences(20))
        guesses = discover(files, base=BASE, pages={})
        (guess,) = (guess for guess in guesses if guess.key == "task")
        assert guess.value == task
        assert re.search(
            r"neighbouring labels more often than \d+% of other orders of the labels", guess.reason
        )
        assert ("too little" in guess.reason) == (task == "multi_class")


def test_the_order_of_mistakes_is_worked_out_by_hand():
    # only neighbours are mistaken, both of them for 1
    counts = np.array([[10.0, 20, 0], [0, 10, 0], [0, 20, 10]])
    ratio, share = closeness(counts)
    # By chance: 0 is taken for 1 and 2 in 30 * 50 and 30 * 10, 1 for 0 and 2 in 10 * 10 each, 2 for
    # 0 and 1 likewise.
    expected = (30 * 50 + 2 * 30 * 10 + 2 * 10 * 10 + 2 * 30 * 10 + 30 * 50) / (
        30 * 60 * 2 + 10 * 20
    )
    assert ratio == pytest.approx(1 / expected)
    assert share == pytest.approx(2 / 6)
    assert order_of_mistakes(np.array([0, 1, 2] * 3), ["a b", "c d", "e f"] * 3) is None


def test_too_few_rows_for_an_order_is_said():
    files = tables({"label": cycle("0 1 2 3", 8)}, {"label": "0"}, n=8)
    assert chosen(files)[0] == "ordinal"
    assert "too few rows" in doubts(files)


def test_rows_without_a_label_are_left_aside():
    files = tables({"label": [*cycle("0 1", 58), "", ""]}, {"label": "0"})
    assert chosen(files) == ("binary", "accuracy", "labels")
    assert "2 rows have no label (lines 60, 61; ids 58, 59)" in doubts(files)
    with pytest.raises(DataError, match="'1' in every row"):
        found(tables({"label": ["1", ""] * 30}, {"label": "1"}))
    texts, labels = scale([0, 1, 2, 3, 4])
    half = [label if row % 2 else "" for row, label in enumerate(labels)]
    assert (
        chosen(tables({"label": half}, {"label": "2"}, n=900, text=texts + sentences(20)))[0]
        == "ordinal"
    )


def test_columns_of_the_sample_that_test_has_too_are_no_labels():
    files = tables({"label": cycle("0 1", 60)}, {"label": "0", "text": "x"})
    with pytest.raises(DataError, match="label, text"):
        found(files)


def test_a_positive_value_that_is_not_plain_is_named():
    files = tables({"label": cycle("ham ham spam", 60)}, {"label": "ham"})
    assert found(files)["label_values"] == ["ham", "spam"]
    assert "which of ham and spam means yes" in doubts(files)
    assert found(tables({"label": cycle("1 2", 60)}, {"label": "1"}))["label_values"] == ["1", "2"]


def pairs(first: str, second: str, **labels) -> Tables:
    labels = labels or {"label": cycle("0 1", 60)}
    return tables(
        labels, dict.fromkeys(labels, "0.5"), **{first: sentences(80), second: sentences(80, 1)}
    )


@pytest.mark.parametrize(
    ("first", "second", "mode", "symmetric"),
    [
        ("question1", "question2", "pair", None),
        ("sentence_A", "sentence_B", "pair", None),
        ("s1", "s2", "pair", None),
        ("text", "text2", "pair", None),
        ("left_text", "right_text", "pair", None),
        ("premise", "hypothesis", "pair", False),
        ("hypothesis", "premise", "pair", False),
        ("anchor", "target", "pair", False),
        ("title", "abstract", "joined", None),
        ("product_title", "product_description", "joined", None),
        ("body", "bodies", "joined", None),
    ],
)
def test_two_texts_are_a_pair_if_their_names_say_so(first, second, mode, symmetric):
    settings = found(pairs(first, second))
    assert settings["texts"] == mode
    assert settings.get("symmetric_pairs") is symmetric
    assert settings["text_columns"] == (
        ["premise", "hypothesis"] if "premise" in (first, second) else [first, second]
    )


def test_likeness_of_pairs_is_scored_by_correlation():
    assert chosen(pairs("a1", "a2", score=cycle("1.0 2.5 4.1", 60))) == (
        "regression",
        "pearson",
        "numbers",
    )


def test_names_of_ids():
    ids = ["id", "ID", "qid1", "test_id", "PhraseId", "pair_ID", "textID", "id_str"]
    assert [name for name in ids if not is_id_name(name)] == []
    assert [
        name
        for name in ("paid", "video", "identity_hate", "valid", "grid", "humid")
        if is_id_name(name)
    ] == []
    assert couple_of("a", "b") is None


def test_ids_of_train_and_test_under_two_names():
    files = pairs("question1", "question2", is_duplicate=cycle("0 1", 60))
    files = Tables(files.train, files.test, files.sample.assign(is_duplicate="1"))
    qids = frame(qid1=cycle("7 8 9", 60), qid2=numbered(500, 60))
    train = pd.concat([files.train, qids], axis=1)
    renamed = Tables(
        train, *(part.rename(columns={"id": "test_id"}) for part in (files.test, files.sample))
    )
    settings = found(renamed)
    assert (settings["id_column"], settings["test_id_column"]) == ("id", "test_id")
    assert settings["text_columns"] == ["question1", "question2"]
    assert "group_column" not in settings
    known = found(renamed, PAGES)
    assert (known["id_column"], known["test_id_column"]) == ("id", "test_id")
    assert (known["metric"], known["submit"]) == ("log_loss", "probabilities")


def test_what_stands_beside_the_texts():
    dice = random.Random(1)
    inputs = {
        "keyword": [f"key{dice.randrange(4)}" for _ in range(80)],
        "location": [dice.choice(["", f"place {row}"]) for row in range(80)],
        "text": sentences(80),
        "likes": [str(dice.randrange(1000)) for _ in range(79)] + [""],
        "session_id": numbered(0, 80),
        "constant": ["x"] * 80,
    }
    files = tables({"target": cycle("0 1", 60)}, {"target": "0"}, **inputs)
    settings = found(files)
    assert settings["text_columns"] == ["text"]
    assert settings["categorical_columns"] == ["keyword"]
    assert settings["numeric_columns"] == ["likes"]
    for name in ("location", "session_id", "constant"):
        assert name in doubts(files)


def test_disaster_tweets():
    inputs = {
        "keyword": cycle("fire flood", 80),
        "location": ["", "Paris"] * 40,
        "text": sentences(80),
    }
    files = tables({"target": cycle("0 1", 60)}, {"target": "0"}, **inputs)
    assert found(files)["categorical_columns"] == ["keyword"]
    assert chosen(files) == ("binary", "accuracy", "labels")
    assert chosen(files, PAGES) == ("binary", "f1", "labels")


def test_quora_insincere():
    files = tables(
        {"target": cycle("0 0 0 0 0 0 0 0 0 1", 60)},
        {"prediction": "0"},
        question_text=sentences(80),
    )
    files = Tables(
        *(part.rename(columns={"id": "qid"}) for part in (files.train, files.test, files.sample))
    )
    for pages in ({}, PAGES):
        settings = found(files, pages)
        assert settings["id_column"] == "qid"
        assert settings["label_columns"] == ["target"]
        assert chosen(files, pages) == ("binary", "f1", "labels")


def movie_reviews() -> Tables:
    train = frame(
        PhraseId=numbered(1, 60),
        SentenceId=[str(row // 4) for row in range(60)],
        Phrase=sentences(60),
        Sentiment=cycle("0 1 2 3 4", 60),
    )
    test = frame(
        PhraseId=numbered(61, 20),
        SentenceId=[str(50 + row // 4) for row in range(20)],
        Phrase=sentences(20, 2),
    )
    return Tables(train, test, frame(PhraseId=test["PhraseId"], Sentiment=["2"] * 20))


def test_movie_reviews():
    settings = found(movie_reviews())
    assert settings["id_column"] == "PhraseId"
    assert settings["text_columns"] == ["Phrase"]
    assert settings["group_column"] == "SentenceId"
    assert chosen(movie_reviews()) == ("ordinal", "quadratic_weighted_kappa", "labels")
    assert chosen(movie_reviews(), PAGES) == ("multi_class", "accuracy", "labels")


def test_commonlit():
    dice = random.Random(0)
    labels = {
        name: [f"{dice.gauss(0, 1):.4f}" for _ in range(60)]
        for name in ("target", "standard_error")
    }
    inputs = {
        "url_legal": [f"https://a.org/{row}" if row % 3 else "" for row in range(80)],
        "license": ["CC BY 4.0" if row % 3 else "" for row in range(80)],
        "excerpt": sentences(80, length=40),
    }
    files = tables(labels, {"target": "0.0"}, **inputs)
    for pages in ({}, PAGES):
        settings = found(files, pages)
        assert (settings["text_columns"], settings["label_columns"]) == (["excerpt"], ["target"])
        assert chosen(files, pages) == ("regression", "rmse", "numbers")


def test_jigsaw_bias():
    shares = {name: cycle("0.0 0.2 1.0 0.166", 60) for name in ("target", "severe_toxicity")}
    groups = {name: cycle("0.0 1.0", 60) for name in PAGES["jigsaw_bias"]["subgroup_columns"]}
    others = {"publication_id": cycle("2 13", 60), "rating": cycle("approved rejected", 60)}
    files = tables({**shares, **groups, **others}, {"prediction": "0"}, comment_text=sentences(80))
    settings = found(files)
    assert (settings["text_columns"], settings["label_columns"]) == (["comment_text"], ["target"])
    assert chosen(files) == ("soft_labels", "log_loss", "probabilities")
    assert "not for severe_toxicity" in doubts(files)
    assert chosen(files, PAGES) == ("soft_labels", "bias_roc_auc", "probabilities")
    assert found(files, PAGES)["subgroup_columns"] == PAGES["jigsaw_bias"]["subgroup_columns"]


def test_toxic():
    labels = {name: cycle("0 0 1", 60) for name in PAGES["toxic"]["label_columns"]}
    files = tables(labels, dict.fromkeys(labels, "0.5"), comment_text=sentences(80))
    assert chosen(files, PAGES) == ("multi_label", "mean_column_roc_auc", "probabilities")
    reasons = {guess.key: guess.reason for guess in discover(files, base=BASE, pages=PAGES)}
    assert "conf/competition/toxic.yaml" in reasons["text_columns"]
    assert reasons["metric"] == "as there"
    whole = dict.fromkeys(labels, "0")
    assert chosen(tables(labels, whole, comment_text=sentences(80)))[1] == "f1_micro"


def test_columns_that_every_other_competition_has_are_no_known_competition():
    spooky = tables(
        {"author": cycle("EAP HPL MWS", 60)}, {"EAP": "0.4", "HPL": "0.3", "MWS": "0.3"}
    )
    assert "label_values" in found(spooky, PAGES)
    other = tables({"author": cycle("Poe Eco Kim", 60)}, {"Poe": "0.4", "Eco": "0.3", "Kim": "0.3"})
    assert "label_values" not in found(other, PAGES)
    news = tables({"category": cycle("0 0 0 0 1", 60)}, {"category": "0"})
    assert chosen(news, PAGES) == ("binary", "f1", "labels")  # bbc_news is multi_class


def test_a_known_competition_is_one_whose_labels_and_sample_fit_too():
    files = pairs("question1", "question2", is_duplicate=cycle("a b c", 60))
    assert chosen(files, PAGES) == ("multi_class", "accuracy", "labels")


def test_texts_without_spaces_are_texts():
    dice = random.Random(0)
    texts = ["".join(dice.choices("的一是不了人我在有他这", k=12)) for _ in range(80)]
    assert found(tables({"label": cycle("0 1", 60)}, {"label": "0"}, body=texts))[
        "text_columns"
    ] == ["body"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (tables({"label": ["1"] * 60}, {"label": "0"}), ["label", "'1' in every row"]),
        (
            tables({"label": [f"w{row}" for row in range(60)]}, {"label": "0"}),
            ["60 different words"],
        ),
        (
            tables({"label": [*numbered(0, 59), "abc"]}, {"label": "0"}),
            ["numbers, but for 1 of 60, the first 'abc'"],
        ),
        (
            tables({"a": cycle("0 1", 60), "b": cycle("0 1", 60)}, {"prediction": "0"}),
            ["one of a, b"],
        ),
        (tables({}, {"prediction": "0"}), ["no label column", "only the columns of the test file"]),
        (
            tables({"a": cycle("0 1", 60)}, {"a": "0", "b": "0"}),
            ["has labels for a, but not for b"],
        ),
        (tables({"label": cycle("0 1", 60)}, {}), ["no column to predict"]),
        (tables({"label": cycle("0 1", 60)}, {"x": "0", "y": "1"}), ["x, y", "label"]),
        (
            tables({"label": cycle("0 1", 60)}, {"label": "0"}, age=numbered(0, 80)),
            ["no column of both", "age"],
        ),
        (
            tables({"a": cycle("x y", 60), "b": cycle("x z", 60)}, {"a": "x", "b": "x"}),
            ["a, b", "one of them"],
        ),
    ],
    ids=[
        "constant",
        "free text",
        "a word among numbers",
        "two candidates",
        "no label",
        "one more",
        "empty sample",
        "unknown",
        "no text",
        "two of words",
    ],
)
def test_what_cannot_be_told_is_refused(files, words):
    with pytest.raises(DataError) as error:
        found(files)
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_ids_that_cannot_be_told_are_refused():
    files = tables({"label": cycle("0 1", 60)}, {"label": "0"})
    with pytest.raises(DataError, match="share no column"):
        found(Tables(files.train, files.test, files.sample.rename(columns={"id": "ID"})))
    groups = movie_reviews()
    with pytest.raises(DataError, match=r"no id column \(SentenceId, Phrase, Sentiment\): add one"):
        found(Tables(groups.train.drop(columns="PhraseId"), groups.test, groups.sample))
    with pytest.raises(
        DataError, match=r"the train file has no id column \(text, label\): add one"
    ):
        found(Tables(files.train.drop(columns="id"), files.test, files.sample))


@pytest.fixture
def folders(tmp_path):
    """A copy of conf/, and the folder of all data."""
    shutil.copytree(CONF, tmp_path / "conf")
    return tmp_path / "data", tmp_path / "conf"


def write(
    folder: Path, files: Tables, names=("train.csv", "test.csv", "sample_submission.csv"), **options
) -> None:
    folder.mkdir(parents=True)
    for name, part in zip(names, (files.train, files.test, files.sample), strict=True):
        part.to_csv(
            folder / name, index=False, **{"sep": "\t" if name.endswith(".tsv") else ",", **options}
        )


def composed(conf: Path, name: str) -> CompetitionConfig:
    register_schema()
    with initialize_config_dir(str(conf), version_base="1.3"):
        return from_hydra(
            compose("config", overrides=["overrides=[]", f"competition={name}"])
        ).competition


def test_a_page_is_written_that_composes(folders, caplog):
    data, conf = folders
    write(data / "foo", movie_reviews(), ("train.tsv", "test.tsv", "sampleSubmission.csv"))
    (data / "foo" / "notes.txt").write_text("not one of the three")
    with caplog.at_level(logging.INFO):
        path = new_page("foo", data, conf)
    assert path == conf / "competition" / "foo.yaml"
    page = composed(conf, "foo")
    assert (page.name, page.train_file, page.sample_file) == (
        "foo",
        "train.tsv",
        "sampleSubmission.csv",
    )
    assert (page.separator, page.group_column, page.metric) == (None, "SentenceId", "accuracy")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# foo")
    assert all("#" in line for line in lines if re.match("(task|metric|text_columns)", line))
    assert "make check COMPETITION=foo" in caplog.text


def test_what_is_not_decided_stands_in_the_page_and_in_a_warning(folders, caplog):
    data, conf = folders
    write(data / "foo", tables({"label": cycle("ham ham spam", 60)}, {"label": "ham"}))
    page = new_page("foo", data, conf).read_text(encoding="utf-8")
    assert "# - label_values: which of ham and spam means yes" in page
    assert "not decided: label_values" in caplog.text


def test_a_page_that_is_there_is_kept(folders):
    data, conf = folders
    before = (conf / "competition" / "toxic.yaml").read_text(encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"make new COMPETITION=mine, .* \(toxic has its page already"
    ) as error:
        new_page("toxic", data, conf)
    assert "remove" not in str(error.value)
    write(data / "foo", movie_reviews())
    new_page("foo", data, conf)
    with pytest.raises(ConfigError, match=r"foo.yaml is there already; .* remove it first"):
        new_page("foo", data, conf)
    assert (conf / "competition" / "toxic.yaml").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("name", ["", "a/b", "a b", "base", "null", "..", "a=b"])
def test_a_name_that_no_page_can_have_is_refused(name, folders):
    with pytest.raises(ConfigError, match="name of a competition"):
        new_page(name, *folders)


def test_a_broken_page_of_another_competition_does_not_matter(folders):
    data, conf = folders
    (conf / "competition" / "x.yaml").write_text("name: x\n  text: [")
    (conf / "competition" / "y.yaml").write_text("name: y\nlabel_columns: 3\n")
    write(data / "foo", tables({"label": cycle("0 1", 60)}, {"label": "0"}))
    assert new_page("foo", data, conf).is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"encoding": "utf-16"}, {"encoding": "utf-16"}),
        ({"encoding": "cp1252"}, {"encoding": "cp1252"}),
        ({"encoding": "utf-8-sig"}, {"encoding": "utf-8"}),
        ({"sep": ";"}, {"separator": ";"}),
        ({"sep": "\t"}, {"separator": "\t"}),
    ],
)
def test_encoding_and_separator_are_read_off_the_files(options, expected, folders):
    data, conf = folders
    files = tables({"label": cycle("0 1", 60)}, {"label": "0"})
    files.train["text"] = files.train["text"] + " caf\u00e9"
    write(data / "foo", files, **options)
    read, guesses = read_files(data / "foo")
    assert read.train["text"].tolist() == files.train["text"].tolist()
    new_page("foo", data, conf)
    page = composed(conf, "foo")
    assert {key: getattr(page, key) for key in expected} == expected
    assert {guess.key for guess in guesses} == {
        "train_file",
        "test_file",
        "sample_file",
        "encoding",
        "separator",
    }


def test_a_word_among_labels_that_are_numbers_is_told():
    files = tables({"label": [*cycle("1 2 3 4 5", 59), "x"]}, {"label": "1"})
    assert found(files)["task"] == "multi_class"
    assert "all labels are numbers but for 1 of 60, the first 'x'" in doubts(files)
    assert "all labels" not in doubts(
        tables({"label": [*cycle("1 2 3 4 5", 50), *["x"] * 10]}, {"label": "1"})
    )


def test_the_files_without_a_separator_are_named(tmp_path):
    (tmp_path / "foo").mkdir()
    for name in ("train", "test", "sample"):
        (tmp_path / "foo" / f"{name}.csv").write_text(
            "id\n1\n" if name == "test" else "id,text\n1,a\n"
        )
    with pytest.raises(DataError, match=r"in the first line of test\.csv; each"):
        read_files(tmp_path / "foo")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "is not there"),
        (
            ("train.csv.zip", "test.csv", "sample.csv"),
            "has no train file but train.csv.zip: unzip it",
        ),
        (("train.csv", "test.csv"), "has no sample file, only: test.csv, train.csv"),
        (
            ("train_1.csv", "train_2.csv", "test.csv", "sample.csv"),
            "several train files: train_1.csv, train_2.csv",
        ),
    ],
)
def test_files_that_cannot_be_told_are_refused(names, words, tmp_path):
    for name in names:
        (tmp_path / "foo").mkdir(exist_ok=True)
        (tmp_path / "foo" / name).write_text("id,text\n1,a\n")
    with pytest.raises(DataError, match=words):
        read_files(tmp_path / "foo")


def test_the_exact_name_of_a_file_comes_first(tmp_path):
    files = tables({"label": cycle("0 1", 60)}, {"label": "0"})
    write(tmp_path / "foo", files, ("Train.csv", "TEST.csv", "sample-submission.csv"))
    (tmp_path / "foo" / "test_labels.csv").write_text("id,label\n1,0\n")
    guesses = {guess.key: guess.value for guess in read_files(tmp_path / "foo")[1]}
    assert (guesses["train_file"], guesses["test_file"]) == ("Train.csv", "TEST.csv")


NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00"), min_size=1, max_size=8
)
NAMES |= st.sampled_from(
    ["${x}", "\\${x}", "???", "1e3", "yes", "~", "a: b", "a #b", "[a", "'", '"', "\u2028", "id"]
)


@pytest.mark.slow
@given(
    names=st.lists(NAMES, min_size=4, max_size=5, unique=True),
    values=st.lists(NAMES, min_size=2, max_size=4, unique=True),
    seed=st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_any_page_reads_back_as_what_was_guessed_or_nothing_is_guessed(names, values, seed):
    identity, text, label, other, *rest = names
    dice = random.Random(seed)
    columns = {
        identity: numbered(0, 40),
        text: sentences(40, seed),
        other: [dice.choice(values) for _ in range(40)],
    }
    train = frame(**columns, **{label: [values[row % len(values)] for row in range(40)]})
    train = train.assign(**{name: numbered(7, 40) for name in rest})
    test = frame(**columns)
    sample = frame(**{identity: columns[identity], label: [values[0]] * 40})
    try:
        guesses = discover(Tables(train, test, sample), base=BASE, pages={})
        page = render_page("foo", guesses, BASE)
    except RegardError:
        return
    settings = {**BASE, "name": "", "task": "", "label_columns": []}
    merged = OmegaConf.to_container(OmegaConf.merge(settings, OmegaConf.create(page)), resolve=True)
    assert merged.pop("defaults") == ["base"]
    guessed = {guess.key: guess.value for guess in guesses}
    assert {key: merged[key] for key in guessed} == guessed
    CompetitionConfig(**merged)


def test_a_long_list_of_columns_stands_below_its_key():
    names = [f"quality_number_{number}" for number in range(30)]
    page = render_page("foo", [Guess("label_columns", names, "the sample has them")], BASE)
    assert yaml.safe_load(page)["label_columns"] == names
    assert max(map(len, page.splitlines())) <= 120


@pytest.mark.slow
def test_the_script_tells_a_mistake_in_one_line(tmp_path):
    script = [sys.executable, str(CONF.parent / "scripts" / "new.py")]
    for words, message in (
        (["nowhere", f"data_dir={tmp_path}"], "data error: .*nowhere is not there.*"),
        ([], "config error: nothing was given; name one competition.*"),
        (["a", "dir=b"], "config error: a dir=b was given.*"),
    ):
        done = subprocess.run(
            [*script, *words], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert done.returncode == 1
        assert re.fullmatch(message + "\n", done.stderr)


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (
            [*numbered(0, 59), "3"],
            r"train.csv: 1 rows repeat the 'id' of an earlier row \(ids 3; lines 61\)",
        ),
        ([*numbered(0, 49), "", *numbered(50, 10)], r"train.csv: 1 rows have no 'id' \(lines 51\)"),
    ],
)
def test_a_broken_id_is_told_with_its_line_and_a_text_is_never_taken_for_ids(ids, words, folders):
    data, conf = folders
    files = tables({"label": cycle("a b c", 60)}, {"label": "a"})
    write(data / "foo", Tables(files.train.assign(id=ids), files.test, files.sample))
    with pytest.raises(DataError, match=words):
        new_page("foo", data, conf)
    assert not (conf / "competition" / "foo.yaml").exists()


def test_every_guess_of_the_page_is_logged(folders, caplog):
    data, conf = folders
    write(data / "foo", movie_reviews())
    with caplog.at_level(logging.INFO):
        new_page("foo", data, conf)
    for line in (
        "id_column: PhraseId",
        "text_columns: [Phrase]",
        "task: multi_class",
        "group_column: SentenceId",
    ):
        assert line in caplog.messages
    assert "encoding: utf-8" not in caplog.messages


def test_paths_are_told_from_where_one_stands(folders, caplog, monkeypatch):
    data, conf = folders
    monkeypatch.chdir(conf.parent)
    write(data / "foo", movie_reviews())
    with caplog.at_level(logging.INFO):
        new_page("foo", data, conf)
    assert caplog.messages[-1].startswith("wrote conf/competition/foo.yaml; ")


def test_a_cell_that_is_no_number_among_numbers_is_told():
    likes = numbered(0, 80)
    likes[50] = "n/a"
    files = tables(
        {"label": cycle("0 1", 60)},
        {"label": "0"},
        text=["two\nlines", *sentences(79)],
        likes=likes,
    )
    assert "numeric_columns" not in found(files)
    assert "categorical_columns" not in found(files)
    assert "likes has numbers but for 'n/a' in line 53 of the train file" in doubts(files)
    assert "write numeric_columns: [likes]" in doubts(files)
    likes[50], likes[70] = "0", "?"
    files = tables({"label": cycle("0 1", 60)}, {"label": "0"}, text=sentences(80), likes=likes)
    assert "'?' in line 12 of the test file" in doubts(files)
    assert found(
        tables(
            {"label": cycle("0 1", 60)},
            {"label": "0"},
            text=sentences(80),
            likes=["?"] * 40 + ["1"] * 40,
        )
    )


@given(st.lists(st.lists(st.text("a\r\n", max_size=4), min_size=2, max_size=2), min_size=1))
@settings(max_examples=50, deadline=None)
def test_lines_of_rows_are_those_of_the_file(cells):
    table = frame(one=[row[0] for row in cells], two=[row[1] for row in cells])
    rows = [f'"{one}","{two}"\n' for one, two in cells]
    lines = [
        len(io.StringIO("one,two\n" + "".join(rows[:row]), newline="").readlines()) + 1
        for row in range(len(cells))
    ]
    assert lines_of(table, pd.Series([True] * len(cells))) == lines


def test_columns_that_are_a_prefix_and_a_label_cannot_be_submitted():
    sample = {f"label_{value}": "0.2" for value in "abc"}
    with pytest.raises(DataError, match=r"'label_' before them; .* write label_a for a in train"):
        found(tables({"label": cycle("a b c", 60)}, sample))
    files = tables({"label": cycle("label_a label_b label_c", 60)}, sample)
    assert chosen(files) == ("multi_class", "log_loss", "probabilities")
