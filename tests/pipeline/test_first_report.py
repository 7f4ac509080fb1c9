import pytest
from helpers.learners import FakeLearner, calling

from regard.pipeline import first_report as module
from regard.pipeline import make, train
from regard.pipeline.learners import LEARNERS

pytestmark = pytest.mark.slow  # whole runs, which together take seconds


@pytest.fixture
def quick(quick, monkeypatch):
    monkeypatch.setattr(module, "_MIN_SECONDS", 0.0)
    return lambda *overrides: quick("folds.n_folds=3", *overrides)


@pytest.fixture
def seen(quick, monkeypatch):
    """Return the reports that are there when a fold begins, once their thread is done."""
    pages = []

    def look():
        folder = make(quick(), "folds").folder
        for thread in module.threading.enumerate():
            if thread.name == module.THREAD:
                thread.join()
        path = folder / "report.html"
        pages.append(path.read_text() if path.exists() else None)

    monkeypatch.setitem(LEARNERS, "network", calling(FakeLearner(), look))
    return pages


def test_a_report_of_the_first_fold_is_there_while_the_others_are_trained(quick, seen, caplog):
    with caplog.at_level("INFO"):
        run = train(quick())
    before, second, third = seen
    assert before is None
    assert second == third
    assert "A first look, at fold 0 alone" in second
    assert "1 of 3" in second
    logged = [line for line in caplog.messages if line.startswith("first report")]
    assert logged == [f"first report, of fold 0: {run.folder / 'report.html'}"]


def test_the_report_of_the_whole_run_replaces_it(quick, seen):
    run = train(quick())
    assert "A first look" not in (run.folder / "report.html").read_text()


def test_short_folds_have_none(quick, seen, monkeypatch):
    monkeypatch.setattr(module, "_MIN_SECONDS", 15.0)
    train(quick())
    assert seen == [None] * 3


def test_a_failure_to_draw_it_is_a_warning(quick, seen, monkeypatch, caplog):
    def fail(*arguments):
        raise ValueError("no ink")

    monkeypatch.setattr(module, "render_report", fail)
    run = train(quick())
    assert seen == [None] * 3
    assert "no report of the first fold (ValueError: no ink)" in caplog.text
    assert (run.folder / "report.html").exists()


def test_it_is_removed_if_the_training_fails(quick, monkeypatch):
    calls = []

    def interrupt():
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setitem(LEARNERS, "network", calling(FakeLearner(), interrupt))
    with pytest.raises(KeyboardInterrupt):
        train(quick())
    assert not make(quick(), "folds").folder.exists()
