"""Worker processes that run jobs side by side, each on its share of the machine."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.errors import RegardError, file_error, is_mistake
from regard.parallel.orphans import end_with_parent
from regard.parallel.process import environment, hidden_stderr
from regard.parallel.slots import Slot, every_slot, worker_slots
from regard.parallel.usage import Usage, usage_since

if TYPE_CHECKING:
    from regard.config import ComputeConfig

_log = logging.getLogger(__name__)

Event = dict[str, Any]

# Not empty while jobs run in this process.
_here: list[bool] = []

_PROCESS_NAME = "regard worker"


@dataclass(frozen=True)
class Job:
    """A call to make in a worker.

    Attributes:
        name: shown with its progress, for example "fold 0".
        function: importable by name; called with `arguments` and `progress=`, a function that takes
            an event.
        arguments: picklable.
        folder: the current folder of the call, from which relative paths lead.
        makes: the folder that it makes, which another process may have finished before a cluster
            starts the job; None if it makes none.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    folder: Path = field(default_factory=Path.cwd)
    makes: Path | None = None


def run_jobs(
    jobs: Sequence[Job],
    config: ComputeConfig,
    *,
    imports: str | None = None,
    on_event: Callable[[str, Event], None] = lambda name, event: None,
    starts: Callable[[Job], bool] = lambda job: True,
) -> list[Any]:
    """Run jobs side by side; each worker takes one job after another.

    A worker is a process with its own cores or GPU. Since it takes seconds to import Keras, a
    worker stays idle after its last job and serves the next call. It ends with this process.

    Args:
        jobs: the calls to make.
        config: the number of workers.
        imports: a module that a worker imports before its first job, see `warm_up`.
        on_event: receives a job's name and each event it reports; before them `{"started": True}`
            when a worker takes the job, and after them `{"usage": Usage}`.
        starts: asked when a worker is free for a job; a job that does not start has no result.

    Returns:
        The jobs' results, in the order of the jobs.

    Raises:
        RegardError: a job raised it, or its process was killed twice. The other jobs are stopped.
        OSError: a job could not write a file, for example on a full disk.
        RuntimeError: a job failed for another reason; the message is its traceback.
    """
    waiting = filter(starts, jobs)
    if _here:
        return list(_results_here(waiting, on_event))
    slots = _take_slots(worker_slots(config, len(jobs)))
    return list(_results(waiting, slots, imports, on_event))


def stream_jobs(
    jobs: Iterable[Job],
    config: ComputeConfig,
    *,
    imports: str | None = None,
    on_event: Callable[[str, Event], None] = lambda name, event: None,
) -> Iterator[Any]:
    """Run any number of jobs side by side, and yield their results in the order of the jobs.

    A job is taken from `jobs` when a worker is free for it, so memory holds those of a few jobs.
    The machine is shared among all its workers, however few the jobs are: the same job then gives
    the same bytes.

    Args:
        jobs: the calls to make.
        config: the number of workers.
        imports: a module that a worker imports before its first job, see `warm_up`.
        on_event: see `run_jobs`.

    Raises:
        RegardError, OSError, RuntimeError: see `run_jobs`.
    """
    if _here:
        return _results_here(iter(jobs), on_event)
    slots = _take_slots(every_slot(config))
    return _results(iter(jobs), slots, imports, on_event)


@contextlib.contextmanager
def in_this_process() -> Iterator[None]:
    """Run the jobs of a block in this process, one after another; workers stay as they are.

    They may import slow modules meanwhile.
    """
    _here.append(True)
    try:
        yield
    finally:
        _here.pop()


def _results_here(jobs: Iterator[Job], on_event: Callable[[str, Event], None]) -> Iterator[Any]:
    for job in jobs:
        on_event(job.name, {"started": True})
        started = time.perf_counter()
        yield job.function(*job.arguments, progress=functools.partial(on_event, job.name))
        on_event(job.name, {"usage": usage_since(started)})


