import pytest
from helpers.tracking import subject

from regard.runs.tracking.mlflow_runs import MlflowTracker

pytestmark = pytest.mark.slow  # makes a database, which takes seconds


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


def client_of(home):
    from mlflow import MlflowClient

    return MlflowClient(f"sqlite:///{home / 'mlflow' / 'mlflow.db'}")


def found_run(home):
    client = client_of(home)
    experiment = client.get_experiment_by_name("tiny")
    (run,) = client.search_runs([experiment.experiment_id])
    return client, run


def steps(client, run, name):
    return [metric.step for metric in client.get_metric_history(run.info.run_id, name)]


def test_run_is_written_live_continued_and_read_back(home, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    settings = {"seed": 1, "model.pooling": ["max"], "members.a+b.C": [1.0], "long": "x" * 9000}
    tracker = MlflowTracker(subject(home, settings=settings))
    assert tracker.start() == {0: 0, 1: 0}
    tracker.log_epoch(0, 1, {"loss": 0.5, "score": 0.25})
    client, run = found_run(home)
    assert run.info.status == "RUNNING"  # the tracker is still open
    assert run.info.run_name == "lstm-0123"
    assert run.data.metrics == {"fold_0/loss": 0.5, "fold_0/score": 0.25}
    assert run.data.params["seed"] == "1"
    assert run.data.params["model.pooling"] == '["max"]'
    assert run.data.params["members.a_b.C"] == "[1.0]"
    assert len(run.data.params["long"]) == 6000
    tracker.close(is_finished=False)
    assert found_run(home)[1].info.status == "KILLED"

    again = MlflowTracker(subject(home, settings={**settings, "data_dir": "moved", "seed": 2}))
    assert again.start() == {0: 1, 1: 0}
    again.log_epoch(0, 2, {"loss": 0.25, "score": 0.5})
    again.log_epoch(1, 1, {"loss": float("nan"), "score": 0.5})
    again.log_result({"oof_score": 0.5}, home / "run")
    again.close(is_finished=True)
    client, run = found_run(home)
    assert run.info.status == "FINISHED"
    assert run.data.params["seed"] == "1"
    assert run.data.metrics["oof_score"] == 0.5
    assert run.data.tags["regard.folder"] == str(home / "run")
    assert steps(client, run, "fold_0/loss") == [1, 2]
    assert steps(client, run, "fold_1/score") == [1]


def test_store_that_is_not_there_is_an_error_of_the_tracker(home):
    from mlflow.exceptions import MlflowException

    tracker = MlflowTracker(subject(home, uri="nonsense://host"))
    with pytest.raises(MlflowException):
        tracker.start()
    tracker.close(is_finished=False)
