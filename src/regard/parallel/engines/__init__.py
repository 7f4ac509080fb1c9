"""Engines: where the folds of a run are trained.

An engine takes jobs whose results are files in the folder of the run, so a job may be tried again
by another process. A new engine is one file with an `Engine`, and its entry here. Its package is
imported when it is used, so that settings are checked without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regard.parallel.engines.engine import Engine
from regard.parallel.engines.local import LocalEngine
from regard.parallel.engines.ray import RayEngine
from regard.parallel.engines.slurm import SlurmEngine

if TYPE_CHECKING:
    from regard.config import ComputeConfig

__all__ = ["ENGINES", "Engine", "engine_of"]

# The choices of the setting compute.engine.
ENGINES: dict[str, type[Engine]] = {
    "local": LocalEngine,
    "ray": RayEngine,
    "slurm": SlurmEngine,
}


def engine_of(config: ComputeConfig) -> Engine:
    """Return the engine that settings name."""
    return ENGINES[config.engine](config)
