"""Jobs for engines, and whole runs on them. Machines of a cluster import this module."""

import os
import signal
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


def lose_machine_once(mark, *, progress):
    """Kill the process that stands for the machine, and succeed when called again."""
    if mark.exists():
        return "done"
    mark.write_text(str(os.getppid()))
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
    return None


def die(*, progress):
    os.kill(os.getpid(), signal.SIGKILL)


def leave_a_mark(path, *, progress):
    path.with_suffix(".begun").touch()
    time.sleep(20)
    path.touch()


def submission(config) -> tuple[Run, bytes]:
    """Make a run with its submission, and return the submission too."""
    run = make(config, "submit")
    assert not (run.folder / ".jobs").exists()
    return run, (run.folder / "submission.csv").read_bytes()
