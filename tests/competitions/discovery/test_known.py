import random

import pandas as pd
from helpers.tables import (
    BASE,
    PAGES,
    cycle,
    find_doubts,
    frame,
    guess_settings,
    guess_task_and_metric,
    make_pairs,
    make_tables,
    movie_reviews,
    numbered,
    sentences,
)

from regard.competitions.discovery import discover
from regard.data.tables import Tables


def test_page_of_a_known_competition():
    labels = {name: cycle("0 0 1", 60) for name in PAGES["toxic"]["label_columns"]}
    tables = make_tables(labels, dict.fromkeys(labels, "0.5"), comment_text=sentences(80))
    assert guess_task_and_metric(tables, PAGES) == (
        "multi_label",
        "mean_column_roc_auc",
        "probabilities",
    )
    reasons = {guess.key: guess.reason for guess in discover(tables, base=BASE, pages=PAGES)}
    assert "conf/competition/toxic.yaml" in reasons["text_columns"]
    assert reasons["metric"] == "from the same page"
    whole_numbers = dict.fromkeys(labels, "0")
    tables = make_tables(labels, whole_numbers, comment_text=sentences(80))
    assert guess_task_and_metric(tables)[1] == "f1_micro"


def test_label_values_identify_a_competition():
    spooky = make_tables(
        {"author": cycle("EAP HPL MWS", 60)}, {"EAP": "0.4", "HPL": "0.3", "MWS": "0.3"}
    )
    assert "label_values" in guess_settings(spooky, PAGES)
    other = make_tables(
        {"author": cycle("Poe Eco Kim", 60)}, {"Poe": "0.4", "Eco": "0.3", "Kim": "0.3"}
    )
    assert "label_values" not in guess_settings(other, PAGES)


def test_common_columns_identify_no_competition():
    tables = make_tables({"category": cycle("0 0 0 0 1", 60)}, {"category": "0"})
    # The page bbc_news has the same columns, and the task multi_class.
    assert guess_task_and_metric(tables, PAGES) == ("binary", "f1", "labels")


def test_labels_must_fit():
    tables = make_pairs("question1", "question2", is_duplicate=cycle("a b c", 60))
    assert guess_task_and_metric(tables, PAGES) == ("multi_class", "accuracy", "labels")


def test_quora_pairs():
    tables = make_pairs("question1", "question2", is_duplicate=cycle("0 1", 60))
    question_ids = frame(qid1=cycle("7 8 9", 60), qid2=numbered(500, 60))
    tables = Tables(
        pd.concat([tables.train, question_ids], axis=1),
        tables.test.rename(columns={"id": "test_id"}),
        tables.sample.assign(is_duplicate="1").rename(columns={"id": "test_id"}),
    )
    settings = guess_settings(tables)
    assert (settings["id_column"], settings["test_id_column"]) == ("id", "test_id")
    assert settings["text_columns"] == ["question1", "question2"]
    assert "group_column" not in settings
    known = guess_settings(tables, PAGES)
    assert (known["id_column"], known["test_id_column"]) == ("id", "test_id")
    assert (known["metric"], known["submit"]) == ("log_loss", "probabilities")


def test_disaster_tweets():
    inputs = {
        "keyword": cycle("fire flood", 80),
        "location": ["", "Paris"] * 40,
        "text": sentences(80),
    }
    tables = make_tables({"target": cycle("0 1", 60)}, {"target": "0"}, **inputs)
    assert guess_settings(tables)["categorical_columns"] == ["keyword"]
    assert guess_task_and_metric(tables) == ("binary", "accuracy", "labels")
    assert guess_task_and_metric(tables, PAGES) == ("binary", "f1", "labels")


def test_quora_insincere():
    tables = make_tables(
        {"target": cycle("0 0 0 0 0 0 0 0 0 1", 60)},
        {"prediction": "0"},
        question_text=sentences(80),
    )
    parts = (tables.train, tables.test, tables.sample)
    tables = Tables(*(part.rename(columns={"id": "qid"}) for part in parts))
    for pages in ({}, PAGES):
        settings = guess_settings(tables, pages)
        assert settings["id_column"] == "qid"
        assert settings["label_columns"] == ["target"]
        assert guess_task_and_metric(tables, pages) == ("binary", "f1", "labels")


def test_movie_reviews():
    tables = movie_reviews()
    settings = guess_settings(tables)
    assert settings["id_column"] == "PhraseId"
    assert settings["text_columns"] == ["Phrase"]
    assert settings["group_column"] == "SentenceId"
    assert guess_task_and_metric(tables) == ("ordinal", "quadratic_weighted_kappa", "labels")
    assert guess_task_and_metric(tables, PAGES) == ("multi_class", "accuracy", "labels")


