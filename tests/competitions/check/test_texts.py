import pytest
from helpers.cases import competition
from helpers.tables import text_tables
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.competitions.check.texts import find_suspicious_texts, measure_scripts


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("\u6211", "Han"),
        ("\u0645", "Arabic"),
        ("\uff21", "Latin"),
        ("\u3042", "Hiragana"),
        ("\uac00", "Hangul"),
        ("\u0e01", "Thai"),
    ],
)
def test_scripts(text, script):
    assert measure_scripts([text, "12 !", "x"]) == pytest.approx(
        {script: 1 / 3, "Latin": 1 / 3} if script != "Latin" else {script: 2 / 3}
    )


@pytest.mark.parametrize(
    "text", ["caf\u00c3\u00a9", "it\u00e2\u20ac\u2122s", "\ufffd", "a\x00b", "a\x85b"]
)
def test_signs_of_wrong_encoding(text):
    tables = text_tables(["fine", "fine\ttoo\n"], "ab", ["na\u00efve \u00c0 la carte", text])
    (found,) = find_suspicious_texts(tables, competition()).values()
    assert found == (1, ("b1",))


@pytest.mark.slow
@given(st.text(st.characters(categories=["L"], max_codepoint=0x17F), min_size=1))
@settings(max_examples=100, deadline=None)
def test_any_utf_8_decoded_as_cp1252(text):
    try:
        garbled = text.encode().decode("cp1252")
    except UnicodeDecodeError:
        return
    found = find_suspicious_texts(text_tables([garbled, "a"], "ab"), competition())
    assert bool(found) == (not text.isascii())
