"""A whole linear run on a disk that fails: the same command then ends with the same bytes.

`REGARD_EVERY_FAULT=1` fails every operation instead of some.
"""

import os
import random

import pytest
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables
from helpers.damage import files_in
from helpers.faults import FAULTS, LASTING, Disk, Killed, failing
from helpers.jobs import run_jobs_here

from regard.errors import is_mistake, mistake_line
from regard.pipeline import make
from regard.pipeline.finishing import finish_run
from regard.pipeline.verifying import verify

pytestmark = pytest.mark.slow  # a run for each operation

WORDS = [word for word in SMALL if not word.startswith("model.")]
RESULTS = ("submission.csv", "oof.csv")
LINEAR = ["model=tfidf_linear", "model.characters=false", "model.C=[1]"]
N_SAMPLED = {"full": 12, "cut": 6, "broken": 12, "read_only": 6, "denied": 3}
N_SAMPLED |= {"killed": 12, "power_cut": 12}


def train(folder):
    """Make a run as `train` does, in this process."""
    places = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
    run = make(compose_config(*WORDS, *LINEAR, *places), "report")
    finish_run(run)
    return run


def written(folder):
    """Return the results that have their names, whole or not."""
    runs = folder.glob("outputs/tiny/runs/[!.]*/*.csv")
    return {path.name: path.read_bytes() for path in runs if path.name in RESULTS}


def results_of(run):
    return {name: (run.folder / name).read_bytes() for name in RESULTS} | {
        "files": [str(path) for path in files_in(run.competition_folder)]
    }


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """Return the results of a run without faults, and its number of operations."""
    folder = tmp_path_factory.mktemp("untouched")
    write_tables(folder / "data" / "tiny", tiny_tables())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        run_jobs_here(patch)
        disk = Disk(folder / "outputs")
        with failing(disk, patch):
            run = train(folder)
    return results_of(run), disk.operations


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("fault", FAULTS)
def test_same_bytes_after_a_fault(fault, untouched, tmp_path, monkeypatch):
    results, operations = untouched
    chosen = range(len(operations))
    if fault == "cut":
        chosen = [number for number in chosen if operations[number].startswith("write ")]
    if not os.environ.get("REGARD_EVERY_FAULT"):
        chosen = random.Random(fault).sample(chosen, N_SAMPLED[fault])
    for number in chosen:
        folder = tmp_path / str(number)
        write_tables(folder / "data" / "tiny", tiny_tables())
        disk = Disk(folder / "outputs", number, fault)
        error = None
        with failing(disk, monkeypatch):
            try:
                train(folder)
            except (OSError, Killed) as raised:
                error = raised
        shown = f"{number} {operations[number]}"
        if fault == "power_cut":
            disk.cut_power()
        elif error is not None and fault not in ("killed", "broken"):
            assert is_mistake(error), shown
            assert len(mistake_line(error).splitlines()) == 1, shown
        assert written(folder).items() <= results.items(), shown
        if fault in LASTING:  # temporary files stay, and are those of a process that has ended
            with monkeypatch.context() as patch:
                patch.setattr("regard.artefacts.leftovers.is_abandoned", is_temporary)
                run = train(folder)
        else:
            run = train(folder)
        assert results_of(run) == results, shown
        verify(run.config)


def is_temporary(path):
    return ".tmp-" in path.name
