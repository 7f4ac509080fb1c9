from helpers.cases import competition
from helpers.tables import text_tables

from regard.competitions.check import check, report_lines
from regard.competitions.check.swallowed_rows import find_swallowed_rows


def test_rows_swallowed_by_a_quote(tiny, tmp_path):
    path = tmp_path / "data" / "tiny" / "train.csv"
    rows = [f"x9{row},some words,sea" for row in range(6)]
    rows[1] = 'x91,"some words,sea'
    rows[5] = 'x95,some words",sea'
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "\n".join(rows) + "\n", encoding="utf-8")
    found = check(tiny())
    line = len(before.splitlines()) + 2
    assert found.n_rows[0] == 48 + 2
    assert found.swallowed_rows == {"train.csv": (1, line)}
    assert any(
        text.startswith("warning: train.csv: ")
        and f"look like rows: 1 (first: line {line})" in text
        for text in report_lines(found)
    )


def test_text_with_lines_and_commas():
    tables = text_tables(["Dear all,\nhello, you, there\nbye, now, then", "a"], "ab")
    assert find_swallowed_rows(tables, competition()) == {}
