import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from regard.config import ComputeConfig
from regard.errors import DataError, RegardError
from regard.parallel import slots, workers
from regard.parallel.slots import available_cores
from regard.parallel.workers import Job, run_jobs

pytestmark = pytest.mark.slow  # nearly every test starts processes

ANY = ComputeConfig(n_workers=None, threads_per_worker=None, budget_minutes=None)
TWO = ComputeConfig(n_workers=2, threads_per_worker=None, budget_minutes=None)


def square(number, *, progress):
    progress({"number": number})
    return number * number


def where_am_i(*, progress):
    names = (
        "OMP_NUM_THREADS",
        "TF_NUM_INTRAOP_THREADS",
        "CUDA_VISIBLE_DEVICES",
        "TF_DETERMINISTIC_OPS",
    )
    return os.getpid(), available_cores(), {name: os.environ.get(name) for name in names}


def is_imported(module, *, progress):
    return module in sys.modules


def make_a_mistake(*, progress):
    raise DataError("train.csv: no rows")


def have_a_bug(*, progress):
    return {}["nothing"]


def die(*, progress):
    os._exit(9)


def leave_a_mark(path, *, progress):
    time.sleep(20)
    Path(path).touch()


def test_results_keep_the_order_of_the_jobs_and_events_name_their_job():
    events = {f"job {number}": [] for number in range(3)}
    jobs = [Job(f"job {number}", square, (number,)) for number in range(3)]
    assert run_jobs(jobs, TWO, on_event=lambda name, event: events[name].append(event)) == [0, 1, 4]
    for number in range(3):
        started, own, ended = events[f"job {number}"]
        assert (started, own) == ({"started": True}, {"number": number})
        assert ended["usage"].process != os.getpid()
        assert 0 < ended["usage"].seconds < 60
        assert ended["usage"].peak_mb > 5


def test_module_that_cannot_be_imported_is_left_to_the_job():
    assert run_jobs([Job("four", square, (2,))], TWO, imports="no_such_module") == [4]


def test_every_worker_is_a_process_with_its_share_of_the_cores(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    before = dict(os.environ)
    results = run_jobs([Job(str(number), where_am_i, ()) for number in range(3)], ANY)
    n_workers = min(3, len(available_cores()))
    assert os.getpid() not in {process for process, _, _ in results}
    assert len({process for process, _, _ in results}) <= n_workers
    for _, cores, environment in results:
        assert len(cores) <= -(-len(available_cores()) // n_workers)
        assert (
            environment["OMP_NUM_THREADS"]
            == environment["TF_NUM_INTRAOP_THREADS"]
            == str(len(cores))
        )
        assert environment["TF_DETERMINISTIC_OPS"] == "1"
    assert dict(os.environ) == before


def test_workers_serve_the_next_call_and_a_dead_one_is_replaced(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    one = ComputeConfig(n_workers=1, threads_per_worker=None, budget_minutes=None)
    (first,), (second,) = (run_jobs([Job("where", where_am_i, ())], one) for _ in range(2))
    assert first[0] == second[0]
    os.kill(first[0], signal.SIGKILL)
    while (
        Path(f"/proc/{first[0]}/stat").exists()
        and " Z " not in Path(f"/proc/{first[0]}/stat").read_text()
    ):
        time.sleep(0.01)
    ((third, _, _),) = run_jobs([Job("where", where_am_i, ())], one)
    assert third != first[0]


def test_idle_workers_end_when_the_machine_is_shared_otherwise(monkeypatch):
    monkeypatch.setattr(slots, "available_cores", lambda: available_cores() * 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    run_jobs([Job(str(number), square, (number,)) for number in range(2)], TWO)
    idle = [worker.process for worker in workers._IDLE.values()]
    assert len(idle) == 2
    run_jobs([Job("one", square, (1,))], TWO)
    assert not any(process.is_alive() for process in idle)
    assert len(workers._IDLE) == 1


def test_a_warmed_up_worker_has_imported_its_module(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    one = ComputeConfig(n_workers=1, threads_per_worker=3, budget_minutes=None)
    workers.warm_up("colorsys", one, 5)
    assert run_jobs([Job("look", is_imported, ("colorsys",))], one) == [True]
    assert run_jobs([Job("look", is_imported, ("sndhdr_of_old",))], one) == [False]


def test_an_error_of_the_user_in_a_job_is_raised_unchanged():
    with pytest.raises(DataError, match=r"^train.csv: no rows$"):
        run_jobs([Job("fold 0", make_a_mistake, ())], ANY)


def test_a_bug_in_a_job_keeps_its_traceback():
    with pytest.raises(RuntimeError, match=r"(?s)fold 0 failed.*have_a_bug.*KeyError"):
        run_jobs([Job("fold 0", have_a_bug, ())], ANY)


def test_a_killed_job_is_reported_in_one_line():
    with pytest.raises(
        RegardError, match=r"^fold 1: its process ended with exit code 9 .*compute.n_workers=1"
    ):
        run_jobs([Job("fold 1", die, ())], ANY)


def test_when_a_job_fails_the_others_are_stopped(tmp_path):
    jobs = [Job("slow", leave_a_mark, (str(tmp_path / "mark"),)), Job("wrong", make_a_mistake, ())]
    started = time.perf_counter()
    with pytest.raises(DataError):
        run_jobs(jobs, TWO)
    assert time.perf_counter() - started < 20
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
from regard.config import ComputeConfig
from regard.parallel.workers import Job, run_jobs
import jobs

with open("runs", "a") as file:
    file.write(__name__ + " ")
{guard}print(run_jobs([Job("job", jobs.triple, (3,))], ComputeConfig(1, 1, None)))
{end}"""
GUARD = 'if __name__ == "__main__": '


def run_script(folder, guard="", end=""):
    (folder / "script.py").write_text(SCRIPT.format(guard=guard, end=end))
    (folder / "jobs.py").write_text("def triple(number, *, progress): return 3 * number")
    command = [sys.executable, "script.py"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_a_script_without_a_main_guard_runs_once(tmp_path):
    done = run_script(tmp_path)
    assert (done.stdout, done.stderr) == ("[9]\n", "")
    assert (tmp_path / "runs").read_text().split() == ["__main__"]


def test_a_script_with_a_main_guard_is_imported_by_workers(tmp_path):
    done = run_script(tmp_path, guard=GUARD)
    assert (done.stdout, done.stderr) == ("[9]\n", "")
    assert (tmp_path / "runs").read_text().split() == ["__main__", "__mp_main__"]


def test_a_call_outside_the_main_guard_of_a_script_is_refused_in_one_line(tmp_path):
    done = run_script(tmp_path, end=GUARD + "pass")
    assert done.returncode == 1
    assert "below `if __name__ == '__main__':`" in done.stderr.splitlines()[0]
    assert "RegardError: job: its process ended with exit code 1 " in done.stderr
