import numpy as np
import pytest
from helpers.report_cases import render_section
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.report.sections.groups import by_quantiles, by_value


def test_quantiles_by_hand():
    groups = by_quantiles(np.array([5, 1, 1, 2, 3, 4, 9, 9, 8, 7]), "{:.0f}")
    assert {name: sorted(rows.tolist()) for name, rows in groups.items()} == {
        "1": [1, 2],
        "2 to 3": [3, 4],
        "4 to 5": [0, 5],
        "7 to 8": [8, 9],
        "9": [6, 7],
    }


@given(st.lists(st.integers(0, 9), max_size=40))
@settings(max_examples=50, deadline=None)
def test_every_row_is_in_one_group(values):
    groups = by_quantiles(np.array(values, np.int64), "{:.0f}")
    rows = np.concatenate([*groups.values(), np.empty(0, np.int64)])
    assert sorted(rows.tolist()) == list(range(len(values)))
    assert len(groups) <= 5
    cells = np.array([f"c{value}" for value in values], dtype=object)
    rows = np.concatenate([*by_value(cells).values(), np.empty(0, np.int64)])
    assert sorted(rows.tolist()) == list(range(len(values)))


def test_values_by_hand():
    groups = by_value(np.array(["b", "", "b"], dtype=object))
    assert {name: rows.tolist() for name, rows in groups.items()} == {"empty": [1], "b": [0, 2]}


def test_rare_values_are_counted_together():
    cells = np.array([f"{number:02}" for number in range(14)] + ["13"], dtype=object)
    groups = by_value(cells)
    assert len(groups) == 13
    assert groups["2 other values"].tolist() == [11, 12]
    assert groups["13"].tolist() == [13, 14]


def test_scores_by_group():
    page = render_section("groups")
    losses = -np.log([0.9, 0.2, 0.8, 0.6])
    assert f"mean log loss of all rows is {losses.mean():.4f}" in page
    # Rows 1 and 3 are French: the first is wrong.
    of_fr = losses[[1, 3]]
    error = of_fr.std(ddof=1) / np.sqrt(2)
    cells = f"<td>0.5000</td><td>{of_fr.mean():.4f}</td><td>{error:.4f}</td>"
    assert f'<th scope="row">fr</th><td>2</td><td>50.0%</td>{cells}' in page
    for caption in ("length in tokens", "share of unknown words", "column country", "fold"):
        assert f"<caption>Scores by {caption}</caption>" in page


def test_scores_that_are_undefined_or_unknown_are_dashes():
    page = render_section("groups", "binary", metric="roc_auc")
    # each country has rows of one label alone or of both
    assert "<td>-</td>" in page
    assert "<td>-</td>" in render_section("groups", metric="of a plugin")


def test_long_values_are_cut():
    page = render_section("groups", columns={"c": np.array(["a" * 500, "b"] * 2, dtype=object)})
    assert f"{'a' * 80} …</th>" in page
    assert "a" * 81 not in page


def test_rows_that_are_all_alike():
    page = render_section("groups", columns={}, folds=None, tokens=(), texts=["a"] * 4)
    assert "all rows are alike" in page


def test_few_rows_have_no_weak_groups():
    assert "too few rows" in render_section("weak_slices")


@pytest.mark.parametrize("kind", ["multi_class", "regression"])
def test_name_of_the_loss(kind):
    name = "squared error" if kind == "regression" else "log loss"
    assert f"The mean {name} of all rows" in render_section("groups", kind)
