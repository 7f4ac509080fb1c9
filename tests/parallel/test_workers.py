import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.jobs import compute

from regard.errors import DataError, RegardError
from regard.parallel import slots, workers
from regard.parallel.slots import available_cores, every_slot
from regard.parallel.workers import Job, run_jobs, stream_jobs

pytestmark = pytest.mark.slow  # nearly every test starts processes

ANY = compute()
ONE = compute(1)
TWO = compute(2)


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


def current_folder(*, progress):
    return os.getpid(), Path.cwd()


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
    one = compute(1)
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


def test_an_idle_worker_follows_the_current_folder(tmp_path, monkeypatch):
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        found += run_jobs([Job("job", current_folder, ())], ONE)
    assert found[0][0] == found[1][0]
    assert [folder for _, folder in found] == [tmp_path / "one", tmp_path / "two"]


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
    one = compute(1, 3)
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


def wait_and_square(number, seconds, *, progress):
    time.sleep(seconds)
    return number * number


def squares(numbers):
    """Yield a job for each number, and note those that are taken."""
    taken = []

    def jobs():
        for number in numbers:
            taken.append(number)
            yield Job(f"job {number}", square, (number,))

    return jobs(), taken


def test_stream_keeps_the_order_of_the_jobs():
    seconds = [0.3, 0.0, 0.1, 0.0, 0.0]
    jobs = (
        Job(str(number), wait_and_square, (number, of_job)) for number, of_job in enumerate(seconds)
    )
    assert list(stream_jobs(jobs, TWO)) == [0, 1, 4, 9, 16]


def test_stream_of_no_jobs_is_empty():
    assert list(stream_jobs([], TWO)) == []


def test_events_of_a_stream_name_their_job():
    events = []
    jobs, _ = squares([3])
    found = stream_jobs(jobs, TWO, on_event=lambda name, event: events.append((name, event)))
    assert list(found) == [9]
    assert events[:2] == [("job 3", {"started": True}), ("job 3", {"number": 3})]


def test_stream_takes_few_jobs_ahead_of_its_results():
    jobs, taken = squares(itertools.count())
    results = stream_jobs(jobs, TWO)
    assert taken == []
    for number in range(40):
        assert next(results) == number * number
        assert len(taken) - number <= 5 * len(every_slot(TWO)) + 1
    results.close()
    before = len(taken)
    assert before < 60
    assert next(results, None) is None
    assert len(taken) == before


def test_slow_first_job_holds_the_others_back():
    n_slots = len(every_slot(TWO))
    if n_slots == 1:
        pytest.skip("one core has one worker")
    taken = []

    def jobs():
        for number in itertools.count():
            taken.append(number)
            yield Job(str(number), wait_and_square, (number, 2.0 if number == 0 else 0.0))

    results = stream_jobs(jobs(), TWO)
    assert next(results) == 0
    assert len(taken) <= 5 * n_slots + 1
    results.close()


def test_stream_shares_the_machine_among_all_workers(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    alone = list(stream_jobs([Job("one", where_am_i, ())], TWO))
    several = list(stream_jobs([Job(str(number), where_am_i, ()) for number in range(4)], TWO))
    sizes = {len(cores) for _, cores, _ in [*alone, *several]}
    threads = {environment["OMP_NUM_THREADS"] for _, _, environment in [*alone, *several]}
    assert len(sizes) == len(threads) == 1


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        (make_a_mistake, DataError, r"^train.csv: no rows$"),
        (have_a_bug, RuntimeError, r"(?s)block failed.*have_a_bug.*KeyError"),
        (die, RegardError, r"^block: its process ended with exit code 9"),
    ],
)
def test_error_of_a_stream_comes_after_the_results_before_it(function, error, words):
    results = stream_jobs([Job("first", square, (2,)), Job("block", function, ())], ONE)
    assert next(results) == 4
    with pytest.raises(error, match=words):
        next(results)
    assert list(stream_jobs([Job("next", square, (3,))], ONE)) == [9]


def test_error_of_the_jobs_themselves_ends_the_workers(tmp_path):
    def jobs():
        yield Job("slow", leave_a_mark, (str(tmp_path / "mark"),))
        raise DataError("new.csv: line 7")

    started = time.perf_counter()
    with pytest.raises(DataError, match=r"^new\.csv: line 7$"):
        list(stream_jobs(jobs(), TWO))
    assert time.perf_counter() - started < 15
    assert list(tmp_path.iterdir()) == []


def test_stream_that_is_closed_ends_the_workers_that_are_busy(tmp_path):
    n_slots = len(every_slot(TWO))
    mark = str(tmp_path / "mark")
    jobs = [Job("quick", square, (2,)), *[Job("slow", leave_a_mark, (mark,))] * n_slots]
    results = stream_jobs(jobs, TWO)
    assert next(results) == 4
    started = time.perf_counter()
    results.close()
    assert time.perf_counter() - started < 10
    assert list(stream_jobs([Job("next", square, (3,))], TWO)) == [9]
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
from regard.config import compose_settings
from regard.parallel.workers import Job, run_jobs
import jobs

with open("runs", "a") as file:
    file.write(__name__ + " ")
compute = compose_settings(["compute.n_workers=1"], {{}}).compute
{guard}print(run_jobs([Job("job", jobs.triple, (3,))], compute))
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
