"""Jobs for engines, and whole runs on them. Machines of a cluster import this module."""

import contextlib
import json
import os
import signal
import threading
import time
from pathlib import Path

from regard.errors import DataError
from regard.pipeline import make
from regard.runs.run import Run

TESTS = Path(__file__).resolve().parents[1]


def square(number, *, progress):
    progress({"number": number})
    return number * number


def where_am_i(*, progress):
    time.sleep(1)
    names = ("OMP_NUM_THREADS", "TF_DETERMINISTIC_OPS", "CUDA_VISIBLE_DEVICES")
    return os.getppid(), Path.cwd(), {name: os.environ.get(name) for name in names}


def make_a_mistake(*, progress):
    raise DataError("train.csv: no rows")


def have_a_bug(*, progress):
    return {}["nothing"]


def die_once(mark, *, progress):
    """Be killed as the system kills for memory, and succeed when called again."""
    if mark.exists():
        return "done"
    mark.touch()
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def die(*, progress):
    os.kill(os.getpid(), signal.SIGKILL)


def leave_a_mark(path, *, progress):
    path.with_suffix(".begun").touch()
    time.sleep(20)
    path.touch()


@contextlib.contextmanager
def killed_after_an_epoch(outputs):
    """Kill the worker of each fold of a run once, after an epoch, and the machine of the first."""
    ended = threading.Event()

    def watch():
        killed = set()
        while not ended.wait(0.02):
            for path in set(outputs.glob("*/runs/.*/.jobs/*.jsonl")) - killed:
                started, *others = path.read_text().splitlines() or [""]
                if any('"score"' in line for line in others):
                    worker = json.loads(started)["process"]
                    if not killed:
                        os.kill(parent_of(worker), signal.SIGKILL)
                    os.kill(worker, signal.SIGKILL)
                    killed.add(path)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def parent_of(process: int) -> int:
    """Return the process that has started a worker: of Ray, the one that stands for a machine."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])


def submission(config) -> tuple[Run, bytes]:
    """Make a run with its submission, and return the submission too."""
    run = make(config, "submit")
    assert not (run.folder / ".jobs").exists()
    return run, (run.folder / "submission.csv").read_bytes()
