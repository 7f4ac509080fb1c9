import json
import threading

import pytest
from helpers.cases import compose_config
from helpers.learners import CrashingLearner, FakeLearner, RefusingLearner
from helpers.tracking import Notes, noting, wait_until

from regard.errors import ConfigError
from regard.pipeline import make, open_run, train
from regard.pipeline.learners import LEARNERS
from regard.pipeline.tracking import without_secrets
from regard.runs.tracking import TRACKERS

TRACKED = "tracking.tracker=tensorboard"


class ReportingLearner(FakeLearner):
    """Report three epochs, as a network does, and wait for them to be written."""

    def __init__(self, notes=None):
        self._notes = notes

    def train_fold(self, run, fold, *, progress):
        for epoch in (1, 2, 3):
            progress({"epoch": epoch, "batch": 1, "batches": 1})
            progress(record(epoch))
            if self._notes is not None:
                self._notes.wait_for("epoch", fold, epoch)
        super().train_fold(run, fold, progress=progress)


def record(epoch):
    return {"epoch": float(epoch), "loss": 1.0 / epoch, "valid_loss": 2.0, "score": 0.5}


@pytest.fixture
def notes(monkeypatch):
    notes = Notes()
    monkeypatch.setitem(TRACKERS, "tensorboard", noting(notes))
    return notes


def test_epochs_are_written_while_folds_are_trained(quick, notes, monkeypatch):
    # The learner waits for each epoch, so all of them are written before its fold is done.
    monkeypatch.setitem(LEARNERS, "network", ReportingLearner(notes))
    run = make(quick(TRACKED), "train")
    kinds = [call[0] for call in notes.calls]
    assert kinds == ["start", *["epoch"] * 6, "result", "close"]
    assert notes.of("epoch")[:3] == [
        (0, epoch, {"loss": 1.0 / epoch, "valid_loss": 2.0, "score": 0.5}) for epoch in (1, 2, 3)
    ]
    ((scores, folder),) = notes.of("result")
    assert scores["oof_score"] == run.scores["oof_score"]
    assert folder == run.folder
    assert notes.of("close") == [(True,)]
    assert not any(thread.name == "tracking" for thread in threading.enumerate())


def test_events_of_the_first_fold_are_there_before_the_last_is_trained(quick, monkeypatch):
    found = []

    class Looking(ReportingLearner):
        def train_fold(self, run, fold, *, progress):
            home = run.competition_folder / "tensorboard" / run.name
            if fold == 1:
                wait_until(lambda: any(home.glob("fold_0/events.out.tfevents.*")))
                found.extend(home.glob("fold_0/*"))
            super().train_fold(run, fold, progress=progress)

    monkeypatch.setitem(LEARNERS, "network", Looking())
    run = make(quick(TRACKED), "train")
    assert len(found) == 1
    folder = run.competition_folder / "tensorboard" / run.name
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["fold_0", "fold_1"]


def test_settings_are_written_without_those_of_tracking(quick, notes):
    make(quick(TRACKED, "seed=7"), "train")
    ((subject,),) = notes.of("start")
    assert subject.settings["seed"] == 7
    assert subject.settings["model.rnn.units"] == 8
    assert not [name for name in subject.settings if name.startswith("tracking")]
    assert (subject.competition, subject.project, subject.folds) == ("tiny", "tiny", [0, 1])
    assert "tracking" not in json.dumps(dict(subject.settings))


def test_tracking_is_no_part_of_a_run(quick, notes):
    tracked = make(quick(TRACKED), "report")
    plain = make(quick(), "report")
    assert tracked.folder == plain.folder
    assert tracked.fingerprints == plain.fingerprints


