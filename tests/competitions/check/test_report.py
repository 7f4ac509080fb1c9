from helpers.cases import competition
from helpers.tables import text_tables

from regard.competitions.check import inspect_tables, report_lines


def report(*texts):
    return report_lines(inspect_tables(text_tables(*texts), competition(), []))


def test_lines_are_aligned():
    lines = report(["a b", "c", "c"], "xyy", ["d"])
    assert lines[:2] == [
        "rows                      train 3      test 1",
        "empty texts: text         train 0      test 0",
    ]
    assert "letters: Latin            in 100.0% of texts" in lines
    assert all(line == line.rstrip() for line in lines)


def test_warning_of_another_length_in_test():
    def has_warning(test_text):
        lines = report(["a b c d", "a b c"], "ab", [test_text])
        return any(line.startswith("warning: ") for line in lines)

    assert has_warning("a")
    assert not has_warning("a b c")


def test_warning_of_encoding():
    assert "competition.encoding" in "\n".join(report(["fine", "\ufffd"], "ab"))
