"""What stands for all that made an artefact: settings, content of files, versions, code."""

import ast
import contextlib
import functools
import hashlib
import importlib.metadata
import json
from pathlib import Path
from typing import Any

from regard import __version__
from regard.errors import DataError

_PACKAGE = Path(__file__).parent.parent


def fingerprint(*parts: Any) -> str:
    """Return twelve characters that stand for values and this version; a tuple of module names
    stands for their code.

    Example:
        fingerprint({"a": 1}) == fingerprint({"a": 1}) != fingerprint({"a": 2})
    """
    values = [
        __version__,
        *(code_hash(part) if isinstance(part, tuple) else part for part in parts),
    ]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:12]


@functools.cache
def versions(*packages: str) -> list[str]:
    """Return the versions of packages that are installed: what they compute may change with them."""
    found = []
    for package in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{package} {importlib.metadata.version(package)}")
    return found


@functools.cache
def code_hash(modules: tuple[str, ...]) -> str:
    """Return a hash of what modules of this package do, comments and layout aside; other files count byte by byte."""
    digest = hashlib.sha256()
    for name in modules:
        path = _PACKAGE / name
        if path.suffix:
            digest.update(path.read_bytes())
            continue
        sources = sorted(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
        for source in sources:
            digest.update(ast.dump(ast.parse(source.read_text(encoding="utf-8"))).encode())
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Return a hash of a file's content."""
    if not path.is_file():
        raise DataError(
            f"{path}: there is no such file; data/README.md says where files come from and where they go"
        )
    status = path.stat()
    return _hash_content(path, status.st_size, status.st_mtime_ns)


@functools.lru_cache(maxsize=256)
def _hash_content(path: Path, size: int, modified: int) -> str:
    """Read once a process; size and time are only there to notice a change."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()
