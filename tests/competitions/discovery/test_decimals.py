import pytest
from helpers.tables import cycle, find_doubts, guess_settings, make_tables, sentences

N = 60


@pytest.mark.parametrize(
    ("values", "decimal", "task"),
    [
        ("3,5 4,25 2,75", ",", "regression"),
        ("1.234,5 2.000,75 12,25", ",", "regression"),
        ("0,125 0,375 0,625", ",", "soft_labels"),
        ("3,5% 4,0% 2,5%", ",", "regression"),
        ("3.5 4.25 1,000.5", None, "regression"),
        ("3.5 4.25 2.75", None, "regression"),
    ],
)
def test_the_decimal_mark_of_labels(values, decimal, task):
    found = guess_settings(make_tables({"y": cycle(values, N)}, {"y": values.split()[0]}))
    assert (found.get("decimal"), found["task"]) == (decimal, task)


def test_commas_that_may_group_thousands_are_a_doubt():
    tables = make_tables({"y": cycle("1,234 2,500 12,750", N)}, {"y": "1,000"})
    assert guess_settings(tables)["decimal"] == "."
    assert 'if they are decimal commas, write decimal: ","' in find_doubts(tables)


def test_numeric_columns_have_the_same_mark():
    inputs = {"text": sentences(80), "price": cycle("3,5 4,25 2,75 8,5", 80)}
    tables = make_tables({"label": cycle("0 1", N)}, {"label": "0"}, **inputs)
    found = guess_settings(tables)
    assert (found["decimal"], found["numeric_columns"]) == (",", ["price"])


def test_columns_of_both_marks_are_a_doubt():
    inputs = {"text": sentences(80), "price": cycle("3.5 4.25 2.75 8.5", 80)}
    tables = make_tables({"y": cycle("3,5 4,25 2,75", N)}, {"y": "3,5"}, **inputs)
    assert guess_settings(tables)["decimal"] == ","
    assert "price has points before its fractions, unlike y" in find_doubts(tables)


def test_commas_in_texts_do_not_matter():
    texts = [f"{text}, again" for text in sentences(80)]
    tables = make_tables({"label": cycle("0 1", N)}, {"label": "0"}, text=texts)
    assert "decimal" not in guess_settings(tables)
