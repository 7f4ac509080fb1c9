"""The effect of a module's source: a hash without comments and docstrings, and its imports.

To parse the 450 modules of this package takes a second, which every command would wait for. So the
results are kept next to Python's bytecode, and found by the hash of the source.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_HERE = Path(__file__)
_KEPT_IN = Path(importlib.util.cache_from_source(_HERE)).with_suffix(".json")
_MOST_KEPT = 2000  # sources; there are more after many edits, and all are forgotten then


class ModuleCode(NamedTuple):
    """A module's source: a hash of its code, and the dotted names that it imports at run time."""

    code: str
    imports: tuple[str, ...]


class KeptResults:
    """Results of earlier processes, in a file that may be missing, damaged or read-only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.added: dict[str, ModuleCode] = {}

    @functools.cached_property
    def known(self) -> dict[str, ModuleCode]:
        """The results by the hash of the source."""
        try:
            values = json.loads(self.path.read_bytes())
            return {key: ModuleCode(code, tuple(imports)) for key, (code, imports) in values}
        except (OSError, ValueError, TypeError):
            return {}

    def read(self, source: bytes) -> ModuleCode:
        """Return what a source does; it is parsed if no process has done so."""
        # A change of this module may change the results.
        key = hashlib.sha256(_own_source() + source).hexdigest()
        found = self.known.get(key) or self.added.get(key)
        if found is None:
            found = self.added[key] = parse(source)
        return found

    def write(self) -> None:
        """Keep what was parsed, unless Python is told not to write bytecode either."""
        if not self.added or sys.dont_write_bytecode:
            return
        self.known = {**(self.known if len(self.known) < _MOST_KEPT else {}), **self.added}
        self.added = {}
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):  # an installed package may be read-only
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_text(json.dumps(list(self.known.items())), encoding="utf-8")
                temporary.replace(self.path)
            finally:
                temporary.unlink(missing_ok=True)


RESULTS = KeptResults(_KEPT_IN)


@functools.cache
def _own_source() -> bytes:
    return _HERE.read_bytes()


def parse(source: bytes) -> ModuleCode:
    """Parse a source.

    Raises:
        SyntaxError: it is not Python.
    """
    tree = ast.parse(source)
    imports = tuple(_imported_names(tree))
    _remove_docstrings(tree)
    return ModuleCode(hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imports)


def _imported_names(node: ast.AST) -> Iterator[str]:
    """Yield every dotted name that the statements in a node import at run time."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        elif not isinstance(child, ast.expr):  # no expression holds a statement
            yield from _imported_names(child)


def _remove_docstrings(node: ast.AST) -> None:
    """Remove the docstrings of a module, its classes and its functions."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            node.body = node.body[1:]
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            _remove_docstrings(child)
