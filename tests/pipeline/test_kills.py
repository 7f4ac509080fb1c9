"""Processes that are killed in the middle of a run, with real processes.

`KILLS=20 pytest tests/pipeline/test_kills.py -k network` kills a network 20 times.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.cases import SMALL, tiny_tables, write_tables
from helpers.commands import REGARD, ROOT
from helpers.damage import files_in

pytestmark = pytest.mark.slow  # processes that import the whole package

TESTS = str(Path(__file__).resolve().parents[1])
LINEAR = [word for word in SMALL if not word.startswith("model.")]
LINEAR += ["model=tfidf_linear", "compute.n_workers=2"]
NETWORK = [*SMALL, "embeddings=word2vec", "training.epochs=2", "compute.n_workers=1"]
N_KILLS = int(os.environ.get("KILLS", "2"))
LONGEST = 5  # seconds that a command may take to end
DRIVER = """
import json, sys
sys.path.insert(0, {tests!r})
from helpers.cases import compose_config
from regard.pipeline import make
from regard.pipeline.finishing import finish_run

if __name__ == "__main__":
    run = make(compose_config(*json.loads(sys.argv[1])), "report")
    finish_run(run)
"""


class Driver:
    """A script that trains a run of the tiny competition by workers."""

    def __init__(self, folder, words=LINEAR):
        self.outputs = folder / "outputs"
        write_tables(folder / "data" / "tiny", tiny_tables())
        places = [f"data_dir={folder / 'data'}", f"output_dir={self.outputs}"]
        script = folder / "driver.py"
        script.write_text(DRIVER.format(tests=TESTS))
        self.command = [sys.executable, script, json.dumps([*words, *places])]

    def start(self):
        return subprocess.Popen(
            self.command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def finish(self):
        subprocess.run(self.command, check=True, capture_output=True)
        (run,) = self.outputs.glob("tiny/runs/[!.]*")
        results = {name: (run / name).read_bytes() for name in ("submission.csv", "oof.csv")}
        return results | {"files": files_in(self.outputs)}


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """Return the results of a run that nobody kills, and its seconds."""
    started = time.monotonic()
    results = Driver(tmp_path_factory.mktemp("untouched")).finish()
    return results, time.monotonic() - started


@pytest.mark.parametrize("number", range(2))
def test_run_goes_on_after_its_driver_is_killed(number, untouched, tmp_path):
    results, seconds = untouched
    driver = Driver(tmp_path)
    with driver.start() as process:
        # Before it has imported everything, there is nothing to kill.
        while not driver.outputs.exists() and process.poll() is None:
            time.sleep(0.02)
        time.sleep(random.Random(number).uniform(0, seconds / 3))
        process.kill()
    time.sleep(2)  # its workers end
    assert driver.finish() == results


def test_run_goes_on_after_its_driver_is_killed_in_its_folds(untouched, tmp_path):
    driver = Driver(tmp_path)
    with driver.start() as process:
        while not list(driver.outputs.glob("tiny/runs/.*.unfinished")):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    time.sleep(2)
    assert driver.finish() == untouched[0]


def test_network_goes_on_after_all_its_processes_are_killed(tmp_path):
    started = time.monotonic()
    results = Driver(tmp_path / "untouched", NETWORK).finish()
    seconds = time.monotonic() - started
    driver = Driver(tmp_path / "killed", NETWORK)
    moments = random.Random(0)
    for _ in range(N_KILLS):
        with driver.start() as process:
            time.sleep(moments.uniform(seconds / 4, seconds))
            os.killpg(process.pid, signal.SIGKILL)
    assert driver.finish() == results


@pytest.mark.parametrize("words", [LINEAR, NETWORK], ids=["linear", "network"])
def test_ctrl_c_ends_within_seconds_in_one_line(words, tmp_path):
    driver = Driver(tmp_path, words)
    command = [*REGARD, "train", *words, f"data_dir={tmp_path / 'data'}"]
    command += [f"output_dir={driver.outputs}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Shells start commands in the background with Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        cwd=tmp_path,
        env=environment,
    ) as process:
        while not list(driver.outputs.glob("tiny/runs/.*.unfinished")):
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(0 if words is LINEAR else 1)  # a linear run is over sooner
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: every process of the command
        started = time.monotonic()
        _, errors = process.communicate(timeout=60)
        assert time.monotonic() - started < 3 * LONGEST  # about a second where nothing else runs
    assert (process.returncode, errors) == (1, "stopped; run the same command again to continue\n")
