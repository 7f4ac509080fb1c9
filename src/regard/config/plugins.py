r"""Plugins: modules from outside this package that add entries to its registries.

A plugin is named on a page (`plugins: [my_project.extras]`) or by an entry point of the group
`regard.plugins` of an installed package. It is imported before settings are checked, also in the
worker processes, and registers its choices as it is imported:

    from regard.text.cleaning import STEPS, CleaningStep

    STEPS["no_digits"] = CleaningStep(lambda text: re.sub(r"\d", "", text))
"""

import functools
import hashlib
import importlib
import importlib.metadata
import sys
from collections.abc import Sequence
from pathlib import Path

from regard.errors import ConfigError, one_line

GROUP = "regard.plugins"

_LOADED: list[str] = []


def import_plugins(names: Sequence[str]) -> None:
    """Import the modules named, and those of the entry points of installed packages.

    A module is also found in the current folder, as with `python -m`. Importing a module twice does
    nothing the second time.

    Raises:
        ConfigError: a module cannot be imported.
    """
    if names and not {"", str(Path.cwd())} & set(sys.path):
        # At the end: a file of the current folder must not hide an installed module of its name.
        sys.path.append(str(Path.cwd()))
    for name in all_plugins(names):
        try:
            importlib.import_module(name)
        # The code of a plugin may fail in any way, and its author needs the name of the module.
        except Exception as error:
            raise ConfigError(
                f"plugins: {name} cannot be imported ({type(error).__name__}: {one_line(error)})"
            ) from error
        if name not in _LOADED:
            _LOADED.append(name)


def loaded_plugins() -> tuple[str, ...]:
    """Return the plugins that this process has imported, for another process to import."""
    return tuple(_LOADED)


def plugins_missing(names: Sequence[str]) -> list[str]:
    """Return the plugins among some names that this process has not imported."""
    known = {*_LOADED, *_installed_plugins(), *sys.modules}
    return [name for name in names if name not in known]


def all_plugins(names: Sequence[str]) -> list[str]:
    """Return the plugins named and those of installed packages, each once."""
    return list(dict.fromkeys([*_installed_plugins(), *names]))


def plugin_hashes(names: Sequence[str]) -> dict[str, str]:
    """Return a hash of the source code of each plugin, for the fingerprints of artefacts.

    Of a module inside a package, all modules of the package count, as it may import any of them.
    """
    return {name: _source_hash(name) for name in all_plugins(names)}


@functools.cache
def _installed_plugins() -> tuple[str, ...]:
    return tuple(sorted(point.module for point in importlib.metadata.entry_points(group=GROUP)))


def _source_hash(name: str) -> str:
    module = importlib.import_module(name.partition(".")[0])
    folders = [Path(folder) for folder in getattr(module, "__path__", ())]
    # Sorted, because the order of a folder's files differs among file systems.
    files = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    if not files and module.__file__:
        files = [Path(module.__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
