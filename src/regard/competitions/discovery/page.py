"""From a competition's files to its page of `conf/competition/`."""

import logging
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from regard.competitions.discovery.columns import find_ids, find_inputs, find_labels
from regard.competitions.discovery.files import read_files
from regard.competitions.discovery.guess import Guess, lines_of, listed
from regard.competitions.discovery.known import known_guesses, read_page
from regard.competitions.discovery.targets import guess_metric, guess_target
from regard.config import CompetitionConfig
from regard.data.tables import Tables, read_tables
from regard.errors import ConfigError, shell_command
from regard.metrics.registry import check_metric

_log = logging.getLogger(__name__)

_TITLE = "what `make new` read from the files"
_WIDTH = 120
_COMMENT_AT = 34
_ALWAYS = ("id_column", "text_columns", "label_columns", "task", "metric", "submit")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_YAML_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf")
_NAME = re.compile(r"[A-Za-z0-9_-]+")


def new_page(
    name: str, data_dir: Path, config_dir: Path, *, shipped_dir: Path | None = None
) -> Path:
    """Write the page of a competition whose files are in `data_dir`; log what is guessed and what
    not decided.

    Args:
        name: of the competition: its folder in `data_dir`, and the page.
        data_dir: the folder of all competitions.
        config_dir: the folder of pages to write to.
        shipped_dir: a folder of further pages.

    Returns:
        The page's path.

    Raises:
        ConfigError: there is such a page, or the name cannot be that of one.
        DataError: the files are not there or broken, or do not say what is predicted from what.
    """
    if not _NAME.fullmatch(name) or name.lower() in _YAML_WORDS or name == "base":
        raise ConfigError(
            f"{name!r} cannot be the name of a competition; use letters, digits, _ and -"
        )
    files = {
        file.stem: file
        for folder in filter(None, (shipped_dir, config_dir))  # the latter's pages win
        for file in sorted((folder / "competition").glob("*.yaml"))
    }
    if name in files:
        raise ConfigError(_is_there(files[name], data_dir))
    pages = {stem: read_page(file.read_text(encoding="utf-8")) for stem, file in files.items()}
    base = pages.pop("base", {})
    guesses = _guesses(data_dir / name, base, pages)
    competition = CompetitionConfig(
        **{**base, "name": name, **{guess.key: guess.value for guess in guesses}}
    )
    check_metric(competition)
    read_tables(competition, data_dir / name)
    path = config_dir / "competition" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_page(name, guesses, base), encoding="utf-8")
    for guess in _shown(guesses, base):
        _log.info("%s: %s", guess.key, _in_line(guess.value))
    for guess in guesses:
        if guess.doubt:
            _log.warning("not decided: %s", guess.doubt)
    _log.info("wrote %s; look it over, then: %s", _from_here(path), shell_command("check", name))
    return path


def _is_there(path: Path, data_dir: Path) -> str:
    """What to do instead; only a page that `make new` wrote may be removed."""
    if path.read_text(encoding="utf-8").startswith(f"# {path.stem}: {_TITLE}"):
        return f"{_from_here(path)} is there already; change it by hand, or remove it first to have it written anew"
    return (
        f"name your competition: {shell_command('new', 'mine')}, with its files in "
        f"{data_dir / 'mine'} ({path.stem} has its page already: "
        f"{shell_command('check', path.stem)})"
    )


def _from_here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _guesses(
    folder: Path, base: Mapping[str, Any], pages: Mapping[str, Mapping[str, Any]]
) -> list[Guess]:
    """All guesses; the tables are not kept."""
    tables, of_files = read_files(folder)
    return [*of_files, *discover(tables, base=base, pages=pages)]


