import io

import pandas as pd
from helpers.tables import frame
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.competitions.discovery.guess import line_numbers, list_some


def test_list_some():
    assert list_some(["a", "b"]) == "a, b"
    assert list_some(["a", "b", "c"], limit=2) == "a, b and 1 more"


def test_line_numbers():
    table = frame(id=["1", "2"], text=["a\nb", "c"])
    assert line_numbers(table, pd.Series([False, True])) == [4]


@given(st.lists(st.lists(st.text("a\r\n", max_size=4), min_size=2, max_size=2), min_size=1))
@settings(max_examples=50, deadline=None)
def test_line_numbers_are_those_of_the_file(cells):
    table = frame(one=[row[0] for row in cells], two=[row[1] for row in cells])
    rows = [f'"{one}","{two}"\n' for one, two in cells]
    expected = [
        len(io.StringIO("one,two\n" + "".join(rows[:row]), newline="").readlines()) + 1
        for row in range(len(cells))
    ]
    assert line_numbers(table, pd.Series([True] * len(cells))) == expected
