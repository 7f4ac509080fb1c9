import pandas as pd
import pytest

from regard.competitions.discovery.numeric_cells import (
    are_numbers,
    describe_mistakes,
    have_fractions,
    is_number,
)


def test_is_number():
    cells = pd.Series(["1", "-2.5", "1e3", "", "x", "inf", "nan"])
    assert is_number(cells).tolist() == [True, True, True, False, False, False, False]
    assert not are_numbers(cells)
    assert are_numbers(cells[:3])


def test_have_fractions():
    assert have_fractions(pd.Series(["1", "2.5"]))
    assert not have_fractions(pd.Series(["1", "2.0"]))


def test_describe_few_mistakes():
    cells = pd.Series(["1"] * 98 + ["x", "?"])
    assert describe_mistakes(cells) == "2 of 100 cells (first: 'x')"


@pytest.mark.parametrize("cells", [["1", "2"], ["1"] * 90 + ["x"] * 10], ids=["none", "many"])
def test_no_mistakes_to_describe(cells):
    assert describe_mistakes(pd.Series(cells)) == ""
