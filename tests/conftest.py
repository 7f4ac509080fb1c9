"""Fixtures that tests share, and which files are left out with the slow tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables

from regard import artefacts
from regard.artefacts import read_array
from regard.config import (
    Config,
)
from regard.parallel import workers
from regard.pipeline import running


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where slow tests are left out, files that say at their top that they hold no others are not
    read.

    Nearly all of them import Keras, which takes seconds.
    """
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return "\npytestmark = pytest.mark.slow" in collection_path.read_text(encoding="utf-8") or None


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run jobs here, one after another: most of the time of a tiny run is that of importing Keras in its processes."""

    def run_jobs(jobs: list[workers.Job], *_: Any, **__: Any) -> list[Any]:
        return [job.function(*job.arguments, progress=lambda event: None) for job in jobs]

    monkeypatch.setattr(workers, "run_jobs", run_jobs)
    monkeypatch.setattr(workers, "warm_up", lambda *arguments: None)


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Config]:
    """Write the tiny competition and return a function from overrides to settings."""
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    folders = [f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}"]
    return lambda *overrides: compose_config(*SMALL, *folders, *overrides)


def _train_one_fold(
    config: Config, plan: Any, task: Any, truth: Any, fold: int, *, progress: Any
) -> None:
    """What training leaves, without training: the truth, and noise by the seed."""
    random = np.random.default_rng([config.seed, fold])
    labels = truth.labels[read_array(plan.folds / "folds.npy") == fold]
    outputs = np.eye(task.n_outputs)[labels] + random.random((len(labels), task.n_outputs)) * 1.5
    with artefacts.new_folder(plan.unfinished_run / f"fold_{fold}") as place:
        np.save(
            place / "oof_outputs.npy",
            (outputs / outputs.sum(axis=1, keepdims=True)).astype(np.float32),
        )
        epochs = [{"epoch": 1.0, "loss": 1.0, "valid_loss": 1.0, "score": 0.5, "seconds": 1.0}]
        artefacts.write_json(
            place / "history.json", {"best_epoch": 1, "n_trainable_parameters": 3, "epochs": epochs}
        )


def _predict_folds(
    config: Config, plan: Any, task: Any, folds: Any, rows: Any, *, progress: Any
) -> list[Any]:
    random = np.random.default_rng(config.seed)
    return [(random.dirichlet(np.ones(task.n_outputs), 12).astype(np.float32), None) for _ in folds]


@pytest.fixture
def quick(
    tiny: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, in_this_process: None
) -> Callable[..., Config]:
    """Settings of the tiny competition, whose runs take no time."""
    monkeypatch.setattr(running, "_train_one_fold", _train_one_fold)
    monkeypatch.setattr(running, "_predict_folds", _predict_folds)
    return lambda *overrides: tiny("embeddings=word2vec", *overrides)
