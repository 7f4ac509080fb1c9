import ast
import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "prose.py"
SPECIFICATION = importlib.util.spec_from_file_location("prose", SCRIPT)
prose = importlib.util.module_from_spec(SPECIFICATION)
sys.modules["prose"] = prose  # dataclasses look their module up by its name
SPECIFICATION.loader.exec_module(prose)

CODE = '''"""What a module does."""

# what the sum is for
TOTAL = 1


def add(first, *, second=2):
    """Return the sum."""
    total = first + second

    return total
'''


@pytest.fixture
def sources(tmp_path, monkeypatch):
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    (tmp_path / "code.py").write_text(CODE, encoding="utf-8")
    return prose.read_sources(tmp_path)


def function(code):
    return ast.parse(code).body[0]


def test_words_of_docstrings_and_comments_are_counted(sources):
    what, starts = prose.measure_prose(sources)
    assert what.value == 10_000 * 2 / (4 + 5 + 3)
    assert what.examples == ("code.py:1", "code.py:3")
    assert (starts.value, starts.examples) == (1, ("code.py:1",))


def test_words_are_lower_case_and_keep_apostrophes():
    assert prose.words("What's a Fold_1?") == ["what's", "a", "fold"]


def test_a_long_line_is_found(sources, tmp_path):
    assert prose.measure_lines(sources).value == 0
    (tmp_path / "code.py").write_text(f"x = 1\n# {'long' * 25}\n", encoding="utf-8")
    measure = prose.measure_lines(prose.read_sources(tmp_path))
    assert (measure.value, measure.examples) == (1, ("code.py:2",))
    assert measure.is_exceeded


def test_comments_are_counted_per_100_lines(sources):
    assert prose.measure_comments(sources).value == 100 / 11


@pytest.mark.parametrize(
    ("code", "length"),
    [
        ("def f():\n    x = 1\n\n    return x", 3),
        ('def f():\n    """One."""\n    return 1', 1),
        ('def f():\n    """One."""', 0),
    ],
)
def test_a_body_is_counted_without_its_docstring(code, length):
    assert prose.body_length(function(code)) == length


def test_arguments_are_counted_without_self():
    assert prose.n_arguments(function("def f(self, a, /, b, *c, d, **e): pass")) == 5


def test_a_percentile_is_one_of_the_values():
    assert prose.percentile([4, 1, 3, 2], 0.75) == 3
    assert prose.percentile([1, 2, 3, 4], 0.76) == 4
    assert prose.percentile([5], 0.95) == 5


def test_a_table_shows_places_that_exceed_a_limit():
    measures = [prose.Measure("lines", 3, 2, ("a.py:1", "b.py:2")), prose.Measure("words", 5)]
    header, lines, example, words = prose.table(measures, n_examples=1).splitlines()
    assert header.split() == ["measure", "value", "limit"]
    assert lines.split() == ["lines", "3", "2"]
    assert example == "    a.py:1"
    assert words.split() == ["words", "5"]


@pytest.mark.slow
def test_the_code_keeps_within_the_limits():
    exceeded = [measure for measure in prose.measure_all() if measure.is_exceeded]
    assert not exceeded, "\n" + prose.table(exceeded, n_examples=20)
