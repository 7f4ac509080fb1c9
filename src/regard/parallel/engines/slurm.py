"""The engine `slurm`: jobs of Slurm, one fold each, sent by submitit."""

from __future__ import annotations

import logging
import math
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from regard.errors import ConfigError, one_line
from regard.parallel.engines.cluster import ClusterEngine
from regard.parallel.engines.remote import Outcome, RemoteJob, run_remotely
from regard.parallel.process import environment
from regard.parallel.slots import visible_gpus

_log = logging.getLogger(__name__)

# Submitit asks Slurm less often by itself; all its jobs are asked for at once.
_CHECK_SECONDS = 60.0


def _run_to_the_limit(job: RemoteJob) -> Outcome:
    """Run a job until it ends, or Slurm ends it at its time limit.

    Before the limit submitit sends a signal, whose handler would raise an error inside the job.
    """
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    return run_remotely(job)


@dataclass
class _Submitted:
    """A job and where it stands in the queue.

    Attributes:
        job: the job.
        sent: submitit's handle.
        is_second: whether it was sent again after it had died.
    """

    job: RemoteJob
    sent: Any
    is_second: bool = False


class SlurmEngine(ClusterEngine):
    """Runs jobs of Slurm, or of submitit's local executor in their place."""

    modules: ClassVar[tuple[str, ...]] = ("submitit",)
    extra: ClassVar[str] = "slurm"
    _last_check = 0.0

    def check(self) -> None:
        """Make sure that jobs can be sent."""
        super().check()
        if self.config.slurm.executor == "slurm":
            if shutil.which("sbatch") is None:
                raise ConfigError(
                    "compute=slurm needs the command sbatch, which is not here; work on a login "
                    "node of the cluster, or try it by compute.slurm.executor=local"
                )
        elif self.n_gpus > len(visible_gpus()):
            raise ConfigError(
                f"compute.gpus_per_fold={self.n_gpus:g}, but this machine has "
                f"{len(visible_gpus())} GPUs"
            )

    def n_at_once(self, n_jobs: int) -> int:
        """Return the number of jobs: how many of them Slurm starts at once is not known."""
        return n_jobs

    def submit(self, job: RemoteJob) -> Any:
        """Send a job."""
        return _Submitted(job, self._send(job))

    def outcome(self, handle: _Submitted) -> Outcome | None:
        """Return the outcome of a job; None while it waits or runs. A job that died is sent again.

        Slurm may have ended it at its time limit; it then continues from its last epoch.
        """
        from submitit.core.utils import FailedJobError, UncompletedJobError

        is_due = time.monotonic() - self._last_check > _CHECK_SECONDS
        if is_due:
            self._last_check = time.monotonic()
        if not handle.sent.done(force_check=is_due):
            return None
        try:
            found: Outcome = handle.sent.result()
        except FailedJobError as error:  # the job could not even begin
            return "bug", str(error)
        except UncompletedJobError:
            log = handle.sent.paths.stderr
            if handle.is_second:
                return "dead", f"its job ended twice before it was done, see {log}"
            _log.warning("%s: job %s died, see %s", handle.job.name, handle.sent.job_id, log)
            handle.sent = self._send(handle.job)
            handle.is_second = True
            return None
        return found

    def cancel(self, handle: _Submitted) -> None:
        """Stop a job that waits or runs."""
        handle.sent.cancel(check=False)

    def _send(self, job: RemoteJob) -> Any:
        from submitit.core.utils import FailedJobError

        try:
            # The job starts with the variables of the process that sends it.
            with environment(dict(job.environment)):
                return self._executor(job.folder / "logs").submit(_run_to_the_limit, job)
        except FailedJobError as error:
            raise ConfigError(f"Slurm refuses {job.name}: {one_line(error)}") from error

    def _executor(self, folder: Path) -> Any:
        import submitit

        settings = self.config.slurm
        executor = submitit.AutoExecutor(folder=folder, cluster=settings.executor)
        parameters = {
            "name": "regard",
            "timeout_min": settings.timeout_minutes,
            "cpus_per_task": self.n_cpus,
            "gpus_per_node": math.ceil(self.n_gpus) or None,
            "mem_gb": self.config.memory_gb_per_fold,
            "slurm_partition": settings.partition,
        }
        executor.update_parameters(
            **{name: value for name, value in parameters.items() if value is not None}
        )
        return executor
