"""Secrets of the environment are in no log, no file and no list of processes."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from helpers.cases import SMALL, tiny_tables, write_tables
from helpers.commands import REGARD, ROOT

from regard.competitions.kaggle import client

pytestmark = pytest.mark.slow  # a command with its workers

SECRET = "5ec2e7" * 6
NAMES = (
    *("KAGGLE_KEY", "KAGGLE_USERNAME", "KAGGLE_API_TOKEN", "WANDB_API_KEY", "HF_TOKEN"),
    *("MLFLOW_TRACKING_PASSWORD", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL"),
)
LINEAR = [word for word in SMALL if not word.startswith("model.")]
LINEAR += ["model=tfidf_linear", "compute.n_workers=2"]


@pytest.fixture
def environment(monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    return dict(os.environ)


def command_lines(group):
    """Return the command lines of the processes of a group."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(path.name)) == group:
                found.append((path / "cmdline").read_bytes())
        except OSError:  # it has ended
            continue
    return found


def content_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_training_keeps_secrets(environment, tmp_path):
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    before = content_of(tmp_path)
    seen = set()
    log = tmp_path / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*REGARD, "train", *LINEAR],
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=tmp_path,
            env=environment,
        ) as process,
    ):
        while process.poll() is None:
            seen.update(command_lines(process.pid))
    assert process.returncode == 0, log.read_text()
    assert len(seen) >= 2  # the driver, and workers
    assert not [line for line in seen if SECRET.encode() in line]
    made = {path: content for path, content in content_of(tmp_path).items() if path not in before}
    assert len(made) > 20
    assert not [path for path, content in made.items() if SECRET.encode() in content]


def test_client_of_kaggle_gets_secrets_by_its_environment_alone(environment, monkeypatch):
    calls = []

    def run(command, **options):
        calls.append(json.dumps(command))
        return subprocess.CompletedProcess(command, 1, f"refused {SECRET}", f"key {SECRET}\nbad")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    succeeded, output = client.try_client("competitions", "list")
    assert not succeeded
    assert calls
    assert SECRET not in calls[0]
    error = client.client_error(output.replace("\nbad", ""), "slug")
    assert SECRET not in str(error)


def test_password_in_a_setting_is_refused(regard):
    uri = f"tracking.uri=http://me:{SECRET}@localhost"
    status, out, err = regard("leaderboard", "tracking=mlflow", uri)
    assert status == 1
    assert "tracking.uri holds a password" in err
    assert SECRET not in out + err
