"""The packages of the image that runs Kaggle's notebooks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import canonicalize_name

from regard.errors import ConfigError

# The image of June 2026, for CPU and GPU alike: Kaggle/docker-python builds it on Colab's image of
# 14 May 2026. Only packages that a run needs to predict are listed; a package that is missing here
# is bundled. A notebook prints a newer list by `!python -V | sed 's/^/# /'; pip freeze`.
KAGGLE = """\
# Python 3.12.13
absl-py==1.4.0
antlr4-python3-runtime==4.9.3
cloudpickle==3.1.2
h5py==3.16.0
joblib==1.5.3
keras==3.13.2
markdown-it-py==4.0.0
mdurl==0.1.2
ml_dtypes==0.5.4
namex==0.1.0
narwhals==2.20.0
numpy==2.0.2
omegaconf==2.3.0
optree==0.19.0
packaging==26.1
pandas==2.2.2
pyarrow==18.1.0
Pygments==2.20.0
python-dateutil==2.9.0.post0
PyYAML==6.0.3
rich==13.9.4
scikit-learn==1.6.1
scipy==1.16.3
six==1.17.0
snowballstemmer==3.0.1
tensorflow==2.20.0
threadpoolctl==3.6.0
typing_extensions==4.15.0
tzdata==2026.1
"""

_MACHINE = "x86_64"
_NEWEST_GLIBC = 35  # 2.35, that of Ubuntu 22.04
_PYTHON = re.compile(r"#\s*python\s+(3\.\d+)", re.IGNORECASE)
_PACKAGE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;]+)")


@dataclass(frozen=True)
class Image:
    """An environment to install wheels into.

    Attributes:
        python: its version of Python, such as `"3.12"`.
        packages: the versions of its packages, by their canonical names.
    """

    python: str
    packages: dict[str, str]

    @property
    def platforms(self) -> list[str]:
        """The platforms whose wheels it can run, the newest first."""
        numbered = [f"manylinux_2_{minor}_{_MACHINE}" for minor in range(_NEWEST_GLIBC, 4, -1)]
        return [*numbered, *(f"manylinux{name}_{_MACHINE}" for name in ("2014", "2010", "1"))]

    @property
    def tags(self) -> frozenset[Tag]:
        """The tags of the wheels that it can run."""
        version = tuple(map(int, self.python.split(".")))
        abi = f"cp{''.join(self.python.split('.'))}"
        compiled = cpython_tags(version, abis=[abi], platforms=self.platforms)
        return frozenset([*compiled, *compatible_tags(version, abi, self.platforms)])


def read_image(path: Path | None) -> Image:
    """Read the packages of an image, as `pip freeze` lists them.

    Args:
        path: the list, with a line such as `# Python 3.12`; None: Kaggle's image.

    Raises:
        ConfigError: the file does not exist, or names no version of Python or no package.

    Example:
        "# Python 3.12.13", "PyYAML==6.0.3" -> Image("3.12", {"pyyaml": "6.0.3"})
    """
    if path is None:
        return _parse(KAGGLE.splitlines(), "Kaggle's image")
    try:
        return _parse(path.read_text(encoding="utf-8").splitlines(), str(path))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"image={path} cannot be read ({error}); give the output of pip freeze"
        ) from error


def _parse(lines: Iterable[str], name: str) -> Image:
    python = None
    packages = {}
    for line in map(str.strip, lines):
        if found := _PYTHON.match(line):
            python = found[1]
        if found := _PACKAGE.match(line):
            packages[str(canonicalize_name(found[1]))] = found[2]
    if python is None or not packages:
        missing = "package" if python else "version of Python"
        raise ConfigError(
            f"{name} names no {missing}; it needs a line such as # Python 3.12, then the lines of "
            "pip freeze"
        )
    return Image(python, packages)
