import pandas as pd
import pytest

from regard.competitions.discovery.cell_kinds import have_tags, kind_of_cells


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["e7f3-91ab", "0d4c-77aa"], "codes"),
        (["row_1", "row_2"], "codes"),
        (["https://a.org/1", "www.b.org"], "web addresses"),
        (["2024-03-01", "2024-03-02 10:30"], "dates"),
        (["1/2/2024", "13.11.99"], "dates"),
        (['{"text": "a b"}', "[1, 2]"], "structures"),
        (["['a', 'b']", "[]"], "structures"),
        (["word", "other"], ""),
        (["It costs 3 dollars", "in 2024"], ""),
        (["see https://a.org", "or not"], ""),
        (["[sic]", "{a}"], ""),
    ],
)
def test_kinds(cells, kind):
    assert kind_of_cells(pd.Series(cells)) == kind


def test_no_cells_have_no_kind():
    assert kind_of_cells(pd.Series([], dtype="str")) == ""
    assert not have_tags(pd.Series([], dtype="str"))


def test_tags():
    assert have_tags(pd.Series(["<p>Hello</p>", 'a <a href="x">b</a>']))
    assert not have_tags(pd.Series(["a < b", "b > a", "<3"]))
