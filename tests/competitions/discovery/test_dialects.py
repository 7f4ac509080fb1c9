import random
import re

import pytest
from helpers.dialects import DIALECTS, PACKINGS
from hypothesis import example, given, settings
from hypothesis import strategies as st

from regard.competitions.discovery.dialects import guess_dialect
from regard.config import Dialect
from regard.data.whole_files import read_whole

COLUMNS = ["id", "text", "label"]
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")
TEXTS = ['say "hi", now', "a\\b", "two\nlines", "tab\there", "it's 5\" wide", "café", " x; y | z"]


def rows_of(texts, forbidden=""):
    kept = ["t" + "".join(letter for letter in text if letter not in forbidden) for text in texts]
    return [[str(row + 1), text, str(row % 2)] for row, text in enumerate(kept)]


@pytest.fixture
def guessed(tmp_path):
    """Return a function that writes a file and guesses its dialect."""

    def guessed(content, name="train.csv"):
        (tmp_path / name).write_text(content, encoding="utf-8", newline="")
        return guess_dialect(tmp_path / name, Dialect())

    return guessed


@pytest.mark.parametrize("name", DIALECTS)
def test_each_dialect_is_read_by_its_settings_and_guessed(name, tmp_path):
    written = DIALECTS[name]
    rows = rows_of(TEXTS, written.forbidden)
    path = tmp_path / "train.csv"
    path.write_text(written.text(COLUMNS, rows), encoding="utf-8", newline="")
    assert read_whole(path, Dialect(**written.settings)).frame.to_numpy().tolist() == rows
    guess = guess_dialect(path, Dialect())
    assert guess.reading.file.frame.to_numpy().tolist() == rows
    found = guess.reading.dialect
    expected = Dialect(**{**written.settings, "separator": None})
    assert (found.escape, found.skip_blank) == (expected.escape, expected.skip_blank)


letters = st.text(st.sampled_from("ab01.- \"\t\n\r\\,;|é'#"), max_size=20)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    texts=st.lists(letters, min_size=4, max_size=8),
    name=st.sampled_from(sorted(DIALECTS)),
    packing=st.sampled_from(sorted(PACKINGS)),
    encoding=st.sampled_from(ENCODINGS),
)
@example(["t,\\\\", "", "", ""], "csv", "", "utf-8")
@example(['\\\\"', "", "", ""], "tsv", "", "utf-8")
@example(['\\"', "", "", ""], "plain", "", "utf-8")
def test_every_dialect_packing_and_encoding_comes_back(
    tmp_path_factory, texts, name, packing, encoding
):
    written = DIALECTS[name]
    # Without a quote, nothing tells whether a backslash escapes.
    texts = ['say "hi"', *texts] if written.settings.get("escape") else texts
    rows = rows_of(texts, written.forbidden)
    path = tmp_path_factory.mktemp("rows") / f"train.csv{packing}"
    path.write_bytes(PACKINGS[packing](written.text(COLUMNS, rows).encode(encoding)))
    settings_of_file = Dialect(**written.settings, encoding=encoding)
    assert read_whole(path, settings_of_file).frame.to_numpy().tolist() == rows
    guess = guess_dialect(path, Dialect(encoding))
    assert guess.reading.file.frame.to_numpy().tolist() == rows


def lines(changes, separator="\t", n=40):
    texts = {row: f"some words {row}" for row in range(1, n + 1)} | changes
    rows = [separator.join((str(row), text, str(row % 2))) for row, text in texts.items()]
    return separator.join(COLUMNS) + "\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({5: '"open words', 9: 'close" words'}, r"else 1 cell holds lines that look like rows \(l"),
        ({5: '"open words'}, "else .*line 6: a quote is opened and never closed"),
        ({5: '"soup of the day" again'}, r"else 1 row has a quote inside a quoted cell .*line 6"),
        ({5: '"nice film"'}, "few cells are in quotes"),
    ],
)
def test_quotes_of_a_tsv_file_are_characters(changes, reason, guessed):
    guess = guessed(lines(changes), "train.tsv")
    assert guess.reading.dialect.quoting == "none"
    assert guess.reading.file.frame["text"].tolist() == [
        changes.get(row, f"some words {row}") for row in range(1, 41)
    ]

    assert re.search(reason, guess.doubt)
    assert guess.doubt.endswith("if they enclose cells, write quoting: minimal")


@pytest.mark.parametrize(
    "changes",
    [
        {5: '"a poem,\nroses, red\nviolets, blue"'},
        {5: '"how to read:\nid,text,label\n1,foo,0\n2,bar,1"'},
        {5: '"print(""x"")\nprint(1, 2)"', 6: '"C:\\dir\\"'},
        {5: 'a 5" disk', 6: "it's"},
        {5: '"a, b"', 7: '"c ""d"" e"'},
    ],
)
def test_quoted_cells_are_read_without_a_doubt(changes, guessed):
    guess = guessed(lines(changes, ","))
    assert (guess.reading.dialect, guess.doubt) == (Dialect(), "")


def test_backslashes_before_quotes_are_mixed_with_doubled_quotes(guessed):
    guess = guessed(lines({5: '"a 2\\" pipe"', 6: '"say ""hi"" now"'}, ","))
    assert guess.reading.dialect.escape == "\\"
    assert guess.reading.file.frame["text"].tolist()[4:6] == ['a 2" pipe', 'say "hi" now']
    assert "doubled ones are taken as one" in guess.doubt


def test_backslashes_that_escape_nothing_stay(guessed):
    guess = guessed(lines({5: '"a 2\\" pipe in C:\\new"'}, ","))
    assert guess.reading.file.frame["text"][4] == 'a 2" pipe in C:\\new'


@pytest.mark.parametrize("header", ["id, text, label", "id ,text ,label", ' id,"text",label'])
def test_blanks_in_the_header(header, guessed):
    guess = guessed(header + "\n" + lines({}, ",").partition("\n")[2])
    assert guess.reading.dialect.skip_blank
    assert list(guess.reading.file.frame) == COLUMNS


def test_blanks_after_separators(guessed):
    text = "id,text,label\n" + "".join(f'{row}, "rain, again {row}", 1\n' for row in range(9))
    guess = guessed(text)
    assert guess.reading.file.frame["text"][3] == "rain, again 3"
    prose = "id,text,label\n" + "".join(f'{row},"rain, again, {row}",1\n' for row in range(9))
    assert not guessed(prose).reading.dialect.skip_blank


def test_a_missing_quote_is_told_but_not_taken_as_a_habit(guessed):
    rows = [f'{row},"some words {row}",{row % 2}' for row in range(1, 41)]
    rows[6] = '7,"some words 7,1'
    guess = guessed("id,text,label\n" + "\n".join(rows) + "\n")
    assert guess.reading.dialect.quoting == "minimal"
    assert "1 cell holds lines that look like rows (line 8)" in guess.doubt


def test_rows_in_any_order(guessed):
    head, *rows = lines({5: '"open words', 6: 'close"'}, ",").splitlines()
    random.Random(1).shuffle(rows)
    guess = guessed("\n".join([head, *rows]) + "\n")
    assert len(guess.reading.file.frame) == 40
