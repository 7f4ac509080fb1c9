"""The command train on the tiny competition with a real network, in processes of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.cases import SMALL, tiny_tables, write_tables

import regard
from regard.artefacts import read_array, read_json

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "train.py"


def command(folder: Path, *overrides: str) -> list[str]:
    folders = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
    return [sys.executable, str(SCRIPT), *SMALL, *folders, *overrides]


def train(folder: Path, *overrides: str, **environment: str) -> str:
    """Run the command and return what it logs."""
    done = subprocess.run(
        command(folder, *overrides),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_in(folder: Path) -> Path:
    (run,) = folder.glob("outputs/tiny/runs/[!.]*/")
    return run


def assert_same_files(run: Path, other: Path) -> None:
    for name in ("submission.csv", "oof.csv"):
        assert (run / name).read_bytes() == (other / name).read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Train the tiny competition, and keep the log."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tables(folder / "data" / "tiny", tiny_tables())
    (folder / "log").write_text(train(folder))
    return folder


@pytest.fixture
def again(folder, tmp_path) -> Path:
    """Return another folder with the same files."""
    shutil.copytree(folder / "data", tmp_path / "data")
    return tmp_path


def test_run_is_complete(folder):
    run = regard.load(folder / "outputs" / "tiny" / "latest")
    assert run.folder == run_in(folder)
    submission = pd.read_csv(run.folder / "submission.csv", dtype=str)
    sample = pd.read_csv(folder / "data" / "tiny" / "sample_submission.csv", dtype=str)
    assert list(submission) == list(sample)
    assert submission["id"].tolist() == sample["id"].tolist()
    assert set(submission["category"]) <= {"sea", "wood", "town"}
    assert run.scores["oof_score"] > 0.5
    np.testing.assert_allclose(run.outputs.sum(axis=1), 1, atol=1e-5)
    by_fold = read_array(run.folders["predict"] / "fold_outputs.npy")
    np.testing.assert_allclose(run.outputs, by_fold.mean(axis=0), atol=1e-6)


def test_fold_has_its_files(folder):
    names = {path.name for path in (run_in(folder) / "fold_0").iterdir()}
    model = {"weights.npz", "network.json"}
    assert names == {"manifest.json", "oof_outputs.npy", "history.json", *model}
    history = read_json(run_in(folder) / "fold_0" / "history.json")
    assert [epoch["epoch"] for epoch in history["epochs"]] == [1, 2, 3]
    assert 1 <= history["best_epoch"] <= 3
    assert history["n_trainable_parameters"] > 0


def test_report_has_curves_attention_and_coverage(folder):
    page = (run_in(folder) / "report.html").read_text()
    for title in ("Learning curves", "Words by weight", "coverage"):
        assert title in page


def test_log_ends_with_the_files(folder):
    score, *files, _, _ = (folder / "log").read_text().splitlines()[-6:]
    run = run_in(folder)
    assert score.startswith("oof accuracy: ")
    assert [line.split()[-1] for line in files] == [
        str(run / name) for name in ("submission.csv", "report.html", "metrics.json")
    ]


def start_until_first_epoch(folder: Path) -> subprocess.Popen:
    """Start the command, and return it when the first epoch of a fold is finished."""
    process = subprocess.Popen(command(folder), stdout=subprocess.DEVNULL, start_new_session=True)
    deadline = time.monotonic() + 240
    pattern = "outputs/tiny/runs/.*.unfinished/.fold_*.unfinished/state.npz"
    while not list(folder.glob(pattern)):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    return process


def test_same_command_gives_the_same_bytes_even_if_files_change_meanwhile(folder, again):
    process = start_until_first_epoch(again)
    data = again / "data" / "tiny"
    (data / "train.csv").unlink()
    write_tables(data, {"test": tiny_tables()["test"][::-1]})
    write_tables(data, {"sample_submission": tiny_tables()["sample_submission"][1:]})
    assert process.wait() == 0
    assert run_in(again).name == run_in(folder).name
    assert_same_files(run_in(again), run_in(folder))


def test_killed_training_continues_from_its_last_epoch(folder, again):
    process = start_until_first_epoch(again)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    name = run_in(folder).name
    runs = again / "outputs" / "tiny" / "runs"
    assert not (runs / name).exists()
    train(again)
    assert_same_files(run_in(again), run_in(folder))
    assert not (runs / f".{name}.unfinished").exists()


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_train_and_predict(backend, again):
    pytest.importorskip(backend, reason=f"the backend {backend} is not installed")
    settings = [
        "training.epochs=2",
        "training.weight_decay=0.01",
        "training.weight_average=ema",
        "training.schedule=one_cycle",
        "training.focal_gamma=1",
    ]
    train(again, *settings, KERAS_BACKEND=backend)
    submission = pd.read_csv(run_in(again) / "submission.csv", dtype=str)
    assert len(submission) == 12
    assert set(submission["category"]) <= {"sea", "wood", "town"}


def test_importing_the_pipeline_imports_nothing_heavy():
    code = (
        "import sys, regard.pipeline; "
        "print({'keras', 'tensorflow', 'gensim', 'sklearn', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
