import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.data.prompts import OVERLAPS

PROMPT = "The old ship lay in the quiet harbour. Rain fell."


def overlaps(text, prompt=PROMPT):
    return {name: function(text, prompt) for name, function in OVERLAPS.items()}


def test_overlaps_by_hand():
    # quoted: "the quiet harbour"; "the old" is too short
    found = overlaps("In town, the quiet harbour and the old")
    expected = {
        "words of the prompt": 6 / 8,
        "word pairs of the prompt": 3 / 7,
        "share of the prompt": 5 / 9,
        "quoted words": 3 / 8,
        "longest quotation": np.log1p(3),
        "length by the prompt": np.log(9 / 11),
    }
    assert found == pytest.approx(expected)


def test_the_prompt_itself():
    found = overlaps(PROMPT.upper())
    assert found["quoted words"] == found["share of the prompt"] == 1.0
    assert found["longest quotation"] == pytest.approx(np.log1p(10))


def test_empty_texts():
    assert set(overlaps("", "").values()) == {0.0}


words = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12).map(" ".join)


@given(words, words)
def test_the_longest_run_is_that_of_a_search(text, prompt):
    parts = text.split()
    runs = [
        end - start
        for start in range(len(parts))
        for end in range(start + 1, len(parts) + 1)
        if f" {' '.join(parts[start:end])} " in f" {prompt} "
    ]
    found = OVERLAPS["longest quotation"](text, prompt)
    assert found == pytest.approx(np.log1p(max(runs, default=0)))
