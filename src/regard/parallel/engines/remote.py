"""The worker's side of a cluster: one job in a process on any machine that sees the run's folder.

The job's events are lines of a file in that folder, which the driver reads as they come. The file
is also a lock: of two processes that have the same job, as when a cluster starts it again while its
first node is only out of reach, the second waits for the first.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import importlib
import json
import os
import pickle
import platform
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regard.errors import ConfigError
from regard.parallel.process import hidden_stderr

JOBS = ".jobs"
TOKEN = "driver"
# Seconds between two events of batches: there may be hundreds a second.
_BATCH_SECONDS = 0.25


@dataclass(frozen=True)
class RemoteJob:
    """A job as it is sent to another machine.

    Attributes:
        name: see `Job`.
        pickled: the `Job`; it is read after the checks below.
        current_folder: the folder from which its relative paths lead.
        folder: the folder of the files of events, and of the driver's token.
        token: what the driver has written there; another one means that the driver has ended.
        environment: variables to set, among them the number of threads.
        module: the module that makes the results, whose code is compared.
        versions: what `versions_for` that module returns on the driver's machine.
        imports: a module to import before the job.
    """

    name: str
    pickled: bytes
    current_folder: Path
    folder: Path
    token: str
    environment: Mapping[str, str]
    module: str
    versions: Mapping[str, str]
    imports: str | None

    @property
    def events(self) -> Path:
        """The file of its events."""
        return self.folder / f"{self.name.replace(' ', '_')}.jsonl"


Outcome = tuple[str, Any]


def run_remotely(job: RemoteJob) -> Outcome:
    """Run a job in this process, unless the driver has ended or another process runs it.

    Returns:
        "result", "mistake" or "bug" with its value, see `workers.outcome_of`; "stale" if the driver
        that sent the job has ended.
    """
    os.environ.update(job.environment)
    try:
        _check_shared(job)
        os.chdir(job.current_folder)
        _check_versions(job)
    except ConfigError as error:
        return "mistake", error
    with _locked_events(job.events) as events:
        if _token(job) != job.token:
            return "stale", None
        return _run(job, events)


@functools.cache
def versions_for(module: str) -> dict[str, str]:
    """Return what must be the same on all machines: Python, packages, and the code of a module."""
    from regard.artefacts import code_hash  # imports numpy, which reads the number of threads
    from regard.artefacts.environment import environment

    found = environment()
    return {
        "python": found["python"],
        **found["packages"],
        "the code of regard": code_hash((module,))[:12],
    }


def _run(job: RemoteJob, events: int) -> Outcome:
    from regard.artefacts import is_finished
    from regard.parallel.usage import usage_since
    from regard.parallel.workers import outcome_of

    sent = pickle.loads(job.pickled)
    if sent.makes is not None and is_finished(sent.makes):
        return "result", (None, usage_since(time.perf_counter()))
    progress = EventWriter(events)
    progress({"started": True, "node": socket.gethostname(), "process": os.getpid()})
    if job.imports:
        # An error is not lost: the job imports the module again, and reports it.
        with contextlib.suppress(Exception), hidden_stderr():
            importlib.import_module(job.imports)
    return outcome_of(sent, progress)


class EventWriter:
    """Writes events as lines of JSON; of batches, one now and then.

    Args:
        file: a descriptor that was opened to append.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._last_batch = float("-inf")

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Write an event."""
        if "batch" in event:
            now = time.monotonic()
            if now - self._last_batch < _BATCH_SECONDS and event["batch"] < event["batches"]:
                return
            self._last_batch = now
        # default: numbers of numpy.
        os.write(self._file, f"{json.dumps(event, default=float)}\n".encode())


@contextlib.contextmanager
def _locked_events(path: Path) -> Iterator[int]:
    """Open a file to append, and wait until no other process has it."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)  # released when the process ends, however it ends
        if os.fstat(file).st_size:
            os.write(file, b"\n")  # a process that died may have left a part of a line
        yield file
    finally:
        os.close(file)


def running_jobs(place: Path) -> list[str]:
    """Return the names of the jobs of an earlier command that still run, from their folder."""
    running = []
    for path in sorted(place.glob("*.jsonl")):
        with path.open("ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                running.append(path.stem.replace("_", " "))
    return running


def _token(job: RemoteJob) -> str | None:
    try:
        return (job.folder / TOKEN).read_text(encoding="ascii")
    except OSError:
        return None


def _check_shared(job: RemoteJob) -> None:
    """Refuse to run where the driver's folders cannot be seen."""
    if not job.folder.is_dir() or not job.current_folder.is_dir():
        raise ConfigError(
            f"{job.name}: the machine {socket.gethostname()} does not see {job.folder}; all "
            "machines of the cluster must share the folders of the project, data and outputs"
        )


def _check_versions(job: RemoteJob) -> None:
    """Refuse to run with other code or packages than those of the driver."""
    here = versions_for(job.module)
    differing = [
        f"{name} is {here.get(name, 'not there')} instead of {job.versions.get(name, 'not there')}"
        for name in sorted({*here, *job.versions})
        if here.get(name) != job.versions.get(name)
    ]
    if differing:
        raise ConfigError(
            f"{job.name}: the machine {socket.gethostname()} (Python {platform.python_version()}) "
            f"has other versions: {', '.join(differing)}; install the same on all machines"
        )
