import pytest

from regard.config import Dialect
from regard.data.swallowed_rows import find_swallowed, quotes_warning, swallowed_error
from regard.data.whole_files import read_whole

CODES = [f"{row * 7919 % 99991:08x}" for row in range(41)]


@pytest.fixture
def judged(tmp_path):
    """Return a function that writes rows and returns the verdict on them and the message."""

    def judged(changes, *, separator=",", ids=None, has_ids=True, known_ids=()):
        names = list(map(str, range(41))) if ids is None else ids
        rows = [[names[row], f"some words {row}", str(row % 2)] for row in range(1, 41)]
        for row, text in changes.items():
            rows[row - 1][1] = text
        columns = ["id", "text", "label"]
        lines = [separator.join(row if has_ids else row[1:]) for row in [columns, *rows]]
        path = tmp_path / "train.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        file = read_whole(path)
        found = find_swallowed(file, Dialect(), "id" if has_ids else None, known_ids)
        if any(one.is_certain for one in found):
            return "certain", str(swallowed_error(file, found))
        warning = quotes_warning(file, Dialect(), found)
        return "doubt" if found else "unclear" if warning else "fine", warning or ""

    return judged


def test_a_quote_that_is_closed_further_down_swallows_rows(judged):
    verdict, message = judged({5: '"open words', 9: 'close" words'}, separator="\t")
    assert verdict == "certain"
    assert message.endswith(
        "train.csv line 6: a quote opens a cell there that takes in the rows of the lines below "
        "it; mend that quote, or set competition.quoting=none if quotes are plain characters"
    )


@pytest.mark.parametrize(
    ("changes", "options", "verdict"),
    [
        ({5: '"open words', 6: 'close"'}, {"separator": "\t"}, "certain"),
        ({5: '"open words', 6: 'close"'}, {"separator": "\t", "has_ids": False}, "certain"),
        ({5: '"open words', 6: 'close"'}, {}, "certain"),  # the number 6 is missing
        ({5: '"open words', 6: 'close"'}, {"ids": CODES}, "certain"),
        ({5: '"open', 6: 'close" again'}, {"has_ids": False}, "certain"),
        ({5: '"open', 6: 'close"'}, {"has_ids": False}, "doubt"),
        ({5: '"how:\nid,text,label\n901,foo,0\n902,bar,1"'}, {}, "doubt"),
        ({5: '"how:\nid,text,label\n1,foo,0\n2,bar,1"'}, {}, "fine"),  # both are other rows
        ({5: '"a poem,\nroses, red\nviolets, blue"'}, {}, "fine"),
        ({5: '"a poem,\nroses, red\nviolets, blue"'}, {"has_ids": False}, "fine"),
        ({5: '"def f(a, b):\n    return a, b\n\nf(1, 2), f(3, 4)"'}, {}, "fine"),
        ({5: '"a\tb\nc\td"'}, {"separator": "\t"}, "fine"),
        ({5: 'a 5" disk'}, {}, "fine"),
        ({5: '"say ""hi""\nnow"'}, {}, "fine"),
        ({5: '"say "hi" now"'}, {}, "unclear"),
    ],
)
def test_signs_are_weighed(changes, options, verdict, judged):
    assert judged(changes, **options)[0] == verdict


def test_an_id_that_another_file_has_is_that_of_a_row(judged):
    names = [f"{letter}b" for letter in "qwertzuiopasdfghjklyxcvbnmQWERTZUIOPASDFG"]
    changes = {5: '"open words', 6: 'close"'}
    assert judged(changes, ids=names)[0] == "doubt"
    assert judged(changes, ids=names, known_ids=names)[0] == "certain"


def test_a_quote_that_is_not_doubled_is_named(judged):
    message = judged({5: '"say "hi" now"', 8: '"a 2\\" pipe"'})[1]
    assert "2 rows have a quote inside a quoted cell that is not doubled (lines 6, 9)" in message
    assert "set competition.quoting=none" in message
