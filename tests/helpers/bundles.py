"""Lists of an image's packages."""

import importlib.metadata
import sys
from collections.abc import Sequence
from pathlib import Path


def write_image(path: Path, without: Sequence[str] = ()) -> Path:
    """Write the list of an image like this environment, with some packages left out."""
    found = {package.name: package.version for package in importlib.metadata.distributions()}
    lines = [f"{name}=={version}" for name, version in found.items() if name not in without]
    python = ".".join(map(str, sys.version_info[:2]))
    path.write_text("\n".join([f"# Python {python}", *sorted(lines)]) + "\n")
    return path