def test_resumed_run_writes_the_folds_that_are_there_and_the_rest(quick, notes, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", CrashingLearner(1))
    with pytest.raises(KeyboardInterrupt):
        make(quick(TRACKED), "train")
    assert notes.of("close") == [(False,)]
    notes.calls.clear()
    notes.known = {0: 1}  # the epoch of fold 0 that FakeLearner leaves
    monkeypatch.setitem(LEARNERS, "network", FakeLearner())
    make(quick(TRACKED), "train")
    assert [call[:2] for call in notes.of("epoch")] == [(1, 1)]


def test_finished_run_is_written_later(quick, notes, monkeypatch):
    run = make(quick(), "report")
    assert notes.calls == []
    monkeypatch.setitem(LEARNERS, "network", RefusingLearner())
    assert make(quick(TRACKED), "report").folder == run.folder
    assert [call[:2] for call in notes.of("epoch")] == [(0, 1), (1, 1)]
    assert notes.of("close") == [(True,)]


def test_commands_on_a_finished_run_take_the_setting_and_track_nothing(quick, notes):
    run = make(quick(), "report")
    config = quick(TRACKED)
    config.overrides = [TRACKED]
    assert open_run(config).folder == run.folder
    assert notes.calls == []


@pytest.mark.slow  # several runs
def test_each_seed_and_their_mean_are_runs_of_their_names(quick, notes):
    mean = train(quick(TRACKED, "seeds=[1,2]"))
    names = [subject.name for (subject,) in notes.of("start")]
    assert names == [*mean.members, mean.name] or names == [*mean.members[::-1], mean.name]
    assert [call[0]["oof_score"] for call in notes.of("result")][-1] == mean.scores["oof_score"]


def failing(where):
    class Failing(noting(Notes())):
        def fail(self, *arguments, **options):
            raise ConnectionError("https://me:secret-word@host is away")

    setattr(Failing, where, Failing.fail)
    return Failing


@pytest.mark.parametrize("where", ["start", "log_epoch", "log_result", "close"])
def test_tracker_that_fails_warns_once_and_the_run_is_complete(where, quick, monkeypatch, caplog):
    monkeypatch.setitem(TRACKERS, "tensorboard", failing(where))
    run = make(quick(TRACKED), "report")
    warnings = [line for line in caplog.messages if line.startswith("tracking: ")]
    assert warnings == [
        "tracking: tensorboard fails (ConnectionError: https://***@host is away); nothing more is "
        "written to it, and the run goes on"
    ]
    assert (run.folder / "report.html").is_file()


def test_tracker_that_hangs_does_not_keep_a_run_waiting(quick, notes, monkeypatch, caplog):
    monkeypatch.setattr("regard.pipeline.tracking._MAX_WAIT", 0.05)
    released = threading.Event()
    monkeypatch.setattr(TRACKERS["tensorboard"], "log_result", lambda *_: released.wait(10))
    make(quick(TRACKED), "train")
    assert "has not taken all values within 0 seconds" in caplog.text
    released.set()


def test_missing_package_is_named_before_anything_is_trained(quick, monkeypatch, tmp_path):
    monkeypatch.setattr(TRACKERS["tensorboard"], "modules", ("no_such_package",))
    with pytest.raises(ConfigError, match=r'needs the package no_such_package.*"regard\[tensorb'):
        make(quick(TRACKED), "train")
    assert not (tmp_path / "outputs" / "tiny" / "tables").exists()


def test_wandb_needs_a_key_or_the_offline_mode(quick, monkeypatch, tmp_path):
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    netrc = tmp_path / "netrc"
    monkeypatch.setenv("NETRC", str(netrc))
    with pytest.raises(ConfigError, match=r"key for api.wandb.ai: run wandb login, or set"):
        make(quick("tracking.tracker=wandb"), "prepare")
    tracker = TRACKERS["wandb"]
    netrc.write_text("machine api.wandb.ai login user password 0123456789\n")
    tracker.check_ready()
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example")
    with pytest.raises(ConfigError, match=r"key for wandb\.example"):
        tracker.check_ready()
    monkeypatch.setenv("WANDB_MODE", "offline")
    tracker.check_ready()


def test_secrets_are_left_out_of_messages(monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "0123456789abcdef")
    assert without_secrets("bad key 0123456789abcdef") == "bad key ***"
    assert without_secrets("https://me:pw@host/x") == "https://***@host/x"
    assert without_secrets("sqlite:////tmp/a.db") == "sqlite:////tmp/a.db"


def test_pages_choose_the_tracker():
    assert compose_config("tracking=mlflow").tracking.tracker == "mlflow"
    assert compose_config().tracking.tracker == "none"
