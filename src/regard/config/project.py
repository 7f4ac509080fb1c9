"""The folder of the project: where data/, outputs/ and conf/ are, wherever a command is typed.

A script of a clone works in its clone. `regard` works as git does: in the nearest folder, from the
current one upwards, that Regard has been used in; if there is none, in the current folder. The
command then runs in that folder, so every relative path of the settings is relative to it. Paths
that are typed are relative to the current folder all the same.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_GROUPS = ("competition", "compute", "embeddings", "experiment", "model", "tracking", "tune")
_TABLES = (".csv", ".gz", ".jsonl", ".parquet", ".tsv", ".zip")
_TYPED_SETTINGS = ("data_dir", "output_dir")
_TYPED_WORDS = ("bundle", "image", "input", "output", "run", "run2", "wheels")


@contextlib.contextmanager
def in_project() -> Iterator[Path]:
    """Work in the folder of the project; give the folder in which the command was typed."""
    here = Path.cwd()
    project = project_folder(here, Path(sys.argv[0]))
    if project == here:
        yield here
        return
    # A plugin may lie in the current folder, too. At the end, so that it hides no other module.
    sys.path.append(str(here))
    try:
        with contextlib.chdir(project):
            yield here
    finally:
        sys.path.remove(str(here))


def project_folder(here: Path, program: Path) -> Path:
    """Return the folder of the project.

    Args:
        here: the current folder.
        program: the script that runs, as in `sys.argv[0]`.

    Example:
        /clone/scripts/train.py, in any folder -> /clone
        regard, in ~/mine/data/mine, where ~/mine/outputs holds runs -> ~/mine
    """
    clone = program.resolve().parent.parent
    if program.resolve().parent.name == "scripts" and (clone / "src" / "regard").is_dir():
        return here if here.samefile(clone) else clone
    # Home and the root are too wide: a stray outputs/ there would catch every new folder.
    too_wide = {Path(os.environ.get("HOME", "")), Path(here.anchor)}
    for folder in (here, *here.parents):
        if _is_project(folder, here) and (folder == here or folder not in too_wide):
            return folder
    return here


def typed_paths(words: Sequence[str], here: Path, *, by_hydra: bool = True) -> list[str]:
    """Return words with the paths among them made absolute.

    Args:
        words: the arguments of a command.
        here: the folder in which they were typed.
        by_hydra: whether Hydra reads the settings among them, so that paths need its quotes.

    Example:
        typed in ~/mine: ["input=new.csv", "seed=1"] -> ["input=~/mine/new.csv", "seed=1"]
    """
    return [_typed_path(word, here, by_hydra=by_hydra) for word in words]


def _typed_path(word: str, here: Path, *, by_hydra: bool) -> str:
    key, _, value = word.partition("=")
    name = key.lstrip("+")
    if not value or value == "-":  # - is standard input or output
        return word
    if name in _TYPED_SETTINGS and by_hydra:
        return _in_hydra_quotes(key, value, here)
    is_name = name in ("run", "run2") and os.sep not in value and not (here / value).is_dir()
    if name in (*_TYPED_WORDS, *_TYPED_SETTINGS) and not is_name:
        return f"{key}={here / value}"
    return word


def _in_hydra_quotes(key: str, value: str, here: Path) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    path = value[1:-1] if is_quoted else value
    # Several values of a sweep and references to other settings are left to Hydra.
    if "${" in path or ("," in path and not is_quoted):
        return f"{key}={value}"
    escaped = str(here / path).replace("'", "\\'")
    return f"{key}='{escaped}'"


def _is_project(folder: Path, here: Path) -> bool:
    """Return whether Regard has been used in a folder: pages of settings, outputs or data.

    Many folders have a data/. It counts where the current folder is in it or next to it.
    """
    data = folder / "data"
    is_near = folder == here or data == here or data in here.parents
    return (
        _has_pages(folder / "conf")
        or any((folder / "outputs").glob("*/runs"))
        or any((folder / "outputs").glob("*/tables"))
        or (is_near and any(path.suffix in _TABLES for path in data.glob("*/*")))
    )


def _has_pages(conf: Path) -> bool:
    """Return whether a folder holds pages of Regard; another program may use Hydra as well."""
    main = conf / "config.yaml"
    if main.is_file():
        return b"regard_schema" in main.read_bytes()
    return any(any((conf / group).glob("*.yaml")) for group in _GROUPS)
