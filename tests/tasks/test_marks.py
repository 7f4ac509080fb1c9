import pytest

from regard.tasks.marks import KNOWN_PAIRS, NEGATIVE, POSITIVE, read_columns, read_marks
from regard.text.label_cells import label_key


def test_no_mark_means_both():
    assert not NEGATIVE & POSITIVE


@pytest.mark.parametrize("pair", KNOWN_PAIRS)
@pytest.mark.parametrize("case", [str, str.upper, str.title])
def test_every_known_pair_is_read_in_any_case(pair, case):
    negative, positive = (case(mark.replace("\u0131", "i")) for mark in pair)
    assert read_marks({negative, positive}) == {negative: 0, positive: 1}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"x", "X", ""}, {"x": 1, "X": 1, "": 0}),
        ({"1", ""}, {"1": 1, "": 0}),
        ({"yes", "1", "no", "0"}, {"yes": 1, "1": 1, "no": 0, "0": 0}),
        ({"1"}, {"1": 1}),
        ({"0", "1", ""}, None),
        ({"-1", "0", "1"}, None),
        ({"-", "0", "1"}, None),
        ({"0", "True"}, None),
        ({"a", "b"}, None),
        ({"0", "1", "2"}, None),
    ],
)
def test_marks_of_a_column(values, expected):
    assert read_marks(values) == expected


@pytest.mark.parametrize(
    ("columns", "is_read"),
    [
        ({"a": ["yes", "no"], "b": ["x", ""]}, True),
        ({"a": ["x", ""], "b": ["", ""]}, True),
        ({"a": ["0", "1"], "b": ["", ""]}, False),
        ({"a": ["0", "1"], "b": ["-1", "1"]}, False),
        ({"a": ["-1", "1"], "b": ["1", "-1"]}, True),
        ({"a": ["0", "1"], "b": ["0", "2"]}, False),
    ],
)
def test_marks_of_several_columns(columns, is_read):
    assert (read_columns(columns) is not None) == is_read


def test_keys_of_marks_are_those_of_labels():
    assert {label_key("0.0"), label_key("NEIN")} <= NEGATIVE