def _results(
    jobs: Iterator[Job],
    slots: list[Slot],
    imports: str | None,
    on_event: Callable[[str, Event], None],
) -> Iterator[Any]:
    """Yield the results of jobs in order, while later jobs run."""
    free = deque(slots)
    numbered = enumerate(jobs)
    again: list[tuple[int, Job]] = []
    killed: set[int] = set()
    n_slots = len(slots)
    running: dict[Connection, tuple[_Worker, int, Job]] = {}
    done: dict[int, Any] = {}
    yielded = 0
    is_last = False
    try:
        while True:
            # No job starts while many results wait for an earlier one, as they all take memory.
            while free and (again or (not is_last and len(done) < 4 * len(slots))):
                index, job = again.pop() if again else next(numbered, (0, None))
                if job is None:
                    is_last = True
                    break
                worker = _worker(free.popleft(), imports)
                running[worker.connection] = worker, index, job
                worker.connection.send(job)
                on_event(job.name, {"started": True})
            if not running:
                break
            # A worker that dies closes its end, which also ends the wait.
            for connection in wait(list(running)):
                worker, index, job = running[connection]  # type: ignore[index]
                kind, value = _receive(worker)
                if kind == "event":
                    on_event(job.name, value)
                    continue
                del running[worker.connection]
                if kind == "dead" and value == -signal.SIGKILL and index not in killed:
                    # The others keep their shares of the machine, and so their results.
                    killed.add(index)
                    again.append((index, job))
                    n_slots = _fewer(n_slots, job)
                    if len(running) + len(free) < n_slots:
                        free.append(worker.slot)
                    continue
                done[index], usage = _result(job, kind, value)
                on_event(job.name, {"usage": usage})
                free.append(worker.slot)
                _IDLE[worker.slot] = worker
            while yielded in done:
                yield done.pop(yielded)
                yielded += 1
    finally:
        for worker, _, _ in running.values():
            worker.process.terminate()
            worker.process.join()


def _fewer(n_workers: int, job: Job) -> int:
    """Return how many workers go on after the system has killed one, most likely for memory."""
    fewer = max(n_workers - 1, 1)
    _log.warning(
        "%s: its process was killed, as happens when memory runs out; it is tried once more, with "
        "%d of %d workers",
        job.name,
        fewer,
        n_workers,
    )
    return fewer


def warm_up(module: str, config: ComputeConfig, n_jobs: int) -> None:
    """Start the workers for a number of jobs and let them import a module in the background.

    The output of libraries during the import is hidden: TensorFlow prints messages before its log
    level takes effect.

    Args:
        module: the module that the jobs will need.
        config: the number of workers.
        n_jobs: the number of jobs to come.
    """
    for slot in _take_slots(worker_slots(config, n_jobs)):
        _IDLE[slot] = _worker(slot, module)


@dataclass(frozen=True)
class _Worker:
    """A process that takes jobs."""

    slot: Slot
    process: BaseProcess
    connection: Connection


_IDLE: dict[Slot, _Worker] = {}


def _take_slots(slots: list[Slot]) -> list[Slot]:
    """End the idle workers that have other slots than these, and return these.

    Another number of jobs gets other shares of the machine. The workers would stay idle from then
    on, with up to a gigabyte of memory each.
    """
    for slot in set(_IDLE) - set(slots):
        worker = _IDLE.pop(slot)
        worker.process.terminate()
        worker.process.join()
    return slots


def _worker(slot: Slot, imports: str | None) -> _Worker:
    """Return the idle worker of a slot or a new one; it imports a module before its next job."""
    worker = _IDLE.pop(slot, None)
    if worker is None or not worker.process.is_alive():
        worker = _start(slot)
    if imports:
        worker.connection.send(imports)
    return worker


