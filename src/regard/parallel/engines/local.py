"""The engine `local`: processes that share this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.parallel import workers
from regard.parallel.engines.engine import Engine
from regard.parallel.slots import worker_slots

if TYPE_CHECKING:
    from regard.parallel.workers import Event, Job


class LocalEngine(Engine):
    """Runs jobs in the worker processes of `regard.parallel.workers`."""

    def n_at_once(self, n_jobs: int) -> int:
        """Return the number of workers, see `worker_slots`."""
        return len(worker_slots(self.config, n_jobs))

    def warm_up(self, module: str, n_jobs: int) -> None:
        """Start the workers and let them import a module."""
        workers.warm_up(module, self.config, n_jobs)

    def run(
        self,
        jobs: Sequence[Job],
        folder: Path,
        *,
        imports: str | None = None,
        on_event: Callable[[str, Event], None] = lambda name, event: None,
        starts: Callable[[Job], bool] = lambda job: True,
    ) -> list[Any]:
        """Run jobs in workers, see `Engine.run`."""
        return workers.run_jobs(
            jobs, self.config, imports=imports, on_event=on_event, starts=starts
        )
