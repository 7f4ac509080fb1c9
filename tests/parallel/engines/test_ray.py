import contextlib
import socket
import time

import pytest
from helpers.engine_jobs import (
    die_once,
    have_a_bug,
    killed_after_an_epoch,
    leave_a_mark,
    make_a_mistake,
    square,
    submission,
    where_am_i,
)
from helpers.jobs import compute
from helpers.ray_cluster import ray_cluster

from regard.config import RayConfig
from regard.errors import ConfigError, DataError
from regard.parallel.engines import engine_of
from regard.parallel.workers import Job

pytestmark = pytest.mark.slow  # starts a cluster, whose processes import Ray


@pytest.fixture(scope="module")
def address():
    with ray_cluster() as started:
        yield started


@pytest.fixture
def engine(address):
    return engine_of(compute(engine="ray", ray=RayConfig(address)))


def test_results_keep_the_order_of_the_jobs_and_events_name_their_job(engine, tmp_path):
    events = {f"job {number}": [] for number in range(3)}
    jobs = [Job(f"job {number}", square, (number,)) for number in range(3)]
    found = engine.run(jobs, tmp_path, on_event=lambda name, event: events[name].append(event))
    assert found == [0, 1, 4]
    for number in range(3):
        started, own, ended = events[f"job {number}"]
        assert (started["started"], started["node"]) == (True, socket.gethostname())
        assert own == {"number": number}
        assert ended["usage"].process == started["process"]
    assert list(tmp_path.iterdir()) == []


def test_jobs_spread_over_machines_with_the_threads_of_their_cores(engine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert engine.n_at_once(9) == 2
    found = engine.run([Job(f"job {number}", where_am_i, ()) for number in range(2)], tmp_path)
    machines, folders, variables = zip(*found, strict=True)
    assert len(set(machines)) == 2
    assert set(folders) == {tmp_path}
    names = ("OMP_NUM_THREADS", "TF_DETERMINISTIC_OPS", "CUDA_VISIBLE_DEVICES")
    assert list(variables) == 2 * [dict(zip(names, ("1", "1", ""), strict=True))]


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        (make_a_mistake, DataError, r"^train.csv: no rows$"),
        (have_a_bug, RuntimeError, "job failed:.*KeyError: 'nothing'"),
    ],
)
def test_errors_of_a_job(function, error, words, engine, tmp_path):
    with pytest.raises(error, match=f"(?s){words}"):
        engine.run([Job("job", function, ())], tmp_path)


def test_job_that_is_killed_is_tried_again(engine, tmp_path, caplog):
    job = Job("job", die_once, (tmp_path / "mark",))
    assert engine.run([job], tmp_path) == ["done"]
    (warning,) = caplog.messages
    assert warning.startswith("job: its process ended before it was done; it continues on ")


def test_interruption_stops_the_jobs(engine, tmp_path):
    mark = tmp_path / "mark"

    def interrupt(name, event):
        raise KeyboardInterrupt

    with contextlib.suppress(KeyboardInterrupt):
        engine.run([Job("job", leave_a_mark, (mark,))], tmp_path, on_event=interrupt)
    assert not (tmp_path / ".jobs" / "driver").exists()
    # The core is free again long before the job would have ended.
    started = time.monotonic()
    jobs = [Job(f"job {number}", square, (number,)) for number in range(2)]
    assert engine.run(jobs, tmp_path) == [0, 1]
    assert time.monotonic() - started < 15
    assert not mark.exists()


@pytest.mark.parametrize("name", ["gpus_per_fold", "cpus_per_fold", "memory_gb_per_fold"])
def test_what_no_machine_has_is_refused_at_once(name, address):
    engine = engine_of(compute(engine="ray", ray=RayConfig(address), **{name: 10000}))
    with pytest.raises(ConfigError, match=f"compute.{name}=10000, but no machine of the Ray"):
        engine.check()


def test_run_has_the_submission_of_a_local_one(tiny, address, tmp_path):
    words = ["model=tfidf_linear", "training.refit=true", "predict.models=both"]
    _, local = submission(tiny(*words))
    ray = ["compute=ray", f"compute.ray.address='{address}'"]
    run, found = submission(tiny(*words, *ray, f"output_dir={tmp_path / 'by_ray'}"))
    assert found == local
    assert run.scores["training"]["seconds_of_jobs"] > 0


# Last, as it loses one of the two machines.
def test_network_whose_machine_and_workers_are_killed_has_the_submission_of_a_local_one(
    tiny, address, tmp_path, caplog
):
    _, local = submission(tiny("embeddings=word2vec"))
    ray = ["compute=ray", f"compute.ray.address='{address}'"]
    outputs = tmp_path / "by_ray"
    with killed_after_an_epoch(outputs):
        _, found = submission(tiny("embeddings=word2vec", *ray, f"output_dir={outputs}"))
    assert found == local
    warnings = [line for line in caplog.messages if "its process ended" in line]
    assert sorted(line.partition(":")[0] for line in warnings) == ["fold 0", "fold 1"]
