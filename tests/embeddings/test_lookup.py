import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.embeddings.lookup import (
    FORMS,
    look_up,
    one_edit_away,
    wanted_words,
)
from regard.text import stem

SPECIAL = ["<pad>", "<unk>"]
LADDER = ["exact", "lower", "capitalised", "upper", "stem", "parts", "spelling"]


def vectors_of(*words: str) -> dict[str, np.ndarray]:
    return {word: np.array([place, 1.0], np.float32) for place, word in enumerate(words)}


def seen(vocabulary: list[str]) -> np.ndarray:
    """Counts that fall along the vocabulary."""
    return np.arange(len(vocabulary))[::-1]


def test_a_token_takes_the_vector_of_the_first_form_that_is_known():
    vectors = vectors_of("ship", "sail", "Paris", "NASA", "run")
    vocabulary = [*SPECIAL, "ship", "Sail", "paris", "nasa", "running", "qwrtz"]
    found, steps = look_up(vocabulary, seen(vocabulary), vectors, LADDER)
    assert {vocabulary[token_id]: int(vector[0]) for token_id, vector in found.items()} == {
        "ship": 0, "Sail": 1, "paris": 2, "nasa": 3, "running": 4,
    }  # fmt: skip
    assert steps == {
        "exact": 1,
        "lower": 1,
        "capitalised": 1,
        "upper": 1,
        "stem": 1,
        "parts": 0,
        "spelling": 0,
    }


def test_a_contraction_takes_the_mean_of_its_parts_if_both_are_known():
    vocabulary = [*SPECIAL, "Don't", "can\u2019t", "i'm", "cat's", "we'll"]
    vectors = vectors_of("do", "n't", "ca", "i", "'m", "cat", "'s", "we")
    assert {"n't", "'m", "ca", "cat"} <= wanted_words(vocabulary[2:], LADDER)
    found, steps = look_up(vocabulary, seen(vocabulary), vectors, ["exact", "lower", "parts"])
    means = {vocabulary[token_id]: float(vector[0]) for token_id, vector in found.items()}
    assert means == {"Don't": 0.5, "can\u2019t": 1.5, "i'm": 3.5, "cat's": 5.5}
    assert steps["parts"] == 4


def test_a_misspelt_token_takes_the_vector_of_the_most_frequent_neighbour_that_is_known():
    vocabulary = [*SPECIAL, "because", "became", "becuase", "becaus", "sial", "sail"]
    found, steps = look_up(
        vocabulary, seen(vocabulary), vectors_of("because", "became", "sail"), LADDER
    )
    assert found[4][0] == found[5][0] == 0  # of `because`
    assert steps["spelling"] == 2
    assert vocabulary.index("sial") not in found  # too short to be sure


def edits(word: str) -> set[str]:
    """Every word that is one edit away."""
    splits = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    letters = string.ascii_lowercase
    return (
        {left + right[1:] for left, right in splits if right}
        | {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
        | {left + letter + right[1:] for left, right in splits if right for letter in letters}
        | {left + letter + right for left, right in splits for letter in letters}
    ) - {word}


words = st.text("abc", min_size=4, max_size=7)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    known=st.lists(words, unique=True, max_size=20),
    missing=st.lists(words, unique=True, max_size=8),
)
def test_neighbours_are_those_that_all_edits_would_find(known, missing):
    missing = [word for word in missing if word not in known]
    found = one_edit_away(missing, known)
    for word in missing:
        near = [other for other in known if other in edits(word) and len(word) >= 5]
        assert found.get(word) == (near[0] if near else None)


@settings(max_examples=300, deadline=None)
@given(st.text("abcdegilmnorstuvy'", min_size=1, max_size=12))
def test_the_stem_is_snowballs(token):
    assert FORMS["stem"](token) == stem(token.lower())
