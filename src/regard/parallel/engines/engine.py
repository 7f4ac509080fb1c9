"""The interface of engines."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from regard.errors import ConfigError

if TYPE_CHECKING:
    from regard.config import ComputeConfig
    from regard.parallel.workers import Event, Job


class Engine(ABC):
    """Runs the jobs that train the folds of a run.

    Args:
        config: what a job may use.

    Attributes:
        modules: the modules that it imports.
        extra: the extra of this package that installs them.
    """

    modules: ClassVar[tuple[str, ...]] = ()
    extra: ClassVar[str] = ""

    def __init__(self, config: ComputeConfig) -> None:
        self.config = config

    def check(self) -> None:
        """Make sure that jobs can run, before anything else is made.

        Raises:
            ConfigError: its package is missing, or there is no cluster that has what a job needs.
        """
        missing = [name for name in self.modules if not _is_installed(name)]
        if missing:
            raise ConfigError(
                f"compute={self.extra} needs the package {missing[0]}, which is not installed; run "
                f'pip install "regard[cpu,{self.extra}]", or pip install ".[{self.extra}]" in a '
                "clone, or set compute=local"
            )

    @abstractmethod
    def n_at_once(self, n_jobs: int) -> int:
        """Return how many of so many jobs run at the same time, for forecasts."""

    def warm_up(self, module: str, n_jobs: int) -> None:
        """Prepare for jobs that need a module, while other work goes on."""
        return

    @abstractmethod
    def run(
        self,
        jobs: Sequence[Job],
        folder: Path,
        *,
        imports: str | None = None,
        on_event: Callable[[str, Event], None] = lambda name, event: None,
        starts: Callable[[Job], bool] = lambda job: True,
    ) -> list[Any]:
        """Run jobs side by side, see `workers.run_jobs`.

        Args:
            jobs: the calls to make. Each writes into `folder`, may be interrupted at any time, and
                continues or does nothing when it is called again.
            folder: the folder that the jobs write into.
            imports: a module that a worker imports before a job.
            on_event: receives a job's name and each event.
            starts: asked before a job starts; a job that does not start has no result.

        Returns:
            The jobs' results, in the order of the jobs.

        Raises:
            RegardError, OSError, RuntimeError: see `workers.run_jobs`. The other jobs are stopped.
        """


def _is_installed(module: str) -> bool:
    spec = importlib.util.find_spec(module)
    # A folder of that name, such as ./ray, is found too, but has no file to import.
    return spec is not None and spec.origin is not None
