import logging

from regard.parallel.progress import JobsProgress

RECORD = {"epoch": 1.0, "score": 0.5, "loss": 1.0}


def test_outside_a_terminal_a_fold_is_one_line_when_it_is_done(caplog, capsys):
    with (
        caplog.at_level(logging.INFO),
        JobsProgress("accuracy", greater_is_better=True) as progress,
    ):
        progress("fold 0", {"epoch": 1, "batch": 1, "batches": 2})
        progress("fold 0", RECORD)
        progress("fold 0", {"finished": RECORD})
    assert [record.getMessage() for record in caplog.records] == [
        "fold 0: accuracy 0.5000 at epoch 1"
    ]
    assert capsys.readouterr().err == ""


def test_a_note_of_several_folds_is_said_once(caplog):
    with (
        caplog.at_level(logging.INFO),
        JobsProgress("accuracy", greater_is_better=True) as progress,
    ):
        for fold in range(3):
            progress(f"fold {fold}", {"epochs": 3, "note": "few rows" if fold else ""})
    assert caplog.messages == ["train: few rows"]


def test_in_a_terminal_a_fold_is_a_bar_with_its_last_and_best_score(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with JobsProgress("log_loss", greater_is_better=False) as progress:
        progress("fold 0", {"epochs": 3, "note": ""})
        progress("fold 0", {**RECORD, "score": 0.4})
        progress("fold 0", {**RECORD, "epoch": 2.0})
        progress("fold 1", {"epoch": 1, "batch": 1, "batches": 2})
    drawn = capsys.readouterr().err
    assert "log_loss 0.5000, best 0.4000" in drawn
    assert "fold 1" in drawn
