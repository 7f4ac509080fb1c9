import pytest
from markupsafe import Markup

from regard.report.formats import (
    code,
    code_cell,
    decimal,
    duration,
    excerpt,
    minute,
    percent,
    replace_harmful,
    thousands,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x00b", "a\ufffdb"),
        ("a\u202eb\u2066c", "a\ufffdb\ufffdc"),
        ("\ud800\ufffe\x7f\x85", "\ufffd" * 4),
        ("tab\tline\nend", "tab\tline\nend"),
        ("naïve 東京 😀", "naïve 東京 😀"),
        (12, "12"),
    ],
)
def test_replace_harmful(text, expected):
    assert replace_harmful(text) == expected


def test_markup_is_left_alone():
    assert replace_harmful(Markup("<b>")) == Markup("<b>")
    assert isinstance(replace_harmful(Markup("<b>")), Markup)


def test_excerpt_of_a_short_text():
    assert excerpt(" two\nwords ") == "two words"


def test_excerpt_of_many_words():
    assert excerpt(" ".join(f"w{number}" for number in range(100))).endswith(" w59 …")
    assert excerpt(" ".join(["w"] * 60)) == " ".join(["w"] * 60)


def test_excerpt_of_long_words():
    assert excerpt("x" * 5000) == "x" * 600 + " …"


def test_decimal():
    assert decimal(0.97816) == "0.9782"
    assert decimal(float("nan")) == "-"


def test_counts_and_shares():
    assert thousands(4905869) == "4,905,869"
    assert percent(0.914) == "91.4%"
    assert percent(0.5, 2) == "50.00%"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(59.94, "59.9 s"), (75.2, "1 min 15 s"), (3600, "1 h 0 min"), (9000.4, "2 h 30 min")],
)
def test_duration(seconds, expected):
    assert duration(seconds) == expected


def test_minute():
    assert minute("2025-03-02T10:41:07+00:00") == "2025-03-02 10:41 UTC"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b", "`a_b`"),
        ("two\n lines", "`two lines`"),
        ("a`b", "``a`b``"),
        ("`a``", "``` `a`` ```"),
        ("", '`""`'),
        ("a\x00", "`a\ufffd`"),
        (3, "`3`"),
    ],
)
def test_code(text, expected):
    assert code(text) == expected


def test_code_in_a_table():
    assert code_cell("a|b") == r"`a\|b`"
