"""How many of our own calls lead from a script to the work."""

import logging
import runpy
import sys
from pathlib import Path

import pytest
from helpers.cases import SMALL, tiny_tables, write_tables

import regard
from regard.data import csv_records

ROOT = Path(__file__).resolve().parents[1]
OWN = (str(Path(regard.__file__).parent), str(ROOT / "scripts"))


class ReachedError(Exception):
    """The call that a test waits for."""


def own_calls() -> list[str]:
    """Return the functions of this project that are running, the script first."""
    frame = sys._getframe(1)
    found = []
    while frame:
        if frame.f_code.co_filename.startswith(OWN):
            found.append(f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}")
        frame = frame.f_back
    return found[::-1]


@pytest.fixture
def train(tmp_path, monkeypatch, in_this_process):
    """Return a function that runs scripts/train.py on the tiny competition until it is stopped."""
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")  # the command sets it, and this takes it back
    folders = [f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}"]
    monkeypatch.setattr(sys, "argv", ["train.py", *SMALL, *folders, "embeddings=word2vec"])
    root = logging.getLogger()
    handlers = list(root.handlers)
    level = root.level

    def run():
        with pytest.raises(ReachedError):
            runpy.run_path(str(ROOT / "scripts" / "train.py"), run_name="__main__")

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.slow
def test_script_reaches_the_first_csv_line(train, monkeypatch):
    calls = []

    def reader(*arguments, **options):
        calls.extend(own_calls())
        raise ReachedError

    monkeypatch.setattr(csv_records.csv, "reader", reader)
    train()
    assert calls == [
        "train.<module>",
        "cli.main",
        "cli.job",
        "members.train",
        "runner.make",
        "tables.make_tables",
        "tables.read_train",
        "whole_files.read_whole",
        "row_files.__init__",
        "csv_rows.__init__",
        "csv_records.reader",
    ]


@pytest.mark.slow
def test_script_reaches_the_first_lstm(train, monkeypatch):
    import keras

    calls = []

    def noted(self, *arguments, **options):
        calls.extend(own_calls())
        raise ReachedError

    monkeypatch.setattr(keras.layers.LSTM, "__init__", noted)
    train()
    assert calls[:7] == [
        "train.<module>",
        "cli.main",
        "cli.job",
        "members.train",
        "runner.make",
        "train.make_models",
        "local.run",
    ]
    assert calls[7] == "learner.train_fold"
    assert len(calls) <= 14, calls
