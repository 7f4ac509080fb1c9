import pytest

from regard.pipeline import make
from regard.pipeline.sweeps import log_sweep, sweep_lines
from regard.runs.sweeps import SweptRun, note_run, sweep_notes


@pytest.fixture
def sweep(quick):
    """Make a run and then two of a sweep; return these with their settings."""
    make(quick("seed=3"), "train")
    runs = [make(quick(f"seed={seed}"), "train") for seed in (1, 2)]
    words = [("competition=tiny", f"seed={seed}") for seed in (1, 2)]
    return [SweptRun(run.folder, settings) for run, settings in zip(runs, words, strict=True)]


def test_runs_of_a_sweep_are_ranked_with_their_settings(sweep):
    title, header, *rows, best, following = sweep_lines(sweep[0].folder.parents[1], sweep)
    assert title == "sweep: 2 runs of tiny"
    assert header.endswith("  swept settings")
    assert {row.split()[1]: row.split()[-1] for row in rows} == {
        run.folder.name: run.overrides[-1] for run in sweep
    }
    first = rows[0].split()[1]
    assert best.startswith(f"best of the sweep: {first}, ")
    assert best.endswith(" of 3 runs by accuracy")
    assert f'run="{first}"' in following.lower()
    assert following.startswith("next: ")


def test_run_of_several_jobs_is_listed_once(sweep, caplog):
    with sweep_notes() as notes, caplog.at_level("INFO"):
        for run in [*sweep, sweep[0]]:
            note_run(run.folder, run.overrides)
        log_sweep(notes)
    assert "sweep: 2 runs of tiny" in caplog.messages


def test_sweep_without_runs_logs_nothing(caplog, tmp_path):
    with sweep_notes() as notes, caplog.at_level("INFO"):
        log_sweep(notes)
    assert caplog.messages == []
    assert sweep_lines(tmp_path, [SweptRun(tmp_path / "runs" / "a", ())]) == []
