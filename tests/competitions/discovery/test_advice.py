"""Every line that a doubt about labels tells to write leads to settings that can be trained."""

import random
import re

import pytest
import yaml
from helpers.tables import BASE, cycle, make_tables

from regard.competitions.discovery import discover
from regard.config import CompetitionConfig
from regard.data.known_labels import clean_labels, find_unlabelled
from regard.metrics.registry import check_metric
from regard.tasks import TASKS
from regard.tasks.submission import submission_columns

N = 120
KEYS = "task|metric|submit|label_values|label_missing|label_separator|decimal"
SETTING = re.compile(rf'\b({KEYS}): (\[[^\]]*\]|"[^"]*"|\w+)')


def drawn(values):
    return random.Random(0).choices(values.split(" "), k=N)


def spread(digits=3):
    rng = random.Random(0)
    return [f"{rng.random():.{digits}f}" for _ in range(N)]


def tags():
    rng = random.Random(0)
    topics = ["sea", "sky", "art", "law"]
    return [", ".join(rng.sample(topics, rng.choice([1, 1, 2, 3]))) for _ in range(N)]


def exclusive():
    columns = enumerate("abc")
    return {name: [str(int(row % 3 == index)) for row in range(N)] for index, name in columns}


CASES = {
    "minus one, probabilities": ({"toxic": drawn("-1 0 1")}, {"toxic": "0.5"}),
    "minus one, a sentiment": ({"sentiment": drawn("-1 0 1")}, {"sentiment": "0"}),
    "nan": ({"label": drawn("nan 0.0 1.0")}, {"label": "0"}),
    "empty sample": ({"label": drawn("0 1")}, {"label": ""}),
    "empty sample of classes": ({"label": drawn("sea wood town")}, {"label": ""}),
    "crosses": ({"a": drawn("x "), "b": drawn("x  ")}, {"a": "", "b": ""}),
    "tags": ({"label": tags()}, {"label": "sea"}),
    "a grid": ({"label": cycle("red,s red,l blue,s blue,l tan,s tan,l", N)}, {"label": "red,s"}),
    "scores": ({"target": spread()}, {"target": "0.5"}),
    "shares": ({"target": drawn("0 0.25 0.5 1")}, {"target": "0.5"}),
    "exclusive columns": (exclusive(), dict.fromkeys("abc", "0.5")),
    "exclusive columns of labels": (exclusive(), {"a": "1", "b": "0", "c": "0"}),
    "words of a scale": ({"risk": drawn("low medium high")}, {"risk": "low"}),
    "thousands": ({"price": cycle("1,234 2,500 12,750", N)}, {"price": "1,000"}),
    "variants of yes": ({"label": drawn("Yes yes no")}, {"label": "no"}),
    "other numbers": ({"label": drawn("1 2")}, {"label": "0"}),
    "other numbers for words": ({"label": drawn("negative positive")}, {"label": "0"}),
    "a far code": ({"label": drawn("1 2 3 9")}, {"label": "1"}),
    "a far code of two": ({"label": drawn("0 1 9")}, {"label": "0"}),
    "slashes": ({"label": [tag.replace(", ", "/") for tag in tags()]}, {"label": "sea"}),
    "tags or nothing": ({"label": [*tags()[20:], *[""] * 20]}, {"label": "sea"}),
    "variants": ({"label": drawn("Sea sea wood town")}, {"label": "sea"}),
}


def try_settings(tables, settings):
    """Do all that check does with labels."""
    competition = CompetitionConfig(**{**BASE, "name": "c", **settings})
    check_metric(competition)
    train = clean_labels(tables.train, competition)
    train = train[~find_unlabelled(train, competition)].reset_index(drop=True)
    task = TASKS[competition.task].from_labels(train, competition)
    assert len(task.encode_labels(train, competition)) == len(train)
    assert submission_columns(list(tables.sample.columns), task, competition)


@pytest.mark.parametrize("name", CASES)
def test_settings_and_their_alternatives_can_be_trained(name):
    labels, sample = CASES[name]
    tables = make_tables(labels, sample, n=N)
    guesses = discover(tables, base=BASE, pages={})
    settings = {guess.key: guess.value for guess in guesses}
    try_settings(tables, settings)
    told = [part for guess in guesses for part in guess.doubt.split("; ") if " write " in part]
    assert told or name in ("variants", "empty sample of classes")
    for advice in told:
        # "metric: roc_auc or log_loss" is the first of the two.
        found = SETTING.findall(advice.partition(" write ")[2].split(", or ")[0])
        assert found, advice
        try_settings(tables, settings | {key: yaml.safe_load(value) for key, value in found})
