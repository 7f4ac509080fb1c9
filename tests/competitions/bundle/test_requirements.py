import importlib.metadata

import pytest

from regard.competitions.bundle import requirements
from regard.competitions.bundle.image import Image, read_image
from regard.competitions.bundle.requirements import missing_packages
from regard.errors import ConfigError

# Some packages and their requirements, in place of those that are installed.
PACKAGES = {
    "regard": ("1.0", ["pandas>=3", "gensim>=4", "rich>=14", "mkdocs; extra == 'docs'"]),
    "pandas": ("3.1.1", ["numpy>=2.2", "tzdata; sys_platform == 'win32'", "dateutil"]),
    "numpy": ("2.4.6", []),
    "rich": ("15.0", ["pygments>=2.13", "old; python_version < '3.12'"]),
    "tensorflow-cpu": ("2.21.0", ["numpy>=1", "protobuf>=6"]),
    "protobuf": ("7.0", []),
}


@pytest.fixture
def packages(monkeypatch):
    """Let the packages above be those that are installed."""

    def version(name):
        if name not in PACKAGES:
            raise importlib.metadata.PackageNotFoundError(name)
        return PACKAGES[name][0]

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: PACKAGES[name][1])


IMAGE = {"pandas": "2.2", "numpy": "2.0", "dateutil": "2.9", "pygments": "2.20", "rich": "14.2"}


def test_what_an_image_lacks_is_found_with_its_requirements(packages):
    image = Image("3.12", {**IMAGE, "tensorflow": "2.20.0"})
    assert missing_packages(image) == {"numpy": "2.4.6", "pandas": "3.1.1"}


def test_a_marker_is_that_of_the_image(packages, monkeypatch):
    monkeypatch.setitem(PACKAGES, "dateutil", ("99", []))
    found = {**PACKAGES, "rich": ("15.0", ["dateutil>=99; python_version < '3.12'"])}
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: found[name][1])
    image = {**IMAGE, "pandas": "3.0", "rich": "13", "tensorflow": "2.20"}
    assert missing_packages(Image("3.12", image)) == {"rich": "15.0"}
    assert missing_packages(Image("3.11", image)) == {"rich": "15.0", "dateutil": "99"}


@pytest.mark.parametrize("image", [{}, {"tensorflow": "2.15.0"}])
def test_an_image_without_tensorflow_gets_the_one_of_this_environment(image, packages):
    missing = missing_packages(Image("3.12", {**IMAGE, **image}))
    assert missing["tensorflow-cpu"] == "2.21.0"
    assert missing["protobuf"] == "7.0"


def test_a_package_that_is_nowhere_is_one_line(packages):
    image = {name: version for name, version in IMAGE.items() if name != "pygments"}
    image |= {"rich": "13", "tensorflow": "2.20.0"}
    with pytest.raises(ConfigError, match="pygments is not installed here, and the image has no"):
        missing_packages(Image("3.12", image))


def test_kaggles_image_needs_few_packages():
    missing = missing_packages(read_image(None))
    assert {"hydra-core", "pandas", "keras"} <= set(missing)
    assert not {"regard", "gensim", "matplotlib", "tensorflow", "tensorflow-cpu"} & set(missing)
    assert len(missing) < 15


def test_an_image_like_this_environment_needs_nothing():
    names = {package.name: package.version for package in importlib.metadata.distributions()}
    image = Image("3.12", {requirements.canonicalize_name(name): names[name] for name in names})
    assert missing_packages(image) == {}
