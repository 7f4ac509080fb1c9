from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.runs.row_choice import choose_measured, ordered_rows, weighed_rows


def ordered(kinds, correctness=None, seed=0):
    found = ordered_rows(
        kinds,
        None if correctness is None else np.array(correctness),
        np.random.default_rng(seed),
    )
    return found.tolist()


def test_mistakes_and_every_kind_come_first():
    kinds = ["a"] * 50 + ["b"] * 5 + ["c"]
    correctness = np.linspace(1, 0.5, 56)
    correctness[[7, 8]] = 0.1, 0.2
    first = ordered(kinds, correctness)[:9]
    assert first[0] == 7
    assert 8 in first
    assert {kinds[row] for row in first} == {"a", "b", "c"}


def test_kinds_take_turns():
    kinds = list("aaaaaabbc")
    counts = [Counter(kinds[row] for row in ordered(kinds)[:n]) for n in (3, 5)]
    assert counts[0] == {"a": 1, "b": 1, "c": 1}
    assert counts[1] == {"a": 2, "b": 2, "c": 1}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1))),
    st.integers(0, 3),
    st.booleans(),
)
def test_every_row_comes_once_in_the_same_order(rows, seed, knows):
    kinds = [kind for kind, _ in rows]
    correctness = [value for _, value in rows] if knows else None
    found = ordered(kinds, correctness, seed)
    assert sorted(found) == list(range(len(rows)))
    assert found == ordered(kinds, correctness, seed)


@pytest.mark.parametrize(
    ("reads", "budget", "expected"),
    [
        (2, 60, [0, 1]),
        (2, 59, [0, 2]),
        (1, 1000, [0, 1, 2]),
        (None, 500, [0, 1]),
        (None, 200, [0, 2]),
        (None, 99, []),
    ],
)
def test_rows_within_a_budget(reads, budget, expected):
    assert weighed_rows(reads, np.array([10, 20, 10]), budget).tolist() == expected


def test_a_huge_text_takes_no_other_place():
    n_words = np.full(100, 10)
    n_words[3] = 1_000_000
    kept = np.delete(np.arange(100), 3).tolist()
    assert weighed_rows(10, n_words, 10_000).tolist() == kept
    rows, methods = choose_measured({"attention": 1, "leave_one_out": None}, n_words, 1e5)
    assert (rows.tolist(), methods) == (kept, ["attention", "leave_one_out"])


def test_methods_that_cost_too_much_are_not_measured():
    reads = {"attention": 1, "leave_one_out": None}
    rows, methods = choose_measured(reads, np.full(40, 10), 1e6)
    assert (len(rows), methods) == (40, ["attention", "leave_one_out"])
    rows, methods = choose_measured(reads, np.full(40, 300), 4e5)
    assert methods == ["attention"]
    assert len(rows) == int(4e5 / (300 * (1 + 8 * 6)))
