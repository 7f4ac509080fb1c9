import pandas as pd
import pytest

from regard.artefacts import write_json
from regard.runs.leaderboard import leaderboard, point_latest


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


def test_best_run_comes_first(add_run, tmp_path):
    add_run("a", 0.8, overrides=["competition=toxic", "seed=1", "model=text_cnn"])
    add_run("b", 0.9)
    board = leaderboard(tmp_path / "runs")
    assert list(board) == [
        "run",
        "differs_from_defaults",
        "metric",
        "oof_score",
        "fold_scores",
        "seconds_of_all_folds",
        "finished",
        "submission",
        "public_score",
    ]
    assert board["run"].tolist() == ["b", "a"]
    assert board["differs_from_defaults"].tolist() == ["", "seed=1 model=text_cnn"]
    assert board["fold_scores"].tolist() == ["0.900000 0.900000", "0.800000 0.800000"]


def test_runs_are_grouped_by_metric(add_run, tmp_path):
    add_run("a", 0.05, metric="log_loss")
    add_run("b", 0.5)
    add_run("c", 0.04, metric="log_loss")
    assert leaderboard(tmp_path / "runs")["run"].tolist() == ["b", "c", "a"]


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
