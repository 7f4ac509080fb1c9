import pandas as pd
import pytest
from helpers.tables import cycle, find_doubts, guess_settings, make_tables

from regard.competitions.discovery.spellings import doubt_of_order, merge_variants


def test_the_spelling_of_the_sample_wins_over_the_most_frequent_one():
    cells = pd.Series(["yes", "yes", "Yes", "no"])
    merged, (guess,) = merge_variants(cells, {"Yes"})
    assert merged.tolist() == ["Yes", "Yes", "Yes", "no"]
    assert guess.value == ["Yes", "no"]
    assert merge_variants(cells, set())[1][0].value == ["no", "yes"]


@pytest.mark.parametrize(
    ("values", "sample", "expected"),
    [
        ("sea Sea wood town", "sea", ["sea", "town", "wood"]),
        ("1 1.0 2 3", "1", ["1", "2", "3"]),
        ("cat CAT Cat dog", "dog", ["cat", "dog"]),
    ],
)
def test_variants_are_one_class_with_a_doubt(values, sample, expected):
    tables = make_tables({"class": cycle(values, 60)}, {"class": sample})
    assert sorted(guess_settings(tables)["label_values"]) == sorted(
        {value.lower(): value for value in expected}.values()
    ) or {value.lower() for value in guess_settings(tables)["label_values"]} == set(expected)
    assert "are assumed to be one class" in find_doubts(tables)


def test_positive_is_positive_in_any_spelling():
    labels = [*["positive", "negative", "positive "] * 19, "Positive", "negative", "positive"]
    tables = make_tables({"label": labels}, {"label": "negative"})
    found = guess_settings(tables)
    assert (found["task"], found["metric"]) == ("binary", "accuracy")
    assert found.get("label_values", ["negative", "positive"]) == ["negative", "positive"]
    assert "'positive' (39 rows) and 'Positive' (1 rows) are read as one label" in find_doubts(
        tables
    )


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["low", "high", "medium"], "[low, medium, high]"),
        (["Good", "Poor", "Fair"], "[Poor, Fair, Good]"),
        (["B1", "A2", "C1"], "[A2, B1, C1]"),
        (["negative", "neutral", "positive"], ""),
        (["sea", "wood", "town"], ""),
        (["low", "high"], ""),
    ],
)
def test_words_of_a_scale_are_a_doubt(values, order):
    assert order in doubt_of_order(values)
    assert bool(order) == bool(doubt_of_order(values))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ("USD_1 USD_2 USD_3 USD_4 USD_5.5", True),
        ("1/5 2/5 3/5 4/5 4.5/5", True),
        ("1_star 2_stars 3_stars 4_stars 5_stars", True),
        ("a1 b1 c1 d1 e1", False),
        ("sea wood town sky air", False),
    ],
)
def test_numbers_within_words_are_a_doubt(values, told):
    labels = [value.replace("_", " ") for value in cycle(values, 60)]
    tables = make_tables({"price": labels}, {"price": labels[0]})
    assert ("are numbers within words or signs" in find_doubts(tables)) == told
