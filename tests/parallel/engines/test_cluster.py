import itertools

import pytest
from helpers.engine_jobs import make_a_mistake, square
from helpers.jobs import compute

from regard.errors import DataError, RegardError
from regard.parallel.engines import cluster
from regard.parallel.engines.cluster import ClusterEngine, EventReader
from regard.parallel.engines.remote import TOKEN, run_remotely
from regard.parallel.process import environment
from regard.parallel.slots import thread_environment
from regard.parallel.workers import Job


class Here(ClusterEngine):
    """Runs a job in this process when it is asked for its outcome the second time."""

    def __init__(self, config):
        super().__init__(config)
        self.asked = []
        self.cancelled = []

    def n_at_once(self, n_jobs):
        return 1

    def submit(self, job):
        return job

    def outcome(self, handle):
        if handle.name not in self.asked:
            self.asked.append(handle.name)
            return None
        return run_remotely(handle)

    def cancel(self, handle):
        self.cancelled.append(handle.name)


@pytest.fixture
def engine(monkeypatch):
    monkeypatch.setattr(cluster, "_POLL_SECONDS", 0)
    # Jobs set variables of the process that they run in.
    with environment({**thread_environment(1, on_gpu=False), "CUDA_VISIBLE_DEVICES": ""}):
        yield Here(compute(engine="ray"))


def test_results_events_and_usage(engine, tmp_path):
    events = []
    jobs = [Job(f"job {number}", square, (number,)) for number in range(3)]
    found = engine.run(
        jobs,
        tmp_path,
        on_event=lambda name, event: events.append((name, *event)),
        starts=lambda job: job.name != "job 1",
    )
    assert found == [0, 4]
    assert [event[:2] for event in events if event[0] == "job 2"] == [
        ("job 2", "started"),
        ("job 2", "number"),
        ("job 2", "usage"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_other_jobs_are_stopped_after_a_mistake(engine, tmp_path):
    jobs = [Job("bad", make_a_mistake, ()), Job("good", square, (2,))]
    with pytest.raises(DataError, match="no rows"):
        engine.run(jobs, tmp_path)
    assert engine.cancelled == ["good"]
    assert not (tmp_path / ".jobs" / TOKEN).exists()
    assert engine.run([Job("good", square, (2,))], tmp_path) == [4]


def test_job_that_died_is_told_in_one_line(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "outcome", lambda handle: ("dead", "its job ended"))
    with pytest.raises(RegardError, match=r"^job: its job ended; if it ran out of memory, raise"):
        engine.run([Job("job", square, (2,))], tmp_path)


class FakeJob:
    name = "fold 0"

    def __init__(self, events):
        self.events = events


def test_events_are_read_once_and_whole(tmp_path):
    found = []
    path = tmp_path / "events"
    path.write_text('{"of": "an earlier command"}\n')
    reader = EventReader(FakeJob(path), lambda name, event: found.append(event))
    with path.open("a") as file:
        # The last two: of a process that died, and of the one after it.
        for text in ('{"epoch": 1}\n{"ep', 'och": 2}\n', "", '{"epo', '\n{"epoch": 3}\n'):
            file.write(text)
            file.flush()
            reader.read()
    assert found == [{"epoch": 1}, {"epoch": 2}, {"epoch": 3}]


def test_job_that_is_started_again_and_again_ends_the_run(tmp_path, caplog):
    path = tmp_path / "events"
    reader = EventReader(FakeJob(path), lambda name, event: None)
    reader.read()  # it is not there yet
    with pytest.raises(RegardError, match=r"^fold 0: its process ended 4 times"):
        for _ in itertools.count():
            with path.open("a") as file:
                file.write('{"started": true, "node": "b"}\n')
            reader.read()
    message = "fold 0: its process ended before it was done; it continues on b"
    assert caplog.messages == [message] * 3
