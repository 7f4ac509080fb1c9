import dataclasses
import fcntl
import json
import pickle
import threading
from pathlib import Path

import pytest
from helpers.engine_jobs import have_a_bug, make_a_mistake, square

from regard.artefacts import new_folder
from regard.errors import ConfigError, DataError
from regard.parallel.engines.remote import (
    TOKEN,
    EventWriter,
    RemoteJob,
    run_remotely,
    versions_for,
)
from regard.parallel.workers import Job


@pytest.fixture
def remote(tmp_path, monkeypatch):
    """Return a function that makes a job of this machine."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / TOKEN).write_text("token")
    module = square.__module__

    def make(function, *arguments, **other):
        job = Job("fold 3", function, arguments, makes=Path("fold_3"))
        sent = RemoteJob(
            name=job.name,
            pickled=pickle.dumps(job),
            current_folder=job.folder,
            folder=tmp_path,
            token="token",
            environment={},
            module=module,
            versions=versions_for(module),
            imports="no_such_module",
        )
        return dataclasses.replace(sent, **other)

    return make


def test_events_are_lines_of_a_file(remote, tmp_path):
    kind, (result, usage) = run_remotely(remote(square, 4))
    assert (kind, result) == ("result", 16)
    lines = (tmp_path / "fold_3.jsonl").read_text().splitlines()
    started, own = map(json.loads, lines)
    assert started["process"] == usage.process
    assert own == {"number": 4}


def test_folder_that_another_process_has_finished_is_not_made_again(remote, tmp_path):
    with new_folder(tmp_path / "fold_3"):
        pass
    kind, (result, _) = run_remotely(remote(make_a_mistake))
    assert (kind, result) == ("result", None)


def test_errors_are_returned(remote):
    kind, error = run_remotely(remote(make_a_mistake))
    assert (kind, type(error)) == ("mistake", DataError)
    kind, trace = run_remotely(remote(have_a_bug))
    assert kind == "bug"
    assert "KeyError: 'nothing'" in trace


def test_job_of_a_driver_that_has_ended_does_nothing(remote, tmp_path):
    assert run_remotely(remote(square, 4, token="of another driver")) == ("stale", None)
    (tmp_path / TOKEN).unlink()
    assert run_remotely(remote(square, 4)) == ("stale", None)
    assert (tmp_path / "fold_3.jsonl").read_text() == ""


def test_machine_without_the_folder_is_refused(remote, tmp_path):
    kind, error = run_remotely(remote(square, 4, folder=tmp_path / "elsewhere"))
    assert (kind, type(error)) == ("mistake", ConfigError)
    assert "must share the folders of the project, data and outputs" in str(error)


def test_machine_with_other_versions_is_refused(remote):
    there = {**versions_for(square.__module__), "numpy": "1.0", "jax": "0.1"}
    kind, error = run_remotely(remote(square, 4, versions=there))
    assert (kind, type(error)) == ("mistake", ConfigError)
    assert "numpy is " in str(error)
    assert " instead of 1.0" in str(error)


def test_second_process_with_a_job_waits_for_the_first(remote, tmp_path):
    found = []
    with (tmp_path / "fold_3.jsonl").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = threading.Thread(target=lambda: found.append(run_remotely(remote(square, 4))))
        second.start()
        second.join(0.2)
        assert second.is_alive()
    second.join(10)
    assert found[0][0] == "result"


def test_few_events_of_batches_are_written(tmp_path):
    with (tmp_path / "events").open("a") as file:
        write = EventWriter(file.fileno())
        for batch in range(1, 101):
            write({"epoch": 1, "batch": batch, "batches": 100})
        write({"epoch": 1.0, "score": 0.5})
    lines = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    assert len(lines) < 20
    assert [line.get("batch") for line in lines[-2:]] == [100, None]
