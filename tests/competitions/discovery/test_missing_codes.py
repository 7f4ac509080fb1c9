import pandas as pd
import pytest
from helpers.tables import cycle, find_doubts, make_tables

from regard.competitions.discovery.missing_codes import find_codes


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("0 1 -1", ["-1"]),
        ("0 1 -1.0", ["-1.0"]),
        ("1 2 3 4 5 99", ["99"]),
        ("0.5 3.25 -9999", ["-9999"]),
        ("80 99 100", None),
        ("-2 -1 3", None),
        ("-1 1", None),
        ("a b -1", None),
    ],
)
def test_codes_lie_outside_the_other_labels(values, expected):
    cells = pd.DataFrame({"spam": values.split() * 20})
    sample = pd.DataFrame({"spam": ["0.5"]})
    found, _ = find_codes(cells, ["text"] * len(cells), sample, cells)
    assert (found and found.spellings) == expected


def test_a_code_in_most_rows_of_some_columns_is_kept():
    cells = pd.DataFrame({"a": ["-1", "0", "1", "-1"] * 20, "b": ["1", "-1", "-1", "0"] * 20})
    found, doubt = find_codes(cells, [""] * len(cells), cells.head(1), cells)
    assert found is None
    assert "write label_missing: [-1]" in doubt


@pytest.mark.parametrize(
    ("values", "told"), [("1 2 3 9", True), ("1 2 3 4 5 6 7 8 9", False), ("1 5 9", False)]
)
def test_a_label_far_above_the_others_is_a_doubt(values, told):
    tables = make_tables({"answer": cycle(values, 120)}, {"answer": "1"}, n=120)
    assert ("9 lies apart from the other labels" in find_doubts(tables)) == told
