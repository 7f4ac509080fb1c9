"""Names for everything that makes an artefact: settings, file contents, versions, code."""

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from regard.artefacts.module_code import RESULTS, ModuleCode
from regard.errors import DataError

PACKAGE = Path(__file__).parent.parent
_CLOCK_TICK_NS = 10**9  # longer than the steps of any file system's clock in use


def fingerprint(*parts: Any) -> str:
    """Return twelve characters that identify JSON values and the installed version of Regard.

    Example:
        fingerprint({"a": 1}) == fingerprint({"a": 1}) != fingerprint({"a": 2})
    """
    values = json.dumps([versions("regard"), *parts], sort_keys=True)
    return hashlib.sha256(values.encode()).hexdigest()[:12]


@functools.cache
def versions(*packages: str) -> list[str]:
    """Return the versions of the installed ones among some packages."""
    found = []
    for package in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{package} {importlib.metadata.version(package)}")
    return found


def code_of(*makers: Callable[..., Any] | type) -> str:
    """Return a hash of the code that makes an artefact.

    Args:
        makers: functions or classes of this package, or of a plugin or a test; the modules that
            define them are hashed with all that they import from this package.
    """
    return code_hash(tuple(sorted({maker.__module__ for maker in makers})))


@functools.cache
def code_hash(modules: tuple[str, ...]) -> str:
    """Return a hash of what modules and their imports do; comments and docstrings do not count."""
    digest = hashlib.sha256()
    for path in sorted(import_closure(*modules)):
        digest.update(f"{path}\n{_read_module(path).code}\n".encode())
        for template in sorted((PACKAGE / path).parent.glob("templates/*")):
            digest.update(template.read_bytes())
    RESULTS.write()
    return digest.hexdigest()


def import_closure(*modules: str) -> set[str]:
    """Return the files of this package that run when the functions of some modules run.

    Imports inside functions count. Imports under `if TYPE_CHECKING:` do not, as they never run. A
    package that imports its modules by `pkgutil` counts with all of them.

    Args:
        modules: dotted names; a module outside this package has no files here.

    Returns:
        Paths relative to the package.

    Example:
        import_closure("regard.artefacts.seeds") -> {"artefacts/seeds.py"}
    """
    found: set[str] = set()
    waiting = [path for module in modules if (path := _file_of(module))]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            names = _read_module(path).imports
            waiting += [file for name in names if (file := _file_of(name))]
            if "pkgutil" in names:
                folder = (PACKAGE / path).parent
                waiting += [str(other.relative_to(PACKAGE)) for other in folder.glob("*.py")]
    return found


def hash_file(path: Path) -> str:
    """Return a hash of a file's content.

    Raises:
        DataError: there is no such file.
    """
    if not path.is_file():
        raise DataError(
            f"{path}: there is no such file; put it there, or correct the setting that names it"
        )
    status = path.stat()
    # A file that changed a moment ago may change again within the same tick of the clock.
    if time.time_ns() - status.st_ctime_ns < _CLOCK_TICK_NS:
        return _hash_content(path)
    return _hash_once(path, status.st_ino, status.st_size, status.st_ctime_ns)


@functools.lru_cache(maxsize=256)
def _hash_once(path: Path, inode: int, size: int, changed: int) -> str:
    """Hash a file once per process; the other arguments only show whether it has changed."""
    return _hash_content(path)


def _hash_content(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


@functools.cache
def _file_of(name: str) -> str | None:
    """Return the file of a dotted name in this package; of a name in a module, the module's."""
    package, *parts = name.split(".")
    if package != PACKAGE.name:
        return None
    for end in (len(parts), len(parts) - 1):
        folder = "/".join(parts[:end])
        for path in (f"{folder}.py", f"{folder}/__init__.py" if folder else "__init__.py"):
            if end > 0 and (PACKAGE / path).is_file():
                return path
    return None


def _read_module(path: str) -> ModuleCode:
    return RESULTS.read((PACKAGE / path).read_bytes())
