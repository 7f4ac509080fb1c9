"""The driver's side of a cluster: send jobs, show their events, wait for them, stop them."""

from __future__ import annotations

import json
import logging
import os
import pickle
import shutil
import time
import uuid
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.errors import RegardError
from regard.parallel.engines.engine import Engine
from regard.parallel.engines.remote import JOBS, TOKEN, Outcome, RemoteJob, versions_for
from regard.parallel.slots import thread_environment
from regard.parallel.workers import result_of

if TYPE_CHECKING:
    from regard.parallel.workers import Event, Job

_log = logging.getLogger(__name__)

_POLL_SECONDS = 0.2
# Of one job. A cluster that starts jobs again by itself would otherwise do so for ever.
_MAX_STARTS = 4


class ClusterEngine(Engine):
    """An engine whose jobs run on machines that share the folder of the run."""

    @property
    def n_cpus(self) -> int:
        """The CPU cores of a job."""
        return self.config.cpus_per_fold or 1

    @property
    def n_gpus(self) -> float:
        """The GPUs of a job."""
        return self.config.gpus_per_fold or 0.0

    def run(
        self,
        jobs: Sequence[Job],
        folder: Path,
        *,
        imports: str | None = None,
        on_event: Callable[[str, Event], None] = lambda name, event: None,
        starts: Callable[[Job], bool] = lambda job: True,
    ) -> list[Any]:
        """Run jobs on the cluster, see `Engine.run`.

        What the cluster and the jobs write about themselves is in `<folder>/.jobs` until all jobs
        are done.
        """
        self.check()
        # Absolute, since machines of the cluster may start programs in other folders.
        place = folder.absolute() / JOBS
        place.mkdir(exist_ok=True)
        token = uuid.uuid4().hex
        (place / TOKEN).write_text(token, encoding="ascii")
        chosen = [job for job in jobs if starts(job)]
        environment = thread_environment(self.n_cpus, on_gpu=self.n_gpus > 0)
        if not self.n_gpus:
            environment["CUDA_VISIBLE_DEVICES"] = ""
        try:
            remote = [_sent(job, place, token, environment, imports) for job in chosen]
            results = self._results(remote, on_event)
        finally:
            # Jobs that still wait in a queue do nothing from now on.
            (place / TOKEN).unlink(missing_ok=True)
        shutil.rmtree(place)
        return results

    @abstractmethod
    def submit(self, job: RemoteJob) -> Any:
        """Send a job to the cluster, and return a handle of it."""

    @abstractmethod
    def outcome(self, handle: Any) -> Outcome | None:
        """Return the outcome of a job; None while it waits or runs.

        Returns:
            What `run_remotely` has returned; "dead" and a reason if it has not.
        """

    @abstractmethod
    def cancel(self, handle: Any) -> None:
        """Stop a job that waits or runs."""

    def _results(
        self, jobs: Sequence[RemoteJob], on_event: Callable[[str, Event], None]
    ) -> list[Any]:
        """Submit jobs, and return their results once all are done."""
        readers = {job.name: EventReader(job, on_event) for job in jobs}
        running: dict[str, Any] = {}
        results: dict[str, Any] = {}
        try:
            for job in jobs:
                running[job.name] = self.submit(job)
            while running:
                for name, handle in list(running.items()):
                    # Asked before its events are read, so that none is written after that.
                    outcome = self.outcome(handle)
                    readers[name].read()
                    if outcome is not None:
                        del running[name]
                        results[name], usage = _result(name, *outcome)
                        on_event(name, {"usage": usage})
                if running:
                    time.sleep(_POLL_SECONDS)
        finally:
            for handle in running.values():
                self.cancel(handle)
        return [results[job.name] for job in jobs]


class EventReader:
    """Passes on the events that a job has written since the last time.

    Args:
        job: the job; what its file holds already is of an earlier command.
        on_event: receives the job's name and each event.
    """

    def __init__(self, job: RemoteJob, on_event: Callable[[str, Event], None]) -> None:
        self._job = job
        self._on_event = on_event
        self._read = job.events.stat().st_size if job.events.exists() else 0
        self._n_starts = 0

    def read(self) -> None:
        """Pass on new events.

        Raises:
            RegardError: the job was started again and again.
        """
        # Opened each time: so network file systems show what other machines have written.
        try:
            file = os.open(self._job.events, os.O_RDONLY)
        except FileNotFoundError:
            return
        try:
            new = os.pread(file, os.fstat(file).st_size - self._read, self._read)
        finally:
            os.close(file)
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            try:
                event = json.loads(line)
            except ValueError:  # a part of a line, of a process that died
                continue
            if "started" in event:
                self._count_start(event["node"])
            self._on_event(self._job.name, event)

    def _count_start(self, node: str) -> None:
        self._n_starts += 1
        if self._n_starts > _MAX_STARTS:
            raise _died(self._job.name, f"its process ended {_MAX_STARTS} times")
        if self._n_starts > 1:
            _log.warning(
                "%s: its process ended before it was done; it continues on %s", self._job.name, node
            )


def _sent(
    job: Job, place: Path, token: str, environment: dict[str, str], imports: str | None
) -> RemoteJob:
    """Return a job in the form in which it is sent."""
    module = job.function.__module__
    return RemoteJob(
        job.name,
        pickle.dumps(job),
        job.folder,
        place,
        token,
        environment,
        module,
        versions_for(module),
        imports,
    )


def _result(name: str, kind: str, value: Any) -> Any:
    """Return the result of a job with its usage, or raise its error."""
    if kind == "stale":
        raise RegardError(f"{name}: another command is training the same run")
    if kind == "dead":
        raise _died(name, value)
    return result_of(name, kind, value)


def _died(name: str, reason: str) -> RegardError:
    return RegardError(
        f"{name}: {reason}; if it ran out of memory, raise compute.memory_gb_per_fold or try a "
        "smaller batches.size; the same command continues from the last epoch"
    )
