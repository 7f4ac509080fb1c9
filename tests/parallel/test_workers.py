import os
import signal
import sys
import time
from pathlib import Path

import pytest

from regard.config import ComputeConfig
from regard.errors import DataError, RegardError
from regard.parallel import workers
from regard.parallel.workers import (
    Job,
    available_cores,
    run_jobs,
    visible_gpus,
    worker_places,
)

pytestmark = pytest.mark.slow  # processes are started for nearly every test

ANY = ComputeConfig(n_workers=None, threads_per_worker=None)
TWO = ComputeConfig(n_workers=2, threads_per_worker=None)


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


def test_results_come_in_the_order_of_the_jobs_and_events_with_their_names():
    events = []
    jobs = [Job(f"job {number}", square, (number,)) for number in range(3)]
    assert run_jobs(jobs, TWO, on_event=lambda name, event: events.append((name, event))) == [
        0,
        1,
        4,
    ]
    assert sorted(events) == [(f"job {number}", {"number": number}) for number in range(3)]


def test_every_worker_is_a_process_of_its_own_with_its_share_of_the_cores(monkeypatch):
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


def test_workers_stay_for_the_next_jobs_and_a_dead_one_is_replaced(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    one = ComputeConfig(n_workers=1, threads_per_worker=None)
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


def test_a_worker_that_was_warmed_up_has_imported_what_it_needs(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    one = ComputeConfig(n_workers=1, threads_per_worker=3)
    workers.warm_up("colorsys", one, 5)
    assert run_jobs([Job("look", is_imported, ("colorsys",))], one) == [True]
    assert run_jobs([Job("look", is_imported, ("sndhdr_of_old",))], one) == [False]


def test_gpus_are_dealt_out_one_to_a_worker(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,5")
    assert visible_gpus() == ["2", "5"]
    assert [dict(place.environment)["CUDA_VISIBLE_DEVICES"] for place in worker_places(ANY, 5)] == [
        "2",
        "5",
    ]
    three = ComputeConfig(n_workers=3, threads_per_worker=1)
    assert [
        dict(place.environment)["CUDA_VISIBLE_DEVICES"] for place in worker_places(three, 5)
    ] == ["2", "5", "2"]
    assert "TF_DETERMINISTIC_OPS" not in dict(worker_places(three, 5)[0].environment)


def test_cores_are_shared_out_and_none_is_left_over(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(workers, "available_cores", lambda: list(range(7)))
    places = worker_places(TWO, 5)
    assert sorted(core for place in places for core in place.cores) == list(range(7))
    assert [dict(place.environment)["OMP_NUM_THREADS"] for place in places] == ["4", "3"]
    assert len(worker_places(ANY, 3)) == 3


def test_a_mistake_in_a_job_is_raised_as_it_is():
    with pytest.raises(DataError, match=r"^train.csv: no rows$"):
        run_jobs([Job("fold 0", make_a_mistake, ())], ANY)


def test_a_bug_in_a_job_keeps_its_traceback():
    with pytest.raises(RuntimeError, match=r"(?s)fold 0 failed.*have_a_bug.*KeyError"):
        run_jobs([Job("fold 0", have_a_bug, ())], ANY)


def test_a_killed_job_is_told_in_one_line():
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
