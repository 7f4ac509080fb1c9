import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.text.numbers import DECIMALS, parse_numbers, plain_number, written_with


@pytest.mark.parametrize(
    ("cell", "decimal", "expected"),
    [
        ("3,5", ",", "3.5"),
        ("1.234,50", ",", "1234.50"),
        ("1 234,5", ",", "1234.5"),
        ("1\u00a0234,5", ",", "1234.5"),
        ("3,5 %", ",", "3.5"),
        (",5", ",", "0.5"),
        ("\u22122,5", ",", "-2.5"),
        ("+3", ",", "3"),
        ("1,234", ".", "1234"),
        ("12,345,678.9", ".", "12345678.9"),
        ("1'234.5", ".", "1234.5"),
        ("3.5%", ".", "3.5"),
        ("\uff11\uff12", ".", "12"),
        ("1e-3", ".", "1e-3"),
        (" 7 ", ".", "7"),
        ("$3.50", ".", "3.50"),
        ("-$1,234.50", ".", "-1234.50"),
        ("3,50 \u20ac", ",", "3.50"),
        ("(2.50)", ".", "-2.50"),
        ("($2.50)", ".", "-2.50"),
        ("$1,234.50", ".", "1234.50"),
        ("-\u20ac 3", ".", "-3"),
    ],
)
def test_numbers_as_people_write_them(cell, decimal, expected):
    assert plain_number(cell, decimal) == expected


@pytest.mark.parametrize(
    ("cell", "decimal"),
    [
        ("3,5", "."),
        ("1.5", ","),
        ("(1)", "."),
        ("(-1.5)", "."),
        ("$", "."),
        ("1,23,4", "."),
        ("1,234'567", "."),
        ("12 345", "."),
        ("", "."),
        ("-", "."),
        (".", "."),
        ("%", "."),
        ("nan", "."),
        ("inf", "."),
        ("1e400", "."),
        ("01.02.2020", ","),
        ("x", ","),
    ],
)
def test_other_cells_are_no_numbers(cell, decimal):
    assert plain_number(cell, decimal) is None
    assert np.isnan(parse_numbers([cell], decimal)).all()


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(DECIMALS))
def test_a_number_comes_back_with_either_mark(number, decimal):
    cell = repr(number).replace(".", decimal)
    assert parse_numbers([cell], decimal).tolist() == [number]


@given(st.integers(0, 10**12), st.sampled_from(DECIMALS))
def test_thousands_are_grouped_by_the_other_mark(number, decimal):
    other = DECIMALS[1 - DECIMALS.index(decimal)]
    assert parse_numbers([f"{number:,}".replace(",", other)], decimal).tolist() == [number]


def test_the_mark_that_fractions_show():
    assert written_with(["3,5", "4"]) == ","
    assert written_with(["0.5", "1"]) == "."
    assert written_with(["1", "2"]) is None
    assert written_with(["1,5", "2.5"]) is None
