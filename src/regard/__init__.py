"""Regard: from a text competition's CSV files to a leaderboard submission.

Names of the Python API are imported when they are first used, so that `import regard` is light.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regard.errors import RegardError
    from regard.pipeline.fit import fit
    from regard.pipeline.opening import load
    from regard.runs.run import Run

__version__ = "0.8.0"
__all__ = ["RegardError", "Run", "__version__", "fit", "load"]

# The public names with the modules that define them.
_MODULES = {
    "RegardError": "regard.errors",
    "Run": "regard.runs.run",
    "fit": "regard.pipeline.fit",
    "load": "regard.pipeline.opening",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use."""
    if name not in _MODULES:
        raise AttributeError(f"module 'regard' has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value  # found without this function from now on
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
