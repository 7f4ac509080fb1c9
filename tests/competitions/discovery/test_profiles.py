import pytest
from helpers.tables import cycle, frame, numbered, sentences

from regard.competitions.discovery.profiles import describe_profiles, profile_column
from regard.data.tables import Tables


def profile(name, cells, test_cells):
    tables = Tables(frame(**{name: cells}), frame(**{name: test_cells}), frame())
    return profile_column(tables, name)


def test_statistics():
    found = profile("note", ["two words", "one", "", "one"], ["one", "another"])
    assert (found.n_filled, found.n_distinct) == (3, 2)
    assert found.n_words == pytest.approx(4 / 3)
    assert (found.share_of_numbers, found.known_in_test) == (0.0, 0.5)
    assert describe_profiles([found]) == "note (2 values in 3 rows, 1.3 words each)"


@pytest.mark.parametrize(
    ("name", "cells", "test_cells", "role"),
    [
        ("text", sentences(60), sentences(20, 1), "text"),
        ("title", ["word"] * 30 + ["other"] * 29 + ["third"], ["word"] * 20, "categorical"),
        ("title", cycle("a b c", 60), numbered(0, 20), "none"),
        ("likes", cycle("3 14 15 9 26 5 35", 60), numbered(5, 20), "numeric"),
        ("likes", numbered(0, 60), numbered(5, 20), "none"),
        ("likes", [*numbered(0, 99), "x"], numbered(5, 20), "none"),
        ("user_id", numbered(0, 60), numbered(5, 20), "none"),
        ("essay_set", cycle("1 2 3", 60), cycle("1 2", 20), "categorical"),
        ("EssaySet", cycle("1 2 3", 60), cycle("1 2", 20), "categorical"),
        ("essay_set", cycle("1.5 2 3", 60), cycle("1.5 2", 20), "numeric"),
        ("subset_size", cycle("1 2 3", 60), cycle("1 2", 20), "numeric"),
        ("views", cycle("1,234 3.5% 12", 60), cycle("1,234 $3", 20), "numeric"),
        ("constant", ["x"] * 60, ["x"] * 20, "none"),
    ],
    ids=[
        "text",
        "category",
        "new categories",
        "number",
        "row numbers",
        "a mistake",
        "id",
        "numbers of kinds",
        "numbers of kinds in camel case",
        "fractions",
        "amounts",
        "signs of numbers",
        "constant",
    ],
)
def test_role(name, cells, test_cells, role):
    assert profile(name, cells, test_cells).role == role


def test_mistake_has_its_line():
    assert profile("likes", [*numbered(0, 99), "x"], ["1"]).mistake == (
        "'x' in line 101 of the train file"
    )
