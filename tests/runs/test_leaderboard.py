import pandas as pd
import pytest

from regard.artefacts import hash_file, write_json
from regard.runs.leaderboard import (
    TEST_SCORE,
    leaderboard,
    noted_test_score,
    point_latest,
    telling,
    update_leaderboard,
)


@pytest.fixture
def add_run(tmp_path):
    """Return a function that writes the files of a run that the leaderboard reads."""

    def add(name, score, *, metric="accuracy", finished=True, overrides=()):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        scores = {
            "metric": metric,
            "greater_is_better": metric == "accuracy",
            "oof_score": score,
            "fold_scores": [score, score],
            "seconds_of_all_folds": 2.0,
        }
        write_json(folder / "metrics.json", scores)
        if finished:
            manifest = {"overrides": list(overrides), "finished": "2026-01-02T03:04:05+00:00"}
            write_json(folder / "manifest.json", manifest)
        return folder

    return add


def test_overrides_that_change_no_prediction_are_left_out():
    kept = ["competition.metric=f1", "seed=2", "reported=1", "compute.budget_minutes=5"]
    other = ["competition=toxic", "output_dir=/tmp", "tracking=mlflow", "+report.n_worst_rows=5"]
    assert telling([*other, *kept, "compute.n_workers=2"]) == kept


def test_best_run_comes_first(add_run, tmp_path):
    add_run("a", 0.8, overrides=["competition=toxic", "seed=1", "model=text_cnn"])
    add_run("b", 0.9)
    board = leaderboard(tmp_path / "runs")
    assert list(board) == [
        "rank",
        "run",
        "model",
        "differs_from_defaults",
        "metric",
        "oof_score",
        "std_of_folds",
        "fold_scores",
        "folds",
        "seconds_of_all_folds",
        "finished",
        "submission",
        "public_score",
        "test_score",
    ]
    assert board["rank"].tolist() == [1, 2]
    assert board["std_of_folds"].tolist() == [0.0, 0.0]
    assert board["run"].tolist() == ["b", "a"]
    assert board["differs_from_defaults"].tolist() == ["", "seed=1 model=text_cnn"]
    assert board["fold_scores"].tolist() == ["0.900000 0.900000", "0.800000 0.800000"]


def test_runs_are_grouped_by_metric(add_run, tmp_path):
    add_run("a", 0.05, metric="log_loss")
    add_run("b", 0.5)
    add_run("c", 0.04, metric="log_loss")
    board = leaderboard(tmp_path / "runs")
    assert board["run"].tolist() == ["b", "c", "a"]
    assert board["rank"].tolist() == [1, 1, 2]


def test_unfinished_runs_are_left_out(add_run, tmp_path):
    add_run("a", 0.8)
    add_run("b", 0.9, finished=False)
    add_run(".c.unfinished", 0.9)
    assert leaderboard(tmp_path / "runs")["run"].tolist() == ["a"]


def test_public_score_and_submission_are_shown(add_run, tmp_path):
    add_run("a", 0.8)
    folder = add_run("b", 0.9)
    (folder / "public_score.txt").write_text("0.939\n")
    (folder / "submission.csv").write_text("id\n")
    board = leaderboard(tmp_path / "runs")
    assert board["public_score"].tolist() == ["0.939", ""]
    assert board["submission"].tolist() == [str(folder / "submission.csv"), ""]


def test_test_score_is_that_of_the_present_submission(add_run, tmp_path):
    folder = add_run("a", 0.8)
    submission = folder / "submission.csv"
    submission.write_text("id\n")
    note = {"score": 0.81111111, "submission_hash": hash_file(submission)}
    write_json(folder / TEST_SCORE, note)
    assert noted_test_score(folder) == 0.811111
    assert leaderboard(tmp_path / "runs")["test_score"].tolist() == [0.811111]
    submission.write_text("id\nx\n")
    assert noted_test_score(folder) is None
    for content in ("{", "[]", "{}", '{"submission_hash": 3}'):
        (folder / TEST_SCORE).write_text(content)
        assert noted_test_score(folder) is None


def test_file_is_written_when_it_changes(add_run, tmp_path):
    add_run("a", 0.8)
    file = tmp_path / "leaderboard.csv"
    assert update_leaderboard(tmp_path)["run"].tolist() == ["a"]
    before = file.stat().st_mtime_ns
    update_leaderboard(tmp_path)
    assert file.stat().st_mtime_ns == before
    add_run("b", 0.9)
    update_leaderboard(tmp_path)
    assert pd.read_csv(file)["run"].tolist() == ["b", "a"]
    assert pd.read_csv(file)["test_score"].isna().all()


def test_undefined_score_comes_last(add_run, tmp_path):
    add_run("a", float("nan"))
    add_run("b", 0.5)
    assert leaderboard(tmp_path / "runs")["run"].tolist() == ["b", "a"]
    assert pd.isna(leaderboard(tmp_path / "runs")["oof_score"][1])


def test_latest_links_to_the_last_run(add_run, tmp_path):
    for name in ("first", "second"):
        point_latest(add_run(name, 0.5))
    latest = tmp_path / "latest"
    assert latest.resolve() == tmp_path / "runs" / "second"
    assert str(latest.readlink()) == "runs/second"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest", "runs"]


@pytest.mark.parametrize("content", ["{", "{}", "[]"])
def test_broken_run_is_left_out(content, add_run, tmp_path, caplog):
    (add_run("b", 0.9) / "metrics.json").write_text(content)
    assert leaderboard(tmp_path / "runs").empty
    add_run("a", 0.8)
    caplog.clear()
    assert leaderboard(tmp_path / "runs")["run"].tolist() == ["a"]
    assert len(caplog.messages) == 1
    assert "runs/b is left out, as it is broken or of another version" in caplog.messages[0]
    assert "\n" not in caplog.messages[0]
