"""Names for everything that makes an artefact: settings, file contents, versions, code."""

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from regard import __version__
from regard.errors import DataError

PACKAGE = Path(__file__).parent.parent


def fingerprint(*parts: Any) -> str:
    """Return twelve characters that identify JSON values and the version of this package.

    Example:
        fingerprint({"a": 1}) == fingerprint({"a": 1}) != fingerprint({"a": 2})
    """
    values = json.dumps([__version__, *parts], sort_keys=True)
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
    for path in sorted(set().union(*map(import_closure, modules))):
        tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
        digest.update(f"{path}\n{ast.dump(_without_docstrings(tree))}\n".encode())
        for template in sorted((PACKAGE / path).parent.glob("templates/*")):
            digest.update(template.read_bytes())
    return digest.hexdigest()


def import_closure(module: str) -> set[str]:
    """Return the files of this package that run when a module's functions run.

    Imports inside functions count. Imports under `if TYPE_CHECKING:` do not, as they never run.

    Args:
        module: a dotted name; a module outside this package has no files here.

    Returns:
        Paths relative to the package.

    Example:
        import_closure("regard.seeds") -> {"seeds.py"}
    """
    found: set[str] = set()
    waiting = [path for path in [_file_of(module)] if path]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
            waiting += [file for name in _imported_names(tree) if (file := _file_of(name))]
    return found


def hash_file(path: Path) -> str:
    """Return a hash of a file's content.

    Raises:
        DataError: there is no such file.
    """
    if not path.is_file():
        raise DataError(
            f"{path}: there is no such file; data/README.md says where files come from and where "
            "they go"
        )
    status = path.stat()
    return _hash_content(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _hash_content(path: Path, size: int, modified: int) -> str:
    """Hash a file once per process; its size and time only show whether it has changed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


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


def _imported_names(node: ast.AST) -> Iterator[str]:
    """Yield every dotted name that a tree imports at run time."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        else:
            yield from _imported_names(child)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
    return tree
