import os

from regard.runs.sweeps import SweptRun, note_run, read_notes, sweep_notes, swept_settings


def test_runs_are_noted_in_the_order_they_finish(tmp_path):
    with sweep_notes() as notes:
        note_run(tmp_path / "b", ["seed=2"])
        note_run(tmp_path / "a", ["seed=1"])
        assert read_notes(notes) == [
            SweptRun(tmp_path / "b", ("seed=2",)),
            SweptRun(tmp_path / "a", ("seed=1",)),
        ]


def test_notes_end_with_the_command(tmp_path):
    before = dict(os.environ)
    with sweep_notes() as outer:
        with sweep_notes() as inner:
            note_run(tmp_path / "a", [])
        assert read_notes(outer) == []
    assert not outer.exists()
    assert not inner.exists()
    assert dict(os.environ) == before


def test_run_outside_a_sweep_is_not_noted(tmp_path):
    note_run(tmp_path / "a", ["seed=1"])


def test_settings_that_all_runs_share_are_left_out(tmp_path):
    runs = [SweptRun(tmp_path / name, (f"seed={name}", "x=3")) for name in "12"]
    assert swept_settings(runs) == {"1": "seed=1", "2": "seed=2"}
    assert swept_settings(runs[:1]) == {"1": "seed=1 x=3"}
