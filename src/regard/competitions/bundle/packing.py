"""Pack installed packages as wheels, without a network and without a build."""

import base64
import csv
import hashlib
import importlib.metadata
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from packaging.tags import Tag, parse_tag

from regard import __version__
from regard.config import page_folders

_WHEEL = "Wheel-Version: 1.0\nGenerator: regard\nRoot-Is-Purelib: {pure}\n{tags}\n"
# pip writes these files when it installs a wheel, and writes new ones when it does so again.
_WRITTEN_BY_PIP = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
_DATE = (1980, 1, 1, 0, 0, 0)  # the same files make the same bytes


def pack_regard(folder: Path) -> Path:
    """Pack Regard itself as it runs here, from a clone or installed, and return the wheel."""
    package = Path(__file__).resolve().parents[2]
    pages = page_folders()[-1]  # the shipped ones
    files = {
        f"regard/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in package.rglob("*")
        if _is_source(path) and not path.is_relative_to(pages)
    }
    for page in pages.rglob("*.yaml"):
        files[f"regard/conf/{page.relative_to(pages).as_posix()}"] = page.read_bytes()
    metadata = str(importlib.metadata.distribution("regard").read_text("METADATA"))
    # A clone that was installed before its version changed still has the old one.
    metadata = re.sub("^Version: .*$", f"Version: {__version__}", metadata, flags=re.MULTILINE)
    information = f"regard-{__version__}.dist-info"
    files[f"{information}/METADATA"] = metadata.encode()
    files[f"{information}/entry_points.txt"] = b"[console_scripts]\nregard = regard.cli:main\n"
    tags = frozenset(parse_tag("py3-none-any"))
    files[f"{information}/WHEEL"] = _WHEEL.format(pure="true", tags="Tag: py3-none-any").encode()
    return _write_wheel(folder / _file_name("regard", __version__, tags), files, information)


def pack_installed(name: str, folder: Path, tags: frozenset[Tag]) -> Path | None:
    """Pack an installed package as the wheel that it came from.

    Args:
        name: the package.
        folder: the folder to write to.
        tags: those of the environment that the wheel is for.

    Returns:
        The wheel; None if the package was built for other environments, was not installed from a
        wheel, or if one of its files has changed since.
    """
    package = importlib.metadata.distribution(name)
    own_tags = _tags(package.read_text("WHEEL") or "")
    if not own_tags & tags or package.files is None or package.read_text("direct_url.json"):
        return None
    files = {}
    for path in package.files:
        is_left_out = path.name in _WRITTEN_BY_PIP and path.parent.name.endswith(".dist-info")
        if path.suffix == ".pyc" or is_left_out or ".." in path.parts:
            continue  # what lies outside the packages' folder are scripts, which pip writes
        content = Path(str(path.locate())).read_bytes()
        if path.hash and path.hash.value != _digest(content, path.hash.mode):
            return None
        files[path.as_posix()] = content
    information = next(path.parts[0] for path in package.files if path.name == "METADATA")
    version = information.removesuffix(".dist-info").partition("-")[2]
    return _write_wheel(folder / _file_name(name, version, own_tags), files, information)


def _is_source(path: Path) -> bool:
    return path.is_file() and path.suffix not in (".pyc", ".md") and "__pycache__" not in path.parts


def _tags(wheel: str) -> frozenset[Tag]:
    found = re.findall(r"^Tag: (\S+)", wheel, re.MULTILINE)
    return frozenset(tag for line in found for tag in parse_tag(line))


def _file_name(name: str, version: str, tags: frozenset[Tag]) -> str:
    """Return the name of a wheel.

    Example:
        "scikit-learn", "1.9.1", tags of two platforms -> "scikit_learn-1.9.1-cp312-cp312-a.b.whl"
    """
    parts = (
        {tag.interpreter for tag in tags},
        {tag.abi for tag in tags},
        {tag.platform for tag in tags},
    )
    joined = "-".join(".".join(sorted(part)) for part in parts)
    return f"{re.sub('[-_.]+', '_', name).lower()}-{version}-{joined}.whl"


def _write_wheel(path: Path, files: Mapping[str, bytes], information: str) -> Path:
    """Write a wheel with its list of files."""
    record = io.StringIO()
    writer = csv.writer(record, lineterminator="\n")
    for name in sorted(files):
        writer.writerow((name, f"sha256={_digest(files[name])}", len(files[name])))
    writer.writerow((f"{information}/RECORD", "", ""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        # The list comes last, as wheels have it.
        for name in (*sorted(files), f"{information}/RECORD"):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, files.get(name, record.getvalue().encode()))
    return path


def _digest(content: bytes, mode: str = "sha256") -> str:
    """Return the hash of a file as wheels note it."""
    digest = hashlib.new(mode, content).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