def _start(slot: Slot) -> _Worker:
    if multiprocessing.current_process().name.startswith(_PROCESS_NAME):
        # A worker is importing the main script, and the script has called Regard again.
        sys.exit("call Regard only below `if __name__ == '__main__':` in a script that has it")
    # Not fork: it would copy locks that other threads of this process hold, so the worker may hang.
    # A fresh process also reads the number of threads when it imports TensorFlow.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    name = f"{_PROCESS_NAME} {slot.worker}"
    in_main = threading.current_thread() is threading.main_thread()
    arguments = (theirs, slot.cores, in_main)
    process = context.Process(target=_work, name=name, args=arguments, daemon=True)
    with environment(dict(slot.environment)), _unguarded_script_hidden():
        process.start()
    # As long as this process holds the worker's end, the pipe stays open if the worker dies.
    theirs.close()
    return _Worker(slot, process, ours)


@contextlib.contextmanager
def _unguarded_script_hidden() -> Iterator[None]:
    """Keep a process that is started from running a script without a main guard once more.

    A spawned process imports the main script, since functions to call may be defined there. A
    script without `if __name__ == "__main__":` would then run from its start in every worker. The
    jobs need nothing from it, so the process gets an empty main module instead.
    """
    main = sys.modules["__main__"]
    if not _runs_when_imported(getattr(main, "__file__", None)):
        yield
        return
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _runs_when_imported(script: str | None) -> bool:
    """Return whether a Python file has no `if __name__ == "__main__":` at its top level."""
    try:
        tree = ast.parse(Path(script or "").read_bytes())
    except (OSError, SyntaxError, ValueError):  # a notebook, an archive or a program
        return False
    tests = [node.test for node in tree.body if isinstance(node, ast.If)]
    names = [node.id for test in tests for node in ast.walk(test) if isinstance(node, ast.Name)]
    return "__name__" not in names


def _work(connection: Connection, cores: tuple[int, ...], started_in_main: bool) -> None:
    """Run jobs in this process and send their results, until the parent ends."""
    end_with_parent(by_kernel=started_in_main)
    # Ctrl-C reaches every process of the terminal; only the parent reacts, by ending its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    with contextlib.suppress(EOFError, OSError):  # the parent has ended
        while True:
            task = connection.recv()
            if isinstance(task, Job):
                _run(connection, task)
            else:
                # An error is not lost: the job imports the module again, and reports it.
                with contextlib.suppress(Exception), hidden_stderr():
                    importlib.import_module(task)


def _run(connection: Connection, job: Job) -> None:
    connection.send(outcome_of(job, lambda event: connection.send(("event", event))))


def outcome_of(job: Job, progress: Callable[[Event], None]) -> tuple[str, Any]:
    """Run a job in this process, and in its folder.

    Returns:
        "result" with its result and its `Usage`; "mistake" with an error that a user can correct;
        or "bug" with a traceback.
    """
    started = time.perf_counter()
    try:
        # A worker that is idle stays in the folder of its last job.
        os.chdir(job.folder)
        result = job.function(*job.arguments, progress=progress)
    except Exception as error:
        if is_mistake(error):
            # Its causes, which may be those of a full disk, would be lost on the way.
            return "mistake", file_error(error) or error
        return "bug", traceback.format_exc()
    return "result", (result, usage_since(started))


def _receive(worker: _Worker) -> tuple[str, Any]:
    try:
        kind, value = worker.connection.recv()
    except (EOFError, OSError):  # it ended before or while it sent something
        worker.process.join()
        return "dead", worker.process.exitcode
    return kind, value


def _result(job: Job, kind: str, value: Any) -> Any:
    if kind == "dead":
        raise RegardError(
            f"{job.name}: its process ended with exit code {value} before it was done; if it ran "
            "out of memory, try compute.n_workers=1 or a smaller batches.size; the same command "
            "continues from the last epoch"
        )
    return result_of(job.name, kind, value)


def result_of(name: str, kind: str, value: Any) -> tuple[Any, Usage]:
    """Return the result of a job and its usage, from the value of `outcome_of`.

    Raises:
        RegardError, OSError: it made a mistake.
        RuntimeError: it has a bug.
    """
    if kind == "mistake":
        raise value
    if kind == "bug":
        raise RuntimeError(f"{name} failed:\n{value}")
    found: tuple[Any, Usage] = value
    return found