def test_commonlit():
    rng = random.Random(0)
    labels = {
        name: [f"{rng.gauss(0, 1):.4f}" for _ in range(60)] for name in ("target", "standard_error")
    }
    inputs = {
        "url_legal": [f"https://a.org/{row}" if row % 3 else "" for row in range(80)],
        "license": ["CC BY 4.0" if row % 3 else "" for row in range(80)],
        "excerpt": sentences(80, length=40),
    }
    tables = make_tables(labels, {"target": "0.0"}, **inputs)
    for pages in ({}, PAGES):
        settings = guess_settings(tables, pages)
        assert settings["text_columns"] == ["excerpt"]
        assert settings["label_columns"] == ["target"]
        assert guess_task_and_metric(tables, pages) == ("regression", "rmse", "numbers")


def test_jigsaw_bias():
    subgroups = PAGES["jigsaw_bias"]["subgroup_columns"]
    columns = {
        **{name: cycle("0.0 0.2 1.0 0.166", 60) for name in ("target", "severe_toxicity")},
        **{name: cycle("0.0 1.0", 60) for name in subgroups},
        "publication_id": cycle("2 13", 60),
        "rating": cycle("approved rejected", 60),
    }
    tables = make_tables(columns, {"prediction": "0"}, comment_text=sentences(80))
    settings = guess_settings(tables)
    assert settings["text_columns"] == ["comment_text"]
    assert settings["label_columns"] == ["target"]
    assert guess_task_and_metric(tables) == ("soft_labels", "log_loss", "probabilities")
    assert "not severe_toxicity" in find_doubts(tables)
    known = guess_task_and_metric(tables, PAGES)
    assert known == ("soft_labels", "bias_roc_auc", "probabilities")
    assert guess_settings(tables, PAGES)["subgroup_columns"] == subgroups


SIMILARITY = {
    "id_column": "pair_ID",
    "text_columns": ["sentence_A", "sentence_B"],
    "texts": "pair",
    "label_columns": ["relatedness_score"],
    "task": "regression",
    "metric": "pearson",
    "submit": "numbers",
}


def own_pages(**changed):
    return {"sick": {**BASE, "name": "sick", **SIMILARITY, **changed}}


def similarity_tables(labels, sample):
    tables = make_pairs("sentence_A", "sentence_B", relatedness_score=labels)
    parts = (tables.train, tables.test, tables.sample.assign(relatedness_score=sample))
    return Tables(*(part.rename(columns={"id": "pair_ID"}) for part in parts))


def test_page_with_another_task_is_not_copied():
    tables = similarity_tables(cycle("0 1", 60), "0")
    assert guess_task_and_metric(tables, own_pages()) == ("binary", "accuracy", "labels")
    doubts = [guess.doubt for guess in discover(tables, base=BASE, pages=own_pages())]
    assert any("its task is regression; the labels here are binary" in doubt for doubt in doubts)


def test_page_with_the_same_task_is_copied():
    tables = similarity_tables(cycle("1.5 4.25 2 3.75", 60), "3.5")
    found = guess_settings(tables, own_pages(metric="spearman"))
    assert (found["task"], found["metric"]) == ("regression", "spearman")
    doubts = "\n".join(
        guess.doubt for guess in discover(tables, base=BASE, pages=own_pages(metric="spearman"))
    )
    assert "for another competition write metric: pearson" in doubts


def test_labels_outside_the_range_of_a_page():
    tables = similarity_tables(cycle("1.5 4.25 2 3.75", 60), "3.5")
    pages = own_pages(metric="spearman", label_range=[0, 1])
    assert guess_task_and_metric(tables, pages)[1] == "pearson"


def test_usual_names_identify_no_page():
    tables = make_pairs("sentence1", "sentence2", label=cycle("1.5 4.25 2 3.75", 60))
    pages = own_pages(
        id_column="id",
        text_columns=["sentence1", "sentence2"],
        label_columns=["label"],
        metric="spearman",
    )
    assert guess_task_and_metric(tables, pages)[1] == "pearson"


def test_known_labels_of_words_are_not_submitted_as_probabilities():
    tables = make_pairs("question1", "question2", is_duplicate=cycle("no yes", 60))
    sample = tables.sample.assign(is_duplicate="no")
    tables = Tables(tables.train, tables.test, sample)
    assert guess_task_and_metric(tables, PAGES) == ("binary", "accuracy", "labels")
