"""Collect the wheels of a bundle: from a folder, from the packages installed here, or by pip."""

import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from regard.competitions.bundle.image import Image
from regard.competitions.bundle.packing import pack_installed
from regard.errors import ConfigError, DataError

_log = logging.getLogger(__name__)


def collect_wheels(
    packages: Mapping[str, str], folder: Path, *, image: Image, given: Path | None
) -> None:
    """Write the wheels of some packages into a folder.

    A wheel in `given` comes first. Else the package is packed as it is installed here, if it was
    built for the image. The others are downloaded with pip, which also reads its own cache.

    Args:
        packages: versions by name.
        folder: the folder to write to.
        image: the environment that the wheels are for.
        given: a folder of wheels.

    Raises:
        ConfigError: `given` is no folder.
        DataError: pip has no wheel of a package, or cannot reach its index.
    """
    if given is not None and not given.is_dir():
        raise ConfigError(f"wheels={given} is not a folder; name a folder of wheels")
    missing = {}
    for name, version in packages.items():
        wheel = given and _find_wheel(given, name, version, image.tags)
        if wheel:
            shutil.copy2(wheel, folder)
        elif not pack_installed(name, folder, image.tags):
            missing[name] = version
    if missing:
        _download(missing, folder, image)


def _find_wheel(folder: Path, name: str, version: str, tags: frozenset[Tag]) -> Path | None:
    """Return the wheel of a package in a folder, or None."""
    for path in sorted(folder.glob("*.whl")):
        try:
            found, found_version, _, found_tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        if (found, str(found_version)) == (name, version) and found_tags & tags:
            return path
    return None


def _download(packages: Mapping[str, str], folder: Path, image: Image) -> None:
    """Download wheels for the image with pip."""
    pins = [f"{name}=={version}" for name, version in packages.items()]
    _log.info("downloading wheels for Python %s: %s", image.python, " ".join(pins))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", f"--python-version={image.python}"]
    command += [f"--platform={platform}" for platform in image.platforms]
    done = subprocess.run(
        [*command, f"--dest={folder}", *pins], capture_output=True, text=True, check=False
    )
    if done.returncode:
        errors = re.findall(r"^ERROR: (.*)", done.stderr, re.MULTILINE) or [done.stderr.strip()]
        raise DataError(
            f"pip has no wheels of {', '.join(pins)} for Python {image.python} ({errors[-1][:200]})"
            "; connect to a package index, or give a folder of these wheels: wheels=<folder>"
        )
