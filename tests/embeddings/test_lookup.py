import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.embeddings.lookup import (
    candidate_words,
    correct_spellings,
    look_up,
    split_contraction,
)
from regard.text import stem

SPECIAL = ["<pad>", "<unk>"]
STEPS = ["exact", "lower", "capitalised", "upper", "stem", "parts", "spelling"]


def vectors_of(*words: str) -> dict[str, np.ndarray]:
    """Give word i the vector [i, 1]."""
    return {word: np.array([index, 1.0], np.float32) for index, word in enumerate(words)}


def found_words(
    tokens: list[str], vectors: dict[str, np.ndarray], steps: list[str]
) -> tuple[dict[str, float], dict[str, int]]:
    """Look up tokens whose counts fall, and return the first number of each vector found."""
    vocabulary = [*SPECIAL, *tokens]
    counts = np.arange(len(vocabulary))[::-1]
    found, n_found = look_up(vocabulary, counts, vectors, steps)
    return {vocabulary[token_id]: float(vector[0]) for token_id, vector in found.items()}, n_found


def test_first_successful_step_counts():
    vectors = vectors_of("ship", "sail", "Paris", "NASA", "run")
    tokens = ["ship", "Sail", "paris", "nasa", "running", "qwrtz"]
    found, n_found = found_words(tokens, vectors, STEPS)
    assert found == {"ship": 0, "Sail": 1, "paris": 2, "nasa": 3, "running": 4}
    assert n_found == {
        "exact": 1, "lower": 1, "capitalised": 1, "upper": 1, "stem": 1, "parts": 0, "spelling": 0,
    }  # fmt: skip


def test_contraction_takes_the_mean_of_its_parts_if_all_are_known():
    tokens = ["Don't", "can\u2019t", "i'm", "cat's", "we'll"]
    vectors = vectors_of("do", "n't", "ca", "i", "'m", "cat", "'s", "we")
    assert {"n't", "'m", "ca", "cat"} <= candidate_words(tokens, STEPS)
    found, n_found = found_words(tokens, vectors, ["exact", "lower", "parts"])
    assert found == {"Don't": 0.5, "can\u2019t": 1.5, "i'm": 3.5, "cat's": 5.5}
    assert n_found["parts"] == 4


def test_known_contraction_is_not_split():
    vectors = vectors_of("we'd", "we", "'d")
    assert found_words(["we'd"], vectors, ["exact", "parts"])[0] == {"we'd": 0}


@pytest.mark.parametrize(
    ("token", "parts"),
    [
        ("don't", ["do", "n't"]),
        ("can't", ["ca", "n't"]),
        ("i'm", ["i", "'m"]),
        ("cat's", ["cat", "'s"]),
        ("I'd've", ["I", "'d", "'ve"]),
        ("wouldn\u2019t", ["would", "n't"]),
        ("DON'T", ["DO", "N'T"]),
        ("o'clock", []),
        ("n't", []),
        ("'s", []),
        ("cats", []),
    ],
)
def test_split_contraction(token, parts):
    assert split_contraction(token) == parts


def test_misspelt_token_takes_the_vector_of_the_most_frequent_neighbour():
    tokens = ["because", "became", "becuase", "becaus", "sial", "sail"]
    found, n_found = found_words(tokens, vectors_of("because", "became", "sail"), STEPS)
    assert found["becuase"] == found["becaus"] == 0
    assert n_found["spelling"] == 2
    assert "sial" not in found  # too short


def test_frequency_decides_between_neighbours():
    vocabulary = [*SPECIAL, "stove", "store", "stone", "stole"]
    vectors = vectors_of("stove", "store", "stone")
    counts = np.array([0, 0, 1, 2, 1, 1])
    assert look_up(vocabulary, counts, vectors, ["exact", "spelling"])[0][5][0] == 1
    # Equal counts: the first in alphabetical order.
    counts = np.array([0, 0, 1, 1, 1, 1])
    assert look_up(vocabulary, counts, vectors, ["exact", "spelling"])[0][5][0] == 2


def test_correct_spellings():
    unknown = ["recieve", "releve", "harbooor", "thre"]
    known = ["receive", "relieve", "harbour", "three"]
    # "recieve" is one edit from "relieve" too, "harbooor" is two edits away, "thre" is too short.
    assert correct_spellings(unknown, known) == {"recieve": "receive", "releve": "relieve"}


def test_numbers_and_short_tokens_are_not_corrected():
    assert correct_spellings(["12345", "ab1234", "thre"], ["12346", "ab1235", "three"]) == {}


def all_edits(token: str, letters: str) -> set[str]:
    """Return every token one edit away, by trying all letters."""
    halves = [(token[:index], token[index:]) for index in range(len(token) + 1)]
    deleted = {left + right[1:] for left, right in halves if right}
    exchanged = {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    substituted = {
        left + letter + right[1:] for left, right in halves if right for letter in letters
    }
    inserted = {left + letter + right for left, right in halves for letter in letters}
    return deleted | exchanged | substituted | inserted


tokens = st.text("abc", min_size=1, max_size=7)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    known=st.lists(tokens, unique=True, max_size=40),
    unknown=st.lists(tokens, unique=True, max_size=10),
)
def test_correct_spellings_agrees_with_trying_all_edits(known, unknown):
    unknown = [token for token in unknown if token not in known]
    expected = {}
    for token in unknown:
        near = [word for word in known if word in all_edits(token, string.ascii_lowercase)]
        if near and len(token) >= 5:
            expected[token] = near[0]
    assert correct_spellings(unknown, known) == expected


@settings(max_examples=300, deadline=None)
@given(st.text("abcdegilmnorstuvy'", min_size=1, max_size=12))
def test_stem_is_snowballs(token):
    assert candidate_words([token], ["stem"]) == {stem(token.lower())}


def test_tokens_without_a_snowball_ending_are_their_own_stems():
    words = [
        "table", "sea", "ship", "moon", "wood", "past", "major", "album", "zinc", "taxi", "pool",
        "1990", "é",
    ]  # fmt: skip
    endings = [
        "'s", "es", "ied", "ly", "ness", "ation", "ing", "ator", "izer", "ogist", "ism", "ical",
        "ous", "ent", "ance", "al", "ful", "alli", "enci", "ogi", "li", "ive", "ion",
    ]  # fmt: skip
    doubled = {word[:length] + word[-2:] for word in words for length in range(len(word))}
    extended = {word + ending for word in words for ending in endings}
    for token in sorted({*doubled, *extended, "'em", "'87"}):
        assert candidate_words([token], ["stem"]) == {stem(token)}
