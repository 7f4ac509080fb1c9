"""The words of a command line: split, joined and quoted, so that Hydra reads what was meant."""

import re
from collections.abc import Container, Sequence

from regard.errors import ConfigError

_CLOSING = {"[": "]", "{": "}", "(": ")"}
_QUOTES = "'\""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_/-]*")
_SETTING = re.compile(r"[+~]*[\w./@]+=.*", re.DOTALL)
# Characters that Hydra reads in quotes only, and those that have a meaning of their own to it.
_IN_QUOTES = re.compile(r"[^\x20-\x7e]|[;&`#!<>~^]")
_SYNTAX = re.compile(r"[\[\]{}(),'\"\\$]")
# Words that Hydra reads as a value and not as a text.
_VALUES = ("true", "false", "null", "nan", "inf")
_PAGES = re.compile(r"(?P<key>[+~]*(?P<group>[a-z]+)(?:@[\w.]+)?)=(?P<value>[^\[{(].*)", re.DOTALL)


def expand_args(words: Sequence[str]) -> list[str]:
    """Replace each word `args=...`, in which make hands over ARGS, by the words that it holds.

    Example:
        ["competition=toxic", "args=seed=1 seeds=[1, 2]"]
        -> ["competition=toxic", "seed=1", "seeds=[1, 2]"]
    """
    expanded: list[str] = []
    for word in words:
        expanded += split_args(word[5:]) if word.startswith("args=") else [word]
    return expanded


def split_args(text: str) -> list[str]:
    r"""Split a text into words at its blanks, except between brackets and between quotes.

    No shell sees the text, so no character has a meaning but blanks, brackets and quotes. Quotes
    round a whole word are taken away; those inside stay for Hydra. A backslash before a quote keeps
    it from ending a quoted part.

    Example:
        "seeds=[1, 2] 'a=[b c]' model.name=\"a b\" seed=$(date)"
        -> ["seeds=[1, 2]", "a=[b c]", 'model.name="a b"', "seed=$(date)"]
    """
    words = [""]
    for character, inside in zip(text, _inside(text), strict=True):
        if character.isspace() and not inside:
            words.append("")
        else:
            words[-1] += character
    return [_without_quotes(word) for word in words if word]


def join_words(words: Sequence[str]) -> list[str]:
    """Join words that are parts of one value, such as a list that a shell has split.

    Example:
        ["seeds=[1,", "2]", "folds.n_folds=3,", "5", "-m"] -> ["seeds=[1, 2]", "folds.n_folds=3, 5",
            "-m"]
    """
    joined: list[str] = []
    for word in words:
        before = joined[-1] if joined else ""
        _, equals, value = before.partition("=")
        opened = "".join(_inside(value)[-1:])
        goes_on = (opened or value.endswith(",")) and not set(opened) & set(_QUOTES)
        if equals and goes_on and not word.startswith("-") and not _SETTING.fullmatch(word):
            joined[-1] = f"{before} {word}"
        else:
            joined.append(word)
    return joined


def quote_values(words: Sequence[str], groups: Container[str]) -> list[str]:
    """Quote values that Hydra would not read as they were meant.

    Those are the names of pages that look like numbers or other values, and texts with characters
    that Hydra knows in quotes only, such as letters beyond ASCII.

    Args:
        words: the settings of a command line.
        groups: the groups of pages in conf/.

    Example:
        ["competition=2024", "seed=1", "model=a,null", "model.name=caf\u00e9"]
        -> ["competition='2024'", "seed=1", "model=a,'null'", "model.name='caf\u00e9'"]
    """
    return [_quoted(word, groups) for word in words]


def in_quotes(text: str) -> str:
    r"""Return a text in the quotes that Hydra reads.

    Example:
        "it's" -> "'it\\'s'"
    """
    escaped = text.replace("'", "\\'")
    return f"'{escaped}'"


def check_words(words: Sequence[str]) -> None:
    """Refuse settings whose value is not complete.

    Raises:
        ConfigError: a bracket or a quote is not closed, or a comma comes last.
    """
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            continue
        if key.strip("+~") == "hydra":
            raise ConfigError(f"{word}: hydra is a section of settings, such as hydra.verbose=true")
        if not key.strip("+~"):
            raise ConfigError(f"{word} has no name; write a setting as key=value")
        if value.rstrip().endswith(","):
            one = value.rstrip(" ,") or "..."
            raise ConfigError(f"{word} ends with a comma; write {key}={one} or more values")
        if (opened := "".join(_inside(value)[-1:])) and opened[-1] in _QUOTES:
            raise ConfigError(f"{word}: the quote {opened[-1]} is not closed by another one")
        if opened:
            raise ConfigError(
                f"{word}: the bracket {opened[-1]} is not closed by {_CLOSING[opened[-1]]}"
            )


def _inside(text: str) -> list[str]:
    """Return for each character the brackets and the quote that are open after it.

    Example:
        "a[']'" -> ["", "[", "['", "['", "["]
    """
    inside = []
    open_now = ""
    for index, character in enumerate(text):
        last = open_now[-1:]
        if last and last in _QUOTES:
            if character == last and text[index - 1] != "\\":
                open_now = open_now[:-1]
        elif character in _QUOTES or character in _CLOSING:
            open_now += character
        elif last and character == _CLOSING[last]:
            open_now = open_now[:-1]
        inside.append(open_now)
    return inside


def _without_quotes(word: str) -> str:
    r"""Return a word without quotes round it.

    Example:
        "'a=[b c]'" -> "a=[b c]", "'a'='b'" -> "'a'='b'"
    """
    first = word[0]
    inside = _inside(word)
    if first in _QUOTES and "" in inside and inside.index("") == len(word) - 1:
        return word[1:-1].replace(f"\\{first}", first)
    return word


def _quoted(word: str, groups: Container[str]) -> str:
    if (match := _PAGES.fullmatch(word)) and match["group"] in groups:
        return f"{match['key']}={','.join(map(_quote_page, match['value'].split(',')))}"
    key, equals, value = word.partition("=")
    if equals and _IN_QUOTES.search(value) and not _SYNTAX.search(value):
        return f"{key}={in_quotes(value)}"
    return word


def _quote_page(name: str) -> str:
    if not name or name[0] in _QUOTES or "${" in name:
        return name
    is_plain = _NAME.fullmatch(name) and name.lower() not in _VALUES
    return name if is_plain else in_quotes(name.strip())
