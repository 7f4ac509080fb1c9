"""The engine `local`: processes that share this machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.errors import RegardError
from regard.parallel import workers
from regard.parallel.engines.engine import Engine
from regard.parallel.engines.remote import JOBS, running_jobs
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
        """Run jobs in workers, see `Engine.run`.

        Raises:
            RegardError: a job that an earlier command sent to a cluster still writes there.
        """
        place = folder / JOBS
        if running := running_jobs(place):
            raise RegardError(
                f"{running[0]} is still being trained by a job of an earlier command on a cluster; "
                "cancel that job, or wait for its end, and run the same command again"
            )
        shutil.rmtree(place, ignore_errors=True)  # so that jobs that still wait do nothing
        return workers.run_jobs(
            jobs, self.config, imports=imports, on_event=on_event, starts=starts
        )
