"""Render guesses as a YAML page with a comment for each setting."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from regard.competitions.discovery.guess import Guess
from regard.errors import ConfigError

# Words that YAML 1.1 does not read as text.
YAML_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf")

_WIDTH = 120
_COMMENT_COLUMN = 34
_ALWAYS_SHOWN = ("id_column", "text_columns", "label_columns", "task", "metric", "submit")
_PLAIN_TEXT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def page_title(name: str) -> str:
    """Return the start of the first line of a page, which shows that `make new` wrote it."""
    return f"# {name}: written by `make new` from the files"


def render_page(name: str, guesses: Sequence[Guess], base: Mapping[str, Any]) -> str:
    """Render the settings that differ from the base page, below a list of the doubts.

    Args:
        name: the name of the competition.
        guesses: the guessed settings.
        base: the settings of the base page.

    Example:
        # mine: written by `make new` from the files, with a reason for each setting. Correct ...
        defaults: [base]

        name: mine
        id_column: id                     # shared by train, test and sample
    """
    lines = [f"{page_title(name)}, with a reason for each setting. Correct wrong guesses."]
    doubts = [doubt for guess in guesses for doubt in guess.doubt.splitlines()]
    if doubts:
        lines.append("# Please check:")
        for doubt in doubts:
            lines += textwrap.wrap(
                _printable(doubt), _WIDTH, initial_indent="# - ", subsequent_indent="#   "
            )
    lines += ["defaults: [base]", "", f"name: {_render_scalar(name)}"]
    for guess in shown_guesses(guesses, base):
        lines += _render_setting(guess)
    return "\n".join(lines) + "\n"


def shown_guesses(guesses: Sequence[Guess], base: Mapping[str, Any]) -> list[Guess]:
    """Return the guesses that differ from the base page, and those that every page shows."""
    return [
        guess
        for guess in guesses
        if guess.key in _ALWAYS_SHOWN or guess.value != base.get(guess.key)
    ]


def render_value(value: Any) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, dict):
        pairs = (f"{key}: {_render_scalar(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_render_scalar, value))}]"
    return _render_scalar(value)


def _render_setting(guess: Guess) -> list[str]:
    """Return the lines of one setting.

    The reason follows on the same line and is continued below, or precedes a long setting.
    """
    setting = f"{guess.key}: {render_value(guess.value)}"
    # A list that does not fit on a line gets a line for each item.
    if len(setting) > _WIDTH:
        items = [f"  - {_render_scalar(item)}" for item in guess.value]
        setting = "\n".join([f"{guess.key}:", *items])
    column = _COMMENT_COLUMN if len(setting) < _COMMENT_COLUMN else len(setting) + 1
    reason = _printable(guess.reason)
    if column > _WIDTH // 2:
        comment = textwrap.wrap(reason, _WIDTH, initial_indent="# ", subsequent_indent="# ")
        return [*comment, setting]
    indent = " " * column + "# "
    comment = textwrap.wrap(reason, _WIDTH, initial_indent=indent, subsequent_indent=indent)
    # The first line of the comment starts with blanks as wide as the setting.
    return [setting + comment[0][len(setting) :], *comment[1:]] if comment else [setting]


def _render_scalar(value: Any) -> str:
    """Return a value that YAML and OmegaConf read back unchanged."""
    if not isinstance(value, str):
        return str(yaml.safe_dump(value, default_flow_style=True)).split("\n")[0]
    if value == "???":
        raise ConfigError("OmegaConf reads the column name '???' as a missing value; rename it")
    if _PLAIN_TEXT.fullmatch(value) and value.lower() not in YAML_WORDS:
        return value
    # OmegaConf interpolates ${x} and reads \${x} as text; backslashes before it are doubled.
    escaped = re.sub(r"(\\*)\$\{", lambda match: match[1] * 2 + r"\${", value)
    return str(yaml.safe_dump(escaped, default_style='"', allow_unicode=True, width=2**31)).strip()


def _printable(text: str) -> str:
    """Return the text on one line, with blanks for characters that YAML refuses in a comment."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
