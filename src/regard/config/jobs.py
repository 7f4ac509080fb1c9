"""The jobs of a sweep, as Hydra runs them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode


def sweep_overrides() -> list[str] | None:
    """Return the settings of the command line of this job; None if it is not part of a sweep."""
    hydra = HydraConfig.get()
    return list(hydra.overrides.task) if hydra.mode == RunMode.MULTIRUN else None


@contextlib.contextmanager
def no_empty_folder() -> Iterator[None]:
    """Remove the folder that Hydra makes for each job of a sweep, unless something is in it."""
    hydra = HydraConfig.get()
    try:
        yield
    finally:
        if hydra.mode == RunMode.MULTIRUN:
            with contextlib.suppress(OSError):
                Path(hydra.runtime.output_dir).rmdir()
