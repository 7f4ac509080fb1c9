"""Small files with the columns of the competitions in conf/competition."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from helpers.cases import CONF
from regard.config import Config

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

# The columns of train, test and sample, those of the real files.
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
    "author": lambda rng, row: ["EAP", "HPL", "MWS"][row % 3],
    "Sentiment": lambda rng, row: row % 5,
    "median_relevance": lambda rng, row: 1 + row % 4,
    "score": lambda rng, row: 1 + row % 6,
}
N_TRAIN = 48
N_TEST = 10
QUICK = [
    "embeddings=word2vec",
    "embeddings.word2vec.embedding_dim=8",
    "model.rnn.units=4",
    "folds.n_folds=2",
    "training.epochs=1",
    "training.min_steps=0",
    "report.n_explained_rows=0",
]


def preset_names() -> list[str]:
    """Return the names of the pages, without the base page and the shipped data set."""
    names = [path.stem for path in (CONF / "competition").glob("*.yaml")]
    return sorted(set(names) - {"base", "bbc_news"})


def preset_frames(name: str, config: Config) -> Iterator[pd.DataFrame]:
    """Yield the train, test and sample rows of a preset: valid labels, random words elsewhere."""
    rng = random.Random(name)
    competition = config.competition
    words = [f"word{number}" for number in range(30)]

    def cell(column: str, row: int) -> Any:
        if column in (competition.id_column, competition.test_id_column):
            return f"r{row}"
        if column in LABELS:
            return LABELS[column](rng, row)
        if column in competition.label_columns:
            fraction = {
                "regression": rng.randint(2, 10) / 2,
                "soft_labels": rng.randint(0, 6) / 6,
            }
            return fraction.get(competition.task, int(rng.random() < 0.5))
        if column in competition.subgroup_columns:
            return rng.choice(["", 0.0, 1.0])
        if column in (competition.group_column, *competition.categorical_columns):
            return f"group {row // 2}"
        return " ".join(rng.choices(words, k=rng.randint(2, 9)))

    train_rows = range(N_TRAIN)
    test_rows = range(N_TRAIN, N_TRAIN + N_TEST)
    for columns, rows in zip(FILES[name], (train_rows, test_rows, test_rows), strict=True):
        yield pd.DataFrame({column: [cell(column, row) for row in rows] for column in columns})


def write_preset(name: str, folder: Path, config: Config) -> None:
    """Write the three files of a preset into its folder of `data`."""
    competition = config.competition
    files = (competition.train_file, competition.test_file, competition.sample_file)
    (folder / "data" / name).mkdir(parents=True)
    for file, frame in zip(files, preset_frames(name, config), strict=True):
        separator = "\t" if file.endswith(".tsv") else ","
        frame.to_csv(folder / "data" / name / file, index=False, sep=separator)
