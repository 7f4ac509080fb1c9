import numpy as np
import pytest
from helpers.tables import find_doubts, guess_task_and_metric, make_tables

from regard.competitions.discovery.fractions import guess_fractions

SPREAD = np.random.default_rng(0).random(200)


@pytest.mark.parametrize(
    ("name", "numbers", "task"),
    [
        ("intensity", SPREAD, "regression"),
        ("score", [0, 0.25, 0.5, 0.75, 1], "regression"),
        ("similarityScore", SPREAD, "regression"),
        ("target", SPREAD, "regression"),
        ("probability", SPREAD, "soft_labels"),
        ("toxicity", SPREAD, "soft_labels"),
        ("target", [0, 0.33, 0.67, 1], "soft_labels"),
        ("target", [0, 0.17, 0.5, 0.83, 1], "soft_labels"),
        ("target", [*SPREAD, *[0.0] * 150], "soft_labels"),
    ],
)
def test_names_and_numbers_tell_probabilities_from_scores(name, numbers, task):
    guess = guess_fractions(np.asarray(numbers, float), [name], "numbers")
    assert guess.value == task
    other = {"regression": "soft_labels", "soft_labels": "regression"}[task]
    assert f"write task: {other}, metric: " in guess.doubt


def test_intensities_are_scored_by_their_correlation():
    labels = {"intensity": [f"{number:.3f}" for number in SPREAD]}
    tables = make_tables(labels, {"intensity": "0.5"}, n=200)
    assert guess_task_and_metric(tables) == ("regression", "pearson", "numbers")
    assert "submit: probabilities" in find_doubts(tables)
