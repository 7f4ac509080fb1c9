"""Write a competition's page from its files."""

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from regard.artefacts import write_text
from regard.competitions.discovery.files import dialect_of, read_files
from regard.competitions.discovery.guess import Guess, list_some
from regard.competitions.discovery.guessing import discover
from regard.competitions.discovery.joined import Joined, find_joined
from regard.competitions.discovery.known import read_page
from regard.competitions.discovery.rendering import (
    YAML_WORDS,
    page_title,
    render_page,
    render_value,
    shown_guesses,
)
from regard.config import CompetitionConfig, read_page_text
from regard.data.tables import read_tables
from regard.errors import ConfigError, shell_command
from regard.metrics.registry import check_metric

_log = logging.getLogger(__name__)

_NAME = re.compile(r"[A-Za-z0-9_-]+")


def new_page(
    name: str, data_dir: Path, config_dir: Path, *, shipped_dir: Path | None = None
) -> Path:
    """Write the page of a competition, and log each guess and each doubt.

    Args:
        name: the name of the competition, of its folder in `data_dir` and of its page.
        data_dir: the folder of all competitions.
        config_dir: the folder to write the page to.
        shipped_dir: a folder with more pages; those in `config_dir` win.

    Returns:
        The path of the page.

    Raises:
        ConfigError: the page exists, or no page can have this name.
        DataError: the files are missing or broken, or inputs and labels cannot be found in them.
    """
    if not _NAME.fullmatch(name) or name.lower() in YAML_WORDS or name == "base":
        raise ConfigError(
            f"{name!r} cannot be the name of a competition; rename its folder, by letters from a "
            "to z, digits, _ and -, but not base or a word of YAML such as no or null"
        )
    files = _page_files(shipped_dir, config_dir)
    if name in files:
        raise ConfigError(_explain_existing(files[name], data_dir))
    pages = {stem: read_page(read_page_text(file)) for stem, file in files.items()}
    base = pages.pop("base", {})
    tables, file_guesses = read_files(data_dir / name)
    known = {guess.key: guess.value for guess in file_guesses}
    joined = find_joined(tables, data_dir / name, _names(known), dialect_of(known, "train"))
    found = discover(joined.tables, base=base, pages=pages, joined=joined.columns)
    settings = [guess for guess in found if guess.key not in known]
    guesses = [*file_guesses, *settings, *_useful_joins(joined, settings)]
    del tables, joined  # the checks below read the files again
    competition = CompetitionConfig(
        **{**base, "name": name, **{guess.key: guess.value for guess in guesses}}
    )
    check_metric(competition)
    read_tables(competition, data_dir / name)
    path = config_dir / "competition" / f"{name}.yaml"
    write_text(path, render_page(name, guesses, base))
    _log_guesses(guesses, shown_guesses(guesses, base))
    _log.info("wrote %s; review it, then run: %s", _relative(path), shell_command("check", name))
    return path


def _names(known: Mapping[str, Any]) -> list[str]:
    """Return the names of the three files, of which train may be several."""
    names = [known[key] for key in ("train_file", "test_file", "sample_file")]
    return [one for name in names for one in ([name] if isinstance(name, str) else name)]


def _useful_joins(joined: Joined, settings: list[Guess]) -> list[Guess]:
    """Return the guesses of joined files if a setting names one of their columns, else a doubt."""
    prompts = [guess.value for guess in settings if guess.key == "prompt_column"]
    if set(prompts) & set(joined.columns) or not joined.guesses:
        return joined.guesses
    lines = ", ".join(f"{guess.key}: {render_value(guess.value)}" for guess in joined.guesses)
    names = list_some(joined.columns)
    doubt = (
        f"unused: other files have {names}; to read them, write {lines}, and name them in "
        "text_columns"
    )
    return [Guess("joined_files", [], "no column of other files is a prompt", doubt)]


def _page_files(*folders: Path | None) -> dict[str, Path]:
    """Return the pages of competitions by name; those of a later folder win."""
    return {
        file.stem: file
        for folder in filter(None, folders)
        for file in sorted((folder / "competition").glob("*.yaml"))
    }


def _log_guesses(guesses: list[Guess], shown: list[Guess]) -> None:
    """Log the settings of the page, then the doubts."""
    for guess in shown:
        _log.info("%s: %s", guess.key, render_value(guess.value))
    for guess in guesses:
        for doubt in guess.doubt.splitlines():
            _log.warning("please check: %s", doubt)


def _explain_existing(path: Path, data_dir: Path) -> str:
    """Return an error message; only a page that `make new` wrote may be deleted."""
    if read_page_text(path).startswith(page_title(path.stem)):
        return f"{_relative(path)} already exists; edit it, or delete it first to write it again"
    return (
        f"{path.stem} already has a page ({shell_command('check', path.stem)}); choose another "
        f"name for your competition: {shell_command('new', 'mine')}, with its files in "
        f"{data_dir / 'mine'}"
    )


def _relative(path: Path) -> Path:
    """Return the path relative to the working folder if it is inside, else as it is."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
