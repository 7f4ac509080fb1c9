"""Competitions of every form: those of conf/competition, on generated files of exactly the columns of the real ones."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from helpers.cases import CONF, compose_config, write_tables

from regard import pipeline
from regard.config import Config
from regard.errors import ConfigError, DataError, RegardError
from regard.parallel import workers

TOXIC = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
ELL = ["cohesion", "syntax", "vocabulary", "phraseology", "grammar", "conventions"]
BIAS = [
    "severe_toxicity",
    "obscene",
    "identity_attack",
    "insult",
    "threat",
    "asian",
    "atheist",
    "bisexual",
    "black",
    "buddhist",
    "christian",
    "female",
    "heterosexual",
    "hindu",
    "homosexual_gay_or_lesbian",
    "intellectual_or_learning_disability",
    "jewish",
    "latino",
    "male",
    "muslim",
    "other_disability",
    "other_gender",
    "other_race_or_ethnicity",
    "other_religion",
    "other_sexual_orientation",
    "physical_disability",
    "psychiatric_or_mental_illness",
    "transgender",
    "white",
    "created_date",
    "publication_id",
    "parent_id",
    "article_id",
    "rating",
    "funny",
    "wow",
    "sad",
    "likes",
    "disagree",
    "sexual_explicit",
    "identity_annotator_count",
    "toxicity_annotator_count",
]
QUEST = [
    "question_title",
    "question_body",
    "question_user_name",
    "question_user_page",
    "answer",
    "answer_user_name",
    "answer_user_page",
    "url",
    "category",
    "host",
]
QUEST_LABELS = yaml.safe_load((CONF / "competition" / "google_quest.yaml").read_text())[
    "label_columns"
]

# The columns of train, test and sample.
FILES: dict[str, tuple[list[str], list[str], list[str]]] = {
    "toxic": (["id", "comment_text", *TOXIC], ["id", "comment_text"], ["id", *TOXIC]),
    "jigsaw_bias": (
        ["id", "target", "comment_text", *BIAS],
        ["id", "comment_text"],
        ["id", "prediction"],
    ),
    "quora_pairs": (
        ["id", "qid1", "qid2", "question1", "question2", "is_duplicate"],
        ["test_id", "question1", "question2"],
        ["test_id", "is_duplicate"],
    ),
    "quora_insincere": (
        ["qid", "question_text", "target"],
        ["qid", "question_text"],
        ["qid", "prediction"],
    ),
    "spooky": (["id", "text", "author"], ["id", "text"], ["id", "EAP", "HPL", "MWS"]),
    "disaster_tweets": (
        ["id", "keyword", "location", "text", "target"],
        ["id", "keyword", "location", "text"],
        ["id", "target"],
    ),
    "movie_reviews": (
        ["PhraseId", "SentenceId", "Phrase", "Sentiment"],
        ["PhraseId", "SentenceId", "Phrase"],
        ["PhraseId", "Sentiment"],
    ),
    "crowdflower": (
        [
            "id",
            "query",
            "product_title",
            "product_description",
            "median_relevance",
            "relevance_variance",
        ],
        ["id", "query", "product_title", "product_description"],
        ["id", "prediction"],
    ),
    "essay_scoring": (
        ["essay_id", "full_text", "score"],
        ["essay_id", "full_text"],
        ["essay_id", "score"],
    ),
    "commonlit": (
        ["id", "url_legal", "license", "excerpt", "target", "standard_error"],
        ["id", "url_legal", "license", "excerpt"],
        ["id", "target"],
    ),
    "feedback_ell": (["text_id", "full_text", *ELL], ["text_id", "full_text"], ["text_id", *ELL]),
    "google_quest": (["qa_id", *QUEST, *QUEST_LABELS], ["qa_id", *QUEST], ["qa_id", *QUEST_LABELS]),
}
LABELS: dict[str, Callable[[random.Random, int], Any]] = {
    "author": lambda dice, row: ["EAP", "HPL", "MWS"][row % 3],
    "Sentiment": lambda dice, row: row % 5,
    "median_relevance": lambda dice, row: 1 + row % 4,
    "score": lambda dice, row: 1 + row % 6,
}
N_TRAIN, N_TEST = 48, 10
SMALL = [
    "embeddings=word2vec",
    "embeddings.word2vec.embedding_dim=8",
    "model.rnn.units=4",
    "folds.n_folds=2",
    "training.epochs=1",
    "training.min_steps=0",
    "report.n_attention_texts=2",
]


def presets() -> list[str]:
    return sorted(
        path.stem
        for path in (CONF / "competition").glob("*.yaml")
        if path.stem not in ("base", "bbc_news")
    )


def generated(name: str, config: Config) -> Iterator[pd.DataFrame]:
    """The train, test and sample files: labels where there are labels, words elsewhere, one id a row."""
    dice, competition = random.Random(name), config.competition
    words = [f"word{number}" for number in range(30)]

    def cell(column: str, row: int) -> Any:
        if column in (competition.id_column, competition.test_id_column):
            return f"r{row}"
        if column in LABELS:
            return LABELS[column](dice, row)
        if column in competition.label_columns:
            fraction = {
                "regression": dice.randint(2, 10) / 2,
                "soft_labels": dice.randint(0, 6) / 6,
            }
            return fraction.get(competition.task, int(dice.random() < 0.5))
        if column in competition.subgroup_columns:
            return dice.choice(["", 0.0, 1.0])
        if column in (competition.group_column, *competition.categorical_columns):
            return f"group {row // 2}"
        return " ".join(dice.choices(words, k=dice.randint(2, 9)))

    for columns, rows in zip(
        FILES[name], (range(N_TRAIN), *[range(N_TRAIN, N_TRAIN + N_TEST)] * 2), strict=True
    ):
        yield pd.DataFrame({column: [cell(column, row) for row in rows] for column in columns})


def write(name: str, folder: Path, config: Config) -> None:
    place = folder / "data" / name
    place.mkdir(parents=True)
    files = (
        config.competition.train_file,
        config.competition.test_file,
        config.competition.sample_file,
    )
    for file, frame in zip(files, generated(name, config), strict=True):
        frame.to_csv(place / file, index=False, sep="\t" if file.endswith(".tsv") else ",")


@pytest.mark.slow
def test_every_preset_is_here_and_the_tasks_have_two_each():
    assert presets() == sorted(FILES)
    tasks = [
        compose_config(f"competition={name}").competition.task for name in [*FILES, "bbc_news"]
    ]
    counts = {task: tasks.count(task) for task in tasks}
    assert counts.pop("multi_label") == 1  # the other of these is below
    assert min(counts.values()) >= 2
    assert len(counts) == 5


@pytest.mark.slow
@pytest.mark.parametrize("name", presets())
def test_every_preset_has_a_slug_and_reads_files_of_its_columns(name, tmp_path):
    settings = [
        f"competition={name}",
        *SMALL,
        f"data_dir={tmp_path}/data",
        f"output_dir={tmp_path}/outputs",
    ]
    config = compose_config(*settings)
    write(name, tmp_path, config)
    assert config.competition.slug
    run = pipeline.make(config, "folds")
    assert len(np.load(run.folders["folds"] / "folds.npy")) == N_TRAIN


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("quora_pairs", ["experiment=seed_pairs"]),
        (
            "disaster_tweets",
            ["features.text_statistics=[length,capitals,punctuation,unique_words]"],
        ),
        ("spooky", []),
        ("movie_reviews", []),
        ("toxic", []),
        ("toxic", ["competition.metric=f1_macro"]),
        ("crowdflower", []),
        ("essay_scoring", ["competition.metric=rmse"]),
        ("commonlit", ["features.text_statistics=[length]"]),
        ("feedback_ell", []),
        ("jigsaw_bias", []),
        ("google_quest", []),
    ],
)
def test_a_preset_goes_from_files_to_a_submission(name, overrides, tmp_path):
    folders = [f"data_dir={tmp_path}/data", f"output_dir={tmp_path}/outputs"]
    config = compose_config(f"competition={name}", *folders, *overrides, *SMALL)
    write(name, tmp_path, config)
    run = pipeline.train(config)
    found = pd.read_csv(run.folder / "submission.csv", dtype=str, keep_default_na=False)
    assert list(found) == FILES[name][2]
    assert found.iloc[:, 0].tolist() == [f"r{row}" for row in range(N_TRAIN, N_TRAIN + N_TEST)]
    values = found.iloc[:, 1:].astype(float).to_numpy()
    if config.competition.submit == "probabilities":
        assert ((values >= 0) & (values <= 1)).all()
    elif config.competition.submit == "labels":
        assert set(np.unique(values)) <= {float(name) for name in run.task.classes or ("0", "1")}
    assert (run.folder / "report.html").stat().st_size > 5000


def pair_tables(n_train: int = 60, n_test: int = 12) -> dict[str, pd.DataFrame]:
    """Pairs that are alike if they share their words; a third of them are, and one stands twice, swapped."""
    dice, words = random.Random(3), [f"word{number}" for number in range(12)]
    rows = []
    for row in range(n_train + n_test):
        first = dice.choices(words, k=dice.randint(2, 6))
        second = (
            dice.sample(first, len(first))
            if row % 3 == 0
            else dice.choices(words, k=dice.randint(1, 6))
        )
        rows.append(
            {
                "id": f"r{row}",
                "a": " ".join(first),
                "b": " ".join(second),
                "same": int(row % 3 == 0),
            }
        )
    rows[7] |= {"a": rows[4]["b"], "b": rows[4]["a"]}
    train, test = pd.DataFrame(rows[:n_train]), pd.DataFrame(rows[n_train:]).drop(columns="same")
    return {"train": train, "test": test, "sample_submission": test[["id"]].assign(same=0)}


PAIRS = [
    "competition=quora_pairs",
    "competition.name=pairs",
    "competition.test_id_column=null",
    "competition.text_columns=[a,b]",
    "competition.label_columns=[same]",
]


@pytest.fixture
def pairs(tmp_path: Path) -> Callable[..., Config]:
    """Write pairs and return a function from overrides to settings."""
    write_tables(tmp_path / "data" / "pairs", pair_tables())
    folders = [f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}"]
    return lambda *overrides: compose_config(*PAIRS, *folders, *SMALL, *overrides)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_swapping_every_pair_of_test_leaves_predictions_unchanged(pairs, tmp_path):
    config = pairs(
        "experiment=seed_pairs", *SMALL, "features.text_statistics=[length,shared_words]"
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
def test_a_pair_the_other_way_round_shares_its_fold_unless_the_order_means_something(pairs):
    run = pipeline.make(pairs(), "folds")
    assert np.load(run.folders["prepare"] / "identical.npy")[7] == 4
    folds = np.load(run.folders["folds"] / "folds.npy")
    assert folds[7] == folds[4]
    run = pipeline.make(pairs("competition.symmetric_pairs=false"), "folds")
    assert np.load(run.folders["prepare"] / "identical.npy")[7] == 7


def test_texts_apart_are_identical_only_if_all_of_them_are(pairs, tmp_path):
    tables = pair_tables()
    tables["train"].loc[9, ["a", "b"]] = tables["train"].loc[5, ["a", "b"]]
    tables["train"].loc[11, "a"] = tables["train"].loc[5, "a"]
    write_tables(tmp_path / "data" / "pairs", tables)
    identical = np.load(
        pipeline.make(pairs("competition.texts=apart"), "prepare").folders["prepare"]
        / "identical.npy"
    )
    assert (identical[9], identical[11]) == (5, 11)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_folds_in_order_of_time_train_on_the_past_only(pairs, tmp_path):
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
def test_a_known_share_of_positives_draws_predictions_to_it(pairs, method):
    plain, shifted = (
        pd.read_csv(
            pipeline.train(pairs(*prior, "training.epochs=8", "training.learning_rate=0.03")).folder
            / "submission.csv"
        )["same"]
        for prior in ([], ["prior.test_positive_rate=0.05", f"prior.method={method}"])
    )
    assert shifted.mean() < 0.75 * plain.mean()


def test_class_weights_that_do_not_fit_are_refused_before_any_training(pairs, monkeypatch):
    monkeypatch.setattr(workers, "warm_up", lambda *arguments: pytest.fail("workers were started"))
    with pytest.raises(ConfigError, match="has 3 numbers, but the task has 2 classes"):
        pipeline.make(pairs("training.class_weights=[1,2,3]"), "train")


@pytest.mark.slow
def test_adversarial_training_is_refused_on_other_backends_before_any_training(pairs, monkeypatch):
    monkeypatch.setattr(workers, "warm_up", lambda *arguments: pytest.fail("workers were started"))
    pytest.importorskip("jax", reason="the jax backend is an extra that is not installed here")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(
        ConfigError, match="adversarial_epsilon is for TensorFlow, but KERAS_BACKEND=jax"
    ):
        pipeline.make(pairs("training.adversarial_epsilon=1"), "train")


@pytest.mark.parametrize(
    ("slug", "way"), [("some-slug", "make download COMPETITION=gone"), ("null", "data/README.md")]
)
def test_a_folder_without_files_says_how_to_get_them(slug, way, pairs):
    with pytest.raises(DataError, match=rf"gone has no files; {way}"):
        pipeline.make(pairs("competition.name=gone", f"competition.slug={slug}"), "prepare")


@pytest.mark.parametrize(
    ("overrides", "words"),
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
        (["training.warm_up=1"], "training.warm_up=1.0 is out of range"),
        (["training.class_weights=heavy"], "training.class_weights=heavy is not known"),
        (
            ["competition.numeric_columns=[author]"],
            "cells of the numeric column 'author' are not numbers",
        ),
        (["competition.texts=pairs"], "did you mean 'pair'"),
        (["model.pair.combination=[sum]"], "model.pair.combination=sum is not known"),
    ],
)
def test_what_a_user_can_get_wrong_is_told_in_one_line_before_any_training(
    overrides, words, pairs, tmp_path
):
    tables = pair_tables()
    tables["train"] = tables["train"].assign(part=[row % 2 for row in range(60)], author="me")
    tables["test"] = tables["test"].assign(author="me")
    write_tables(tmp_path / "data" / "pairs", tables)
    with pytest.raises(RegardError, match=words) as caught:
        pipeline.make(pairs(*overrides), "folds")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "outputs" / "pairs" / "folds").exists()
