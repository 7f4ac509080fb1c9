import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.jobs import compute

from regard.errors import RegardError
from regard.parallel.workers import Job, run_jobs

pytestmark = pytest.mark.slow  # processes are started and killed

TESTS = str(Path(__file__).resolve().parent)
DRIVER = """
import sys, threading
sys.path[:0] = [{tests!r}, {helpers!r}]
from helpers.jobs import compute
from test_orphans import note_and_work
from regard.parallel.workers import Job, run_jobs

def main():
    jobs = [Job(str(n), note_and_work, ({folder!r}, {busy})) for n in range(2)]
    run_jobs(jobs, compute(2))

if __name__ == "__main__":
    if {in_thread}:
        thread = threading.Thread(target=main)
        thread.start()
        thread.join()
    else:
        main()
"""


def note_and_work(folder, busy, *, progress):
    """Note the number of this process, then compute or sleep for a minute."""
    (Path(folder) / str(os.getpid())).touch()
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if not busy:
            time.sleep(60)


def killed_once(folder, *, progress):
    mark = Path(folder) / "killed"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def killed(*, progress):
    os.kill(os.getpid(), signal.SIGKILL)


def square(number, *, progress):
    time.sleep(0.2)
    return number * number


def is_alive(process):
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("in_thread", [False, True])
@pytest.mark.parametrize("busy", [False, True])
def test_workers_end_within_seconds_when_only_the_driver_is_killed(busy, in_thread, tmp_path):
    script = tmp_path / "driver.py"
    numbers = tmp_path / "numbers"
    numbers.mkdir()
    helpers = str(Path(TESTS).parent)
    script.write_text(
        DRIVER.format(
            tests=TESTS, helpers=helpers, folder=str(numbers), busy=busy, in_thread=in_thread
        )
    )
    with subprocess.Popen([sys.executable, script]) as driver:
        while len(list(numbers.iterdir())) < 2:
            assert driver.poll() is None
            time.sleep(0.05)
        driver.kill()
    workers = [int(path.name) for path in numbers.iterdir()]
    started = time.monotonic()
    while any(map(is_alive, workers)):
        assert time.monotonic() - started < 5
        time.sleep(0.05)


@pytest.mark.parametrize("n_workers", [1, 2])
def test_killed_job_is_tried_once_more(n_workers, tmp_path, caplog):
    jobs = [Job("fold 0", killed_once, (str(tmp_path),))]
    jobs += [Job(f"fold {number}", square, (number,)) for number in (1, 2, 3)]
    assert run_jobs(jobs, compute(n_workers)) == ["done", 1, 4, 9]
    (line,) = caplog.messages
    assert line.startswith("fold 0: its process was killed, as happens when memory runs out")
    assert line.endswith(f"with 1 of {n_workers} workers")


def test_second_death_is_one_line():
    with pytest.raises(
        RegardError, match=r"^fold 0: its process ended with exit code -9 "
    ) as error:
        run_jobs([Job("fold 0", killed, ()), Job("fold 1", square, (1,))], compute(2))
    assert "\n" not in str(error.value)
