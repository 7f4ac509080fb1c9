import fcntl

import pytest
from helpers.engine_jobs import square
from helpers.jobs import compute

from regard.errors import ConfigError, RegardError
from regard.parallel import workers
from regard.parallel.engines import ENGINES, engine_of
from regard.parallel.engines.local import LocalEngine
from regard.parallel.engines.ray import RayEngine
from regard.parallel.workers import Job


@pytest.mark.parametrize("name", ["ray", "slurm"])
def test_missing_package_is_one_line(name, monkeypatch):
    monkeypatch.setattr(ENGINES[name], "modules", ("no_such_module",))
    words = rf'compute={name} needs the package no_such_module.*pip install "regard\[cpu,{name}\]"'
    with pytest.raises(ConfigError, match=words):
        engine_of(compute(engine=name)).check()


def test_folder_of_the_name_of_a_package_is_no_package(monkeypatch, tmp_path):
    (tmp_path / "cluster_of_mine").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(RayEngine, "modules", ("cluster_of_mine",))
    with pytest.raises(ConfigError, match="needs the package cluster_of_mine"):
        engine_of(compute(engine="ray")).check()


def test_local_engine_runs_jobs_in_workers(monkeypatch, tmp_path):
    seen = {}

    def run_jobs(jobs, config, **options):
        seen.update(options)
        return [job.name for job in jobs]

    monkeypatch.setattr(workers, "run_jobs", run_jobs)
    engine = engine_of(compute(2))
    assert engine.run([Job("fold 0", print, ())], tmp_path, imports="json") == ["fold 0"]
    assert seen["imports"] == "json"
    assert engine.n_at_once(5) == 2


def test_nothing_answers_at_an_address():
    pytest.importorskip("ray")
    from regard.config import RayConfig

    engine = RayEngine(compute(engine="ray", ray=RayConfig("127.0.0.1:9")))
    with pytest.raises(ConfigError, match=r"compute.ray.address=127.0.0.1:9: nothing answers"):
        engine.check()


def test_a_fold_that_a_job_of_a_cluster_trains_is_not_trained_beside_it(tmp_path):
    place = tmp_path / ".jobs"
    place.mkdir()
    engine = LocalEngine(compute())
    job = Job("fold 0", square, (3,))
    with (place / "fold_0.jsonl").open("a") as events:
        fcntl.flock(events, fcntl.LOCK_EX)
        with pytest.raises(RegardError, match=r"^fold 0 is still being trained by a job of an ea"):
            engine.run([job], tmp_path)
    with workers.in_this_process():
        assert engine.run([job], tmp_path) == [9]
    assert not place.exists()
