import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.competitions.discovery.row_counters import explain_row_numbers

RNG = np.random.default_rng(0)
N, M = 120, 40
SPLIT = RNG.permutation(N + M)


def explain(train, test=(7, 3)) -> str:
    return explain_row_numbers(*(pd.Series(list(map(str, cells))) for cells in (train, test)))


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (range(N), range(M)),
        (range(1, N + 1), range(N + 1, N + M + 1)),
        (range(0, 10 * N, 10), range(0, 10 * M, 10)),
        (range(N, 0, -1), range(M, 0, -1)),
        (RNG.permutation(N), RNG.permutation(M)),
        (SPLIT[:N], SPLIT[N:]),
        (np.sort(RNG.choice(3 * N, N, replace=False)), range(M)),
        (RNG.choice(3 * N, N, replace=False), range(M)),
        (np.arange(N) * 100 + RNG.integers(-300, 300, N), range(M)),
        ([*range(N // 2), *range(N // 2)], range(M)),
        (RNG.permutation([*range(70), *range(50)]), range(M)),
        ([f"{row}.0" for row in range(N)], range(M)),
        ([row / N for row in range(N)], range(M)),
        ([f"{row:04d}" for row in range(N)], range(M)),
        ([f"row_{row}" for row in range(N)], [f"test_{row}" for row in range(M)]),
        (["", *range(N - 1)], range(M)),
    ],
    ids=[
        "from 0",
        "test continues",
        "steps of 10",
        "downwards",
        "shuffled",
        "train and test drawn from one index",
        "filtered",
        "filtered and shuffled",
        "nearly in order",
        "two files joined",
        "two files joined and shuffled",
        "floats",
        "fractions",
        "padded",
        "with a prefix",
        "an empty cell",
    ],
)
def test_row_numbers(train, test):
    assert explain(train, test)


def test_reason():
    assert explain(range(N)) == "it counts the rows"
    assert explain(SPLIT[:N], SPLIT[N:]) == "its whole numbers hardly ever repeat, as those of rows"


@pytest.mark.parametrize(
    ("train", "test", "reason"),
    [
        (RNG.integers(10**12, 10**13, N), RNG.integers(10**12, 10**13, M), "13 digits"),
        (RNG.integers(15 * 10**8, 16 * 10**8, N), (155 * 10**7,), "seem to be times"),
        (RNG.integers(0, 10**7, N), RNG.integers(10**7, 2 * 10**7, M), "outside train's range"),
    ],
)
def test_ids_and_times(train, test, reason):
    assert reason in explain(train, test)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 400))
def test_amounts_are_no_row_numbers(seed, n):
    rng = np.random.default_rng(seed)
    for train, test in (
        (rng.lognormal(3, 1, n).round(2), rng.lognormal(3, 1, M).round(2)),
        (rng.lognormal(7, 1, n).astype(int), rng.lognormal(7, 1, M).astype(int)),
        (rng.integers(18, 80, n), rng.integers(18, 80, M)),
        (rng.poisson(3, n), rng.poisson(3, M)),
        (np.sort(rng.integers(0, 9, n)), rng.integers(0, 9, M)),
        (rng.normal(size=n), rng.normal(size=M)),
    ):
        assert explain(train, test) == ""


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(10, 400), st.integers(1, 50), st.integers(0, 1000))
def test_any_step_and_start_in_any_order(seed, n, step, start):
    numbers = np.random.default_rng(seed).permutation(n) * step + start
    assert explain(numbers) == "it counts the rows"


def test_few_rows_prove_nothing():
    assert explain(range(9)) == ""


def test_words_are_no_row_numbers():
    assert explain(["word"] * N) == ""
    assert explain([f"{'ab'[row % 2]}{row}" for row in range(N)]) == ""


def test_long_words_take_no_time():
    cells = pd.Series(["x" * 200_000, *["plain text here"] * 20])
    assert explain_row_numbers(cells, cells) == ""


def test_numbers_of_hundreds_of_digits_are_no_row_numbers():
    assert explain(["9" * 400] * N) == ""
    assert explain([f"row_{'9' * 400}"] * N) == ""
