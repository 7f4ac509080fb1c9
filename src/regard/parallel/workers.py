"""Where folds run: side by side in worker processes, each on its own GPU or its own share of the
CPU cores.

TensorFlow's recurrent layers gain little from a second core, so the cores are shared out among
folds.
"""

import contextlib
import importlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from regard.config import ComputeConfig
from regard.errors import RegardError
from regard.parallel.backend import keras_backend

Event = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A call to make in a worker.

    Attributes:
        name: shown beside its progress, for example "fold 0".
        function: importable by name; called with `arguments` and `progress=`, a function that takes
            an event.
        arguments: picklable.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Place:
    """What one worker may use: its CPU cores, and the environment that says how many threads, and which GPU."""

    worker: int
    cores: tuple[int, ...]
    environment: tuple[tuple[str, str], ...]


def run_jobs(
    jobs: Sequence[Job],
    config: ComputeConfig,
    *,
    imports: str | None = None,
    on_event: Callable[[str, Event], None] = lambda name, event: None,
) -> list[Any]:
    """Run jobs side by side, each worker one after another.

    A worker is a process with its own cores or GPU. It stays, idle, when its jobs are done, since
    importing Keras takes
    seconds: the next call goes on with it. It ends with this process.

    Args:
        jobs: what to run.
        config: how many at once.
        imports: a module that a worker imports before its first job, see `warm_up`.
        on_event: receives a job's name and each event it reports.

    Returns:
        What the jobs returned, in their order.

    Raises:
        RegardError: a job raised it, or its process was killed. The other jobs are stopped.
        RuntimeError: a job failed otherwise; the message is its traceback.
    """
    waiting = deque(enumerate(jobs))
    places = worker_places(config, len(jobs))
    results: list[Any] = [None] * len(jobs)
    running: dict[Connection, tuple[_Worker, int, Job]] = {}
    try:
        while waiting or running:
            while waiting and places:
                position, job = waiting.popleft()
                worker = _worker(places.pop(0), imports)
                running[worker.connection] = worker, position, job
                worker.connection.send(job)
            for connection in wait(list(running)):
                worker, position, job = running[connection]  # type: ignore[index]
                kind, value = _receive(worker)
                if kind == "event":
                    on_event(job.name, value)
                    continue
                results[position] = _result(job, kind, value)
                del running[worker.connection]
                places.append(worker.place)
                _IDLE[worker.place] = worker
    finally:
        for worker, _, _ in running.values():
            worker.process.terminate()
            worker.process.join()
    return results


def warm_up(module: str, config: ComputeConfig, n_jobs: int) -> None:
    """Start the workers of so many jobs, and let them import a module while this process goes on.

    What libraries print while they are imported is not shown: TensorFlow greets before its log
    level counts.

    Args:
        module: what the jobs will need.
        config: how many at once.
        n_jobs: how many jobs there will be.
    """
    for place in worker_places(config, n_jobs):
        _IDLE[place] = _worker(place, module)


def worker_places(config: ComputeConfig, n_jobs: int) -> list[Place]:
    """Divide the machine among workers: one per GPU where there are GPUs, else one per CPU core,
    `n_jobs` at most.

    Example:
        2 cores, no GPU, 5 jobs -> places for cores (0,) and (1,), one thread each
    """
    cores, gpus = available_cores(), visible_gpus()
    n_workers = min(config.n_workers or len(gpus) or len(cores), max(n_jobs, 1))
    places = []
    for worker in range(n_workers):
        share = tuple(cores[worker::n_workers]) or (cores[worker % len(cores)],)
        threads = config.threads_per_worker or len(share)
        environment = {
            "KERAS_BACKEND": keras_backend(),
            "OMP_NUM_THREADS": str(threads),
            "TF_NUM_INTRAOP_THREADS": str(threads),
            "TF_NUM_INTEROP_THREADS": str(threads),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        }
        if gpus:
            environment["CUDA_VISIBLE_DEVICES"] = gpus[worker % len(gpus)]
        else:
            # On a CPU the same command gives the same bytes; on a GPU this would cost too much to
            # be the default.
            environment["TF_DETERMINISTIC_OPS"] = "1"
            # Its matrix products are faster than TensorFlow's own, and as repeatable.
            environment["TF_ENABLE_ONEDNN_OPTS"] = "1"
        places.append(Place(worker, share, tuple(environment.items())))
    return places


def available_cores() -> list[int]:
    """Return the CPU cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def visible_gpus() -> list[str]:
    """Return the NVIDIA GPUs this process may use, as `CUDA_VISIBLE_DEVICES` names them."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name for name in chosen.split(",") if name not in ("", "-1")]
    if shutil.which("nvidia-smi") is None:
        return []
    listing = subprocess.run(
        ["nvidia-smi", "--list-gpus"], capture_output=True, text=True, check=False
    )
    return [
        str(number)
        for number, line in enumerate(listing.stdout.splitlines())
        if line.startswith("GPU")
    ]


@dataclass(frozen=True)
class _Worker:
    """A process that takes jobs."""

    place: Place
    process: BaseProcess
    connection: Connection


_IDLE: dict[Place, _Worker] = {}


def _worker(place: Place, imports: str | None) -> _Worker:
    """The idle worker of a place, or a new one; before its next job it imports a module."""
    worker = _IDLE.pop(place, None)
    if worker is None or not worker.process.is_alive():
        worker = _start(place)
    if imports:
        worker.connection.send(imports)
    return worker


def _start(place: Place) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, place.cores), daemon=True)
    with _environment(dict(place.environment)):
        process.start()
    theirs.close()
    return _Worker(place, process, ours)


def _work(connection: Connection, cores: tuple[int, ...]) -> None:
    """Run jobs in this process and send what becomes of them, until nobody is there to send any."""
    # Ctrl-C reaches every process of the terminal; the parent alone answers it, by ending its
    # workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    with contextlib.suppress(EOFError, OSError):  # the parent has ended
        while True:
            task = connection.recv()
            if isinstance(task, Job):
                _run(connection, task)
            else:
                with _nothing_on_stderr():
                    importlib.import_module(task)


@contextlib.contextmanager
def _nothing_on_stderr() -> Iterator[None]:
    """Keep what this process prints as errors from being seen, also what libraries in C++ print."""
    shown = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        yield
    finally:
        os.dup2(shown, 2)
        os.close(shown)


def _run(connection: Connection, job: Job) -> None:
    try:
        result = job.function(
            *job.arguments, progress=lambda event: connection.send(("event", event))
        )
        connection.send(("result", result))
    except RegardError as error:
        connection.send(("mistake", error))
    except Exception:
        connection.send(("bug", traceback.format_exc()))


def _receive(worker: _Worker) -> tuple[str, Any]:
    try:
        kind, value = worker.connection.recv()
    except (EOFError, OSError):  # it ended before, or while, it sent something
        worker.process.join()
        return "dead", worker.process.exitcode
    return kind, value


def _result(job: Job, kind: str, value: Any) -> Any:
    if kind == "mistake":
        raise value
    if kind == "bug":
        raise RuntimeError(f"{job.name} failed:\n{value}")
    if kind == "dead":
        raise RegardError(
            f"{job.name}: its process ended with exit code {value} before it was done (killed, perhaps for "
            "want of memory: try compute.n_workers=1 or a smaller batches.size); the same command goes on from its "
            "last epoch"
        )
    return value


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set environment variables while a process is started: TensorFlow reads them when it is imported."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
