import pytest
from helpers.engine_jobs import (
    TESTS,
    die,
    die_once,
    make_a_mistake,
    square,
    submission,
    where_am_i,
)
from helpers.jobs import compute

from regard.config import SlurmConfig
from regard.errors import ConfigError, DataError, RegardError
from regard.parallel.engines import engine_of
from regard.parallel.workers import Job

pytestmark = pytest.mark.slow  # starts processes

LOCAL = SlurmConfig("local", None, 60)


@pytest.fixture
def engine(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS), prepend=":")
    monkeypatch.setattr("submitit.LocalJob._results_timeout_s", 0)  # this disk is no network's
    return engine_of(compute(engine="slurm", slurm=LOCAL, cpus_per_fold=2))


def test_results_and_events_of_jobs(engine, tmp_path):
    events = []
    jobs = [Job("job 0", square, (3,)), Job("job 1", where_am_i, ())]
    found = engine.run(jobs, tmp_path, on_event=lambda name, event: events.append((name, event)))
    assert found[0] == 9
    assert found[1][2]["OMP_NUM_THREADS"] == "2"
    assert ("job 0", {"number": 3}) in events
    assert [name for name, event in events if "usage" in event] == ["job 0", "job 1"]
    assert list(tmp_path.iterdir()) == []


def test_job_that_died_is_sent_again_once(engine, tmp_path, caplog):
    assert engine.run([Job("job", die_once, (tmp_path / "mark",))], tmp_path) == ["done"]
    assert "died, see " in caplog.messages[0]
    with pytest.raises(RegardError, match=r"^job: its job ended twice before it was done, see "):
        engine.run([Job("job", die, ())], tmp_path)


def test_mistake_of_a_job_is_one_line(engine, tmp_path):
    with pytest.raises(DataError, match=r"^train.csv: no rows$"):
        engine.run([Job("job", make_a_mistake, ())], tmp_path)


def test_run_has_the_submission_of_a_local_one(tiny, tmp_path):
    words = ["model=tfidf_linear"]
    _, local = submission(tiny(*words))
    slurm = ["compute=slurm", "compute.slurm.executor=local"]
    _, found = submission(tiny(*words, *slurm, f"output_dir={tmp_path / 'by_slurm'}"))
    assert found == local


def test_settings_reach_submitit(monkeypatch, tmp_path):
    settings = SlurmConfig("local", "gpu", 60)
    engine = engine_of(compute(engine="slurm", slurm=settings, memory_gb_per_fold=4))
    seen = {}
    monkeypatch.setattr(
        "submitit.AutoExecutor.update_parameters", lambda self, **given: seen.update(given)
    )
    engine._executor(tmp_path)
    assert seen == {
        "name": "regard",
        "timeout_min": 60,
        "cpus_per_task": 1,
        "mem_gb": 4,
        "slurm_partition": "gpu",
    }


def test_machine_without_slurm_or_gpus_is_refused(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match=r"needs the command sbatch, which is not here"):
        engine_of(compute(engine="slurm")).check()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    engine = engine_of(compute(engine="slurm", slurm=LOCAL, gpus_per_fold=1.0))
    with pytest.raises(ConfigError, match=r"gpus_per_fold=1, but this machine has 0 GPUs"):
        engine.check()
