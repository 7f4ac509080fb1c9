"""Any page of settings and any command line is read, or refused in one line.

`MUTATIONS=5000 pytest tests/config/test_any_page.py` tries 5,000 of each kind.
"""

import pytest
import yaml
from helpers.cases import CONF
from helpers.mutations import BYTES, CELLS, many, nodes_of, with_node
from hypothesis import example, given
from hypothesis import strategies as st

from regard.config import known_keys

pytestmark = pytest.mark.slow  # Hydra composes the settings for each example

PAGES = {
    "competition": ("bbc_news", "toxic"),
    "experiment": ("fast", "seed_pairs"),
    "model": ("lstm_gru", "nb_svm"),
    "embeddings": ("glove_and_fasttext",),
}
VALUES = (None, True, -1, 0, 3, 10**30, 1e308, float("nan"), "", "x", "../x", [], [[]], {}, ["a"])
WORDS = (
    "null",
    "true",
    "-1",
    "1e400",
    "nan",
    "[",
    "[1,2]",
    "{a:1}",
    "${x}",
    "???",
    "1,2",
    "a b",
    "",
)
KEYS = sorted(known_keys())


@st.composite
def damaged_pages(draw):
    """Return a group of pages, and the content of a page with a few changes."""
    group = draw(st.sampled_from(sorted(PAGES)))
    page = CONF / group / f"{draw(st.sampled_from(PAGES[group]))}.yaml"
    content = page.read_bytes()
    if draw(st.booleans()):
        value = yaml.safe_load(content)
        for _ in range(draw(st.integers(1, 2))):
            path = draw(st.sampled_from(list(nodes_of(value))))
            value = with_node(value, path, draw(st.sampled_from([*VALUES, ...])))
        head = b"# @package _global_\n" if content.startswith(b"# @package _global_") else b""
        return group, head + yaml.safe_dump(value, allow_unicode=True).encode()
    for _ in range(draw(st.integers(1, 2))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.sampled_from([start, start + 1, start + 4, len(content)]))
        snippet = draw(st.one_of(st.sampled_from([*BYTES, b"", b": ", b"- ", b"&a *a", b"!!x"])))
        content = content[:start] + snippet + content[end:]
    return group, content


@st.composite
def command_lines(draw):
    """Return a command and some words, most of them settings."""
    command = draw(st.sampled_from(["leaderboard", "verify", "clean-outputs", "predict", "submit"]))
    # A setting of hydra itself may start other programs, as users of sweeps want.
    key = st.one_of(st.sampled_from(KEYS), st.text(max_size=4).map(lambda text: f"x{text}"))
    value = st.one_of(st.sampled_from([*WORDS, *CELLS[:40]]), st.text(max_size=6))
    setting = st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "", "", "+", "++", "~"]),
        key,
        st.sampled_from(["=", "=", "=", "==", ":", "@", " = ", ""]),
        value,
    )
    group = st.builds("{}={}".format, st.sampled_from(sorted(PAGES)), value)
    flag = st.sampled_from(["--cfg", "job", "--help", "--info", "-x", "--", "run=x", "input="])
    words = draw(st.lists(st.one_of(setting, setting, group, flag), max_size=3))
    # A text with a zero byte cannot be a word of a command line.
    return [command, *(word.replace("\0", "") for word in words)]


def assert_answered(status, err):
    assert status in (0, 1)
    lines = [line for line in err.splitlines() if line]
    assert len(lines) == (1 if status else 0), err
    assert not status or ":" in err


@given(page=damaged_pages())
@example(page=("competition", b"\xff"))
@example(page=("competition", b"defaults: base\n"))
@example(page=("experiment", b"defaults: [[]]\n"))
@many(120)
def test_any_page_is_read_or_refused_in_one_line(page, regard, tmp_path):
    group, content = page
    folder = tmp_path / "conf" / group
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "own.yaml"
    path.write_bytes(content)
    try:
        status, _, err = regard("verify", f"{group}=own")
    finally:
        path.unlink()
    assert_answered(status, err)


@given(words=command_lines())
@example(words=["verify", "competition=1e5"])
@example(words=["verify", "competition=" + "a" * 300])
@many(120)
def test_any_command_line_is_answered_or_refused_in_one_line(words, regard):
    status, _, err = regard(*words)
    assert_answered(status, err)
