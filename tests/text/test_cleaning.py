import html

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.errors import ConfigError
from regard.text import STEPS, clean, normalise, tokenize
from regard.text.cleaning import clean_token

HINDI = "\u0928\u092e\u0938\u094d\u0924\u0947"


@pytest.mark.parametrize(
    ("raw", "tokens"),
    [
        ("Don't pay $1,000.50 :)", ["Don't", "pay", "$", "1,000.50", ":", ")"]),
        ("the 2nd mp3, 3.5m; 1.", ["the", "2nd", "mp3", ",", "3.5m", ";", "1", "."]),
        ("no.5,x", ["no", ".", "5", ",", "x"]),
        ("well-known snake_case", ["well", "-", "known", "snake_case"]),
        ("dog\u2019s 'quoted'", ["dog's", "'", "quoted", "'"]),
        ("<url> <user> <br />", ["<url>", "<user>", "<", "br", "/", ">"]),
        ("caf\u00e9 cafe\u0301", ["caf\u00e9", "caf\u00e9"]),
        (HINDI, [HINDI]),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u043f\u0440\u0438\u0432\u0435\u0442",
            [
                "\u0645\u06cc\u062e\u0648\u0627\u0647\u0645",
                "\u043f\u0440\u0438\u0432\u0435\u0442",
            ],
        ),
        ("hi\U0001f600\U0001f600 \u2764\ufe0f", ["hi", "\U0001f600", "\U0001f600", "\u2764"]),
        ("zero\u200bwidth soft\xadhyphen\u200d \ufeff", ["zerowidth", "softhyphen"]),
        (" \n\t\u3000", []),
    ],
)
def test_tokenize(raw, tokens):
    assert tokenize(raw, []) == tokens


@pytest.mark.parametrize(
    ("step", "raw", "cleaned"),
    [
        ("html_unescape", "&lt;3 &amp; &#128514;", "<3 & \U0001f602"),
        ("lower_case", "ÄB c", "äb c"),
        ("lower_case", "\u0130stanbul", "istanbul"),
        ("nfkc", "x\u00b2 \u2122 \u2026", "x2 TM ..."),
        ("contractions", "I can't, won't, shan't, don't", "I can not, will not, shall not, do not"),
        (
            "contractions",
            "They're, we've, I'll, she'd, I'm, let's",
            "They are, we have, I will, she would, I am, let us",
        ),
        (
            "contractions",
            "WON'T Can\u2019t isn\u2019t the dog's",
            "Will not Can not is not the dog's",
        ),
        ("contractions", "ca n't do n't", "can not do  not"),
        (
            "urls",
            "see http://a.org/b?c=1, (www.b.de/x) HTTPS://T.CO/q.",
            "see <url>, (<url>) <url>.",
        ),
        (
            "urls",
            '<a href="http://x.y/z">here</a> awww.no http://',
            '<a href="<url>">here</a> awww.no http://',
        ),
        (
            "numbers",
            "1,000.5 mp3 2nd -7% 3. 12:30",
            "<number> mp3 2nd -<number>% <number>. <number>:<number>",
        ),
        (
            "repeated_characters",
            "loooool feed!!!! 1000 so... --- ??",
            "lool feed!! 1000 so.. --- ??",
        ),
        (
            "strip_special_characters",
            f"well-known: don't <3 <url> 'x' a_b {HINDI}!",
            f"well known don't 3 <url> x a b {HINDI}",
        ),
    ],
)
def test_cleaning_step(step, raw, cleaned):
    assert clean(raw, [step]) == cleaned


def test_no_step_is_mandatory():
    assert clean("Sooooo &amp; http://A.b I'm 5", []) == "Sooooo &amp; http://A.b I'm 5"


def test_steps_run_in_the_given_order():
    assert clean("see www.a1.de", ["urls", "strip_special_characters"]) == "see <url>"
    assert clean("see www.a1.de", ["strip_special_characters", "urls"]) == "see www a1 de"
    assert tokenize("having", ["stemming", "stop_words"]) == []
    assert tokenize("having", ["stop_words", "stemming"]) == ["have"]


def test_placeholders_survive_all_later_steps():
    later = [step for step in STEPS if step not in ("urls", "numbers")]
    tokens = tokenize("Visit http://x.org 25 times", ["urls", "numbers", *later])
    assert tokens == ["visit", "<url>", "<number>", "time"]


def test_steps_follow_the_language():
    assert clean("\u0130stanbul ISPARTA", ["lower_case"], "tr") == "istanbul \u0131sparta"
    assert clean_token("laufenden", ["stemming"], "de") == "laufend"
    assert clean_token("running", ["stemming"]) == "run"


@pytest.mark.parametrize("step", ["stemming", "stop_words"])
def test_a_step_that_does_not_know_the_language(step):
    with pytest.raises(ConfigError, match=rf"text.cleaning has {step}, .*Thai") as error:
        clean_token("word", [step], "th")
    assert f"leave {step} out of text.cleaning" in str(error.value)
    assert "\n" not in str(error.value)


def test_stop_words_are_dropped_in_any_case():
    assert tokenize("The cat and THE dog", ["stop_words"]) == ["cat", "dog"]


@settings(max_examples=60, deadline=None)
@given(raw=st.text(max_size=40))
def test_tokenize_keeps_all_visible_characters(raw):
    raw = normalise(raw)
    missing = set(raw) - set("".join(tokenize(raw, [])))
    visible = html.unescape("!&lt;$\u20ac")
    assert not any(character.isalnum() or character in visible for character in missing)
