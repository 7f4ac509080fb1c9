import logging

import pytest

from regard.parallel import progress as module
from regard.parallel.display import Display, shown
from regard.parallel.progress import JobsProgress
from regard.parallel.usage import Usage

RECORD = {"epoch": 1.0, "score": 0.5, "loss": 1.0}


@pytest.fixture
def step():
    """Return the step that the jobs belong to."""
    with shown(Display()) as display, display.step("train") as running:
        yield running


def test_a_finished_fold_is_one_line(caplog, capsys):
    with (
        caplog.at_level(logging.INFO),
        JobsProgress("accuracy", greater_is_better=True) as progress,
    ):
        progress("fold 0", {"epoch": 1, "batch": 1, "batches": 2})
        progress("fold 0", RECORD)
        progress("fold 0", {"finished": RECORD})
    assert caplog.messages == ["fold 0: accuracy 0.5000 at epoch 1"]
    assert capsys.readouterr() == ("", "")


def test_a_note_of_several_folds_is_said_once(caplog):
    with (
        caplog.at_level(logging.INFO),
        JobsProgress("accuracy", greater_is_better=True) as progress,
    ):
        for fold in range(3):
            progress(f"fold {fold}", {"epochs": 3, "note": "few rows" if fold else ""})
    assert caplog.messages == ["train: few rows"]


def test_folds_have_lines_from_the_start_and_until_the_end(step):
    names = ["fold 0", "fold 1", "fold 2"]
    with JobsProgress("log_loss", greater_is_better=False, names=names, n_slots=2) as progress:
        assert [(line.name, line.text) for line in step.lines] == [
            (name, "waiting") for name in names
        ]
        progress("fold 0", {"started": True})
        progress("fold 1", {"started": True})
        progress("fold 1", {"epochs": 3, "note": ""})
        progress("fold 1", {**RECORD, "score": 0.4})
        progress("fold 1", {**RECORD, "epoch": 2.0})
        assert [line.text for line in step.lines] == [
            "starting",
            "epoch 2 of 3  0.5000 (best 0.4000)",
            "waiting",
        ]
        assert step.share == pytest.approx(2 / 9)
    assert step.text == "log_loss"
    assert step.lines == []


def test_a_score_at_tuned_thresholds_chooses_the_epoch_and_the_honest_one_is_shown(step, caplog):
    with (
        caplog.at_level(logging.INFO),
        JobsProgress("f1", greater_is_better=True) as progress,
    ):
        first = {"epoch": 1.0, "score": 0.52, "honest_score": 0.44}
        progress("fold 0", {"epochs": 2, "note": ""})
        progress("fold 0", first)
        progress("fold 0", {"epoch": 2.0, "score": 0.51, "honest_score": 0.46})
        assert step.lines[0].text == "epoch 2 of 2  0.4600 (best 0.4400)"
        progress("fold 0", {"finished": first})
    assert caplog.messages == ["fold 0: f1 0.4400 at epoch 1"]


def test_the_forecast_is_logged_once_after_the_first_batches(step, caplog):
    names = [f"fold {fold}" for fold in range(5)]
    with (
        caplog.at_level(logging.INFO),
        JobsProgress("f1", greater_is_better=True, names=names, n_slots=2) as progress,
    ):
        for name in names[:2]:
            progress(name, {"started": True})
            progress(name, {"epochs": 13, "note": ""})
        for batch in range(1, 20):
            for name in names[:2]:
                event = {
                    "epoch": 1,
                    "batch": batch,
                    "batches": 20,
                    "seconds": 1 if batch > 3 else 9,
                }
                progress(name, event)
    # 13 epochs of 20 batches and a tenth more; three rounds for five folds, two at a time.
    assert caplog.messages == [
        "train: about 14 minutes for 5 folds of at most 13 epochs (2 at a time)"
    ]


def test_a_forecast_of_a_few_seconds_is_not_logged(caplog):
    with (
        caplog.at_level(logging.INFO),
        JobsProgress("f1", greater_is_better=True, names=["fold 0"]) as progress,
    ):
        progress("fold 0", {"epochs": 2, "note": ""})
        for batch in range(1, 20):
            event = {"epoch": 1, "batch": batch, "batches": 20, "seconds": 0.01}
            progress("fold 0", event)
    assert caplog.messages == []


def test_a_job_without_epochs_is_done_when_its_worker_is(step, monkeypatch, caplog):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    names = ["fold 0", "fold 1"]
    with (
        caplog.at_level(logging.INFO),
        JobsProgress("f1", greater_is_better=True, names=names) as progress,
    ):
        progress("fold 0", {"started": True})
        now[0] = 60.0
        progress("fold 0", {"usage": Usage(1, 60.0, 200.0)})
        assert step.lines[0].text == "done"
        assert step.seconds_left(60.0) == 60
    assert caplog.messages == ["train: about 2 minutes for 2 folds (1 at a time)"]
    assert progress.usages == [Usage(1, 60.0, 200.0)]
