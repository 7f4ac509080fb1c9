import importlib.util
from pathlib import Path

import pytest
import yaml

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPECIFICATION = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
generate = importlib.util.module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(generate)

PAGE = """\
# @package _global_
# The network.
defaults: [base, _self_]   # not a setting

name: x
rnn:
  units: 64      # per
                 # direction
# Options:
#   a list
pooling: [max,   # the maximum
          mean]
sizes:
  - 1
  - 2
head: {units: 3}   # dense
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "network.yaml"
    path.write_text(PAGE, encoding="utf-8")
    return path


def leaves(values, prefix=""):
    if not isinstance(values, dict) or not values:
        return [prefix.removesuffix(".")]
    return [key for name, value in values.items() for key in leaves(value, f"{prefix}{name}.")]


def test_settings_are_read_with_their_comments(page):
    header, settings = generate.read_settings(page)
    assert header == ["@package _global_", "The network."]
    assert [(each.key, each.value, each.comment) for each in settings] == [
        ("name", "x", ""),
        ("rnn", None, ""),
        ("rnn.units", "64", "per direction"),
        ("pooling", "[max, mean]", "Options: a list the maximum"),
        ("sizes", "[1, 2]", ""),
        ("head", "{units: 3}", "dense"),
    ]


@pytest.mark.parametrize("page", sorted(generate.CONF.rglob("*.yaml")), ids=lambda page: page.stem)
def test_every_setting_of_a_page_is_found(page):
    found = {setting.key for setting in generate.read_settings(page)[1]}
    values = yaml.safe_load(page.read_text(encoding="utf-8"))
    expected = leaves({key: values[key] for key in values if key not in generate.NOT_SETTINGS})
    assert {key for key in expected if key.partition(".")[0] not in found} == set()
    assert {
        key for key in found if not any(f"{each}.".startswith(f"{key}.") for each in expected)
    } == set()


def test_settings_and_options_are_marked_as_code():
    assert generate.mark_code("see last_epochs, or <unk>") == "see `last_epochs`, or `<unk>`"
    assert generate.mark_code("(a_b) and a sentence.") == "(`a_b`) and a sentence."


def test_a_list_in_a_comment_keeps_its_lines():
    lines = ["One of", "  a, b   the first", "         two", "  c      the third"]
    comment = generate.join_comment(lines)
    assert comment == "One of<br>`a, b`: the first two<br>`c`: the third"
    assert generate.mark_code(comment) == comment


def test_a_mark_is_replaced_by_its_table(monkeypatch):
    monkeypatch.setitem(generate.TABLES, "metrics", lambda: "| a |\n")
    text = "Before.\n\n<!-- generated: metrics -->\n\nAfter."
    assert generate.on_page_markdown(text) == "Before.\n\n| a |\n\n\nAfter."


@pytest.mark.parametrize("page", sorted((DOCS / "pages").rglob("*.md")), ids=lambda page: page.stem)
def test_pages_name_tables_that_exist(page):
    names = generate.MARK.findall(page.read_text(encoding="utf-8"))
    assert set(names) <= set(generate.TABLES)


def test_every_table_is_on_a_page():
    pages = (path.read_text(encoding="utf-8") for path in (DOCS / "pages").rglob("*.md"))
    assert {name for page in pages for name in generate.MARK.findall(page)} == set(generate.TABLES)


def test_a_table_escapes_what_would_end_a_cell():
    assert generate.table(("a", "b"), [("x | y", "z")]).splitlines()[2] == r"| x \| y | z |"


def test_commands_are_those_of_the_makefile():
    table = generate.commands_table()
    assert "| `make train` |" in table
    assert "| `make docs` |" in table