def discover(
    tables: Tables, *, base: Mapping[str, Any], pages: Mapping[str, Mapping[str, Any]]
) -> list[Guess]:
    """Guess what is predicted from what.

    Args:
        tables: the three files, all columns str.
        base: the settings that competitions share.
        pages: what is set by the pages of other competitions, by name.

    Returns:
        The settings that were found, with reasons.

    Raises:
        DataError: no id, label or text column can be told, or the labels fit no task.
    """
    ids = find_ids(tables)
    known = known_guesses(tables, ids, {name: {**base, **page} for name, page in pages.items()})
    if known:
        return [*ids, *known]
    id_columns = [guess.value for guess in ids]
    labels = find_labels(tables, id_columns)
    inputs = find_inputs(tables, [*id_columns, *labels.columns])
    found = {guess.key: guess.value for guess in inputs}
    train, label_guess = _labelled(tables.train, labels.guess, id_columns[0])
    texts = list(
        map("\n".join, zip(*(train[column] for column in found["text_columns"]), strict=True))
    )
    target = guess_target(train, texts, labels)
    pair = found.get("texts") == "pair"
    metric = guess_metric(train, tables.sample, labels, target[0].value, pair=pair)
    return [*ids, *inputs, label_guess, *target, *metric]


def _labelled(train: pd.DataFrame, labels: Guess, id_column: str) -> tuple[pd.DataFrame, Guess]:
    """The rows that have labels, and the doubt about those that have none."""
    empty = (train[labels.value] == "").any(axis=1)
    if not empty.any():
        return train, labels
    where = f"lines {listed(lines_of(train, empty))}; ids {listed(train[id_column][empty])}"
    doubt = f"label_columns: {empty.sum():,} rows have no label ({where}); leave them out of the train file"
    return train[~empty], replace(labels, doubt="; ".join(filter(None, (labels.doubt, doubt))))


def render_page(name: str, guesses: Sequence[Guess], base: Mapping[str, Any]) -> str:
    """Return the page: what differs from the base page, each line with its reason, and first what is in doubt."""
    lines = [f"# {name}: {_TITLE}, each line with its reason. Change what is wrong."]
    doubts = [guess.doubt for guess in guesses if guess.doubt]
    if doubts:
        lines.append("# Not decided, so look at it:")
        for doubt in doubts:
            lines += textwrap.wrap(
                _printable(doubt), _WIDTH, initial_indent="# - ", subsequent_indent="#   "
            )
    lines += ["defaults: [base]", "", f"name: {_scalar(name)}"]
    for guess in _shown(guesses, base):
        lines += _setting(guess)
    return "\n".join(lines) + "\n"


def _shown(guesses: Sequence[Guess], base: Mapping[str, Any]) -> list[Guess]:
    """The guesses that differ from the base page, and those that every page has."""
    return [
        guess for guess in guesses if guess.key in _ALWAYS or guess.value != base.get(guess.key)
    ]


def _setting(guess: Guess) -> list[str]:
    """The lines of one setting; a long reason goes on below."""
    value = guess.value
    start = f"{guess.key}: {_in_line(value)}"
    if len(start) > _WIDTH:
        start = "\n".join([f"{guess.key}:", *(f"  - {_scalar(item)}" for item in value)])
    at = _COMMENT_AT if len(start) < _COMMENT_AT else len(start) + 1
    if at > _WIDTH // 2:
        return [
            *textwrap.wrap(
                _printable(guess.reason), _WIDTH, initial_indent="# ", subsequent_indent="# "
            ),
            start,
        ]
    indent = " " * at + "# "
    wrapped = textwrap.wrap(
        _printable(guess.reason), _WIDTH, initial_indent=indent, subsequent_indent=indent
    )
    return [start + wrapped[0][len(start) :], *wrapped[1:]] if wrapped else [start]


def _in_line(value: Any) -> str:
    return f"[{', '.join(map(_scalar, value))}]" if isinstance(value, list) else _scalar(value)


def _scalar(value: Any) -> str:
    """A value as YAML and OmegaConf read it back."""
    if not isinstance(value, str):
        return str(yaml.safe_dump(value, default_flow_style=True)).split("\n")[0]
    if value == "???":
        raise ConfigError("a column of the name '???' cannot stand in a page; rename it")
    if _PLAIN.fullmatch(value) and value.lower() not in _YAML_WORDS:
        return value
    escaped = re.sub(r"(\\*)\$\{", lambda match: match[1] * 2 + r"\${", value)
    return str(yaml.safe_dump(escaped, default_style='"', allow_unicode=True, width=2**31)).strip()


def _printable(text: str) -> str:
    """In one line, without what YAML refuses in a comment."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
