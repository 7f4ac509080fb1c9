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
import inspect
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from regard.errors import ConfigError, did_you_mean, one_line

GROUP = "regard.plugins"

_LOADED: list[str] = []


def import_plugins(names: Sequence[str]) -> None:
    """Import the modules named, and those of the entry points of installed packages.

    A module is also found in the current folder, as with `python -m`. Importing a module twice does
    nothing the second time.

    Raises:
        ConfigError: a module cannot be imported.
    """
    if names:
        _find_in_current_folder()
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


def attribute_of_module(key: str, name: str) -> Any:
    """Return the function that a setting names as `module:function`.

    The module is found as a plugin is.

    Args:
        key: the setting, for messages.
        name: its value.

    Raises:
        ConfigError: there is no such module, it fails, or it has no such function.
    """
    module_name, _, attribute = name.partition(":")
    _find_in_current_folder()
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        own = _own_modules()
        hint = did_you_mean(module_name.partition(".")[0], own) if own else "there is no .py file"
        raise ConfigError(f"{key}={name}: {one_line(error)} here or installed; {hint}") from error
    except Exception as error:  # the module may fail in any way
        raise ConfigError(
            f"{key}={name}: {module_name} cannot be imported ({type(error).__name__}: "
            f"{one_line(error)})"
        ) from error
    found = getattr(module, attribute, None)
    if not callable(found):
        functions = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        hint = did_you_mean(attribute, functions) if functions else "it has no function"
        raise ConfigError(f"{key}={name}: {module_name} has no function {attribute!r}; {hint}")
    return found


def _own_modules() -> list[str]:
    """Return the modules and packages of the current folder."""
    here = Path.cwd()
    packages = [path.parent.name for path in here.glob("*/__init__.py")]
    return sorted([*(path.stem for path in here.glob("*.py")), *packages])


def _find_in_current_folder() -> None:
    """Let modules of the current folder be imported."""
    if not {"", str(Path.cwd())} & set(sys.path):
        # At the end: a file of the current folder must not hide an installed module of its name.
        sys.path.append(str(Path.cwd()))


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
