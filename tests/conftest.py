"""Fixtures that tests share, and the files that are left out with the slow tests."""

import dataclasses
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables
from helpers.commands import run_here
from helpers.jobs import run_jobs_here
from helpers.learners import FakeLearner

from regard.config import Config
from regard.pipeline.learners import LEARNERS

# The models that have none of the settings of networks of word vectors.
OWN_SETTINGS = ("nb_svm", "tfidf_linear", "encoder_linear", "encoder_finetuned")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Skip files that hold slow tests only, where slow tests are left out.

    Nearly all of them import Keras, which takes seconds.
    """
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return "\npytestmark = pytest.mark.slow" in collection_path.read_text(encoding="utf-8") or None


@pytest.fixture(autouse=True)
def _absl_logs_to_the_real_stderr() -> None:
    """Give absl, which TensorFlow logs by, a stream that it never closes.

    Hydra sets up logging anew, and so closes all handlers. Absl's closes its stream with it: that
    which pytest captured in the test that imported TensorFlow, and needs again.
    """
    if "absl.logging" in sys.modules:
        sys.modules["absl.logging"].get_absl_handler().python_handler.setStream(sys.__stderr__)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip fsync, which takes some 10 ms a file; tests of faults in it set their own."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(autouse=True)
def _sections_of_reports_must_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise an error in a section of a report, which otherwise costs that section alone."""
    monkeypatch.setattr("regard.report.page.STRICT", True)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the jobs of workers in the process of the test, see `run_jobs_here`."""
    run_jobs_here(monkeypatch)


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Config]:
    """Write the tiny competition and return a function from overrides to settings."""
    write_tables(tmp_path / "data" / "tiny", tiny_tables())

    def settings(*overrides: str) -> Config:
        own = {f"model={name}" for name in OWN_SETTINGS} & {*overrides}
        small = [word for word in SMALL if not (own and word.startswith("model."))]
        # Folders are set afterwards: other tests compose the same settings, which takes a while.
        folders = {"data_dir": str(tmp_path / "data"), "output_dir": str(tmp_path / "outputs")}
        words = [word for word in overrides if word.partition("=")[0] not in folders]
        places = dict(word.split("=", 1) for word in overrides if word not in words)
        return dataclasses.replace(compose_config(*small, *words), **{**folders, **places})

    return settings


@pytest.fixture
def quick(
    tiny: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, in_this_process: None
) -> Callable[..., Config]:
    """Return settings of the tiny competition, whose runs take no time."""
    monkeypatch.setitem(LEARNERS, "network", FakeLearner())
    return lambda *overrides: tiny("embeddings=word2vec", *overrides)


@pytest.fixture
def regard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[object, str, str]]:
    """A function that runs a command in an empty folder and returns its exit status and output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")  # `main` sets both, and this takes them back
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    monkeypatch.setattr(sys, "argv", ["regard"])
    return lambda *words: (run_here(words), *capsys.readouterr())
