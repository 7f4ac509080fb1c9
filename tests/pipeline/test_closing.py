from types import SimpleNamespace

import pytest
from helpers.cases import competition

from regard.artefacts import hash_file, write_json
from regard.pipeline import closing as module
from regard.pipeline.closing import closing_lines, next_command
from regard.runs.leaderboard import TEST_SCORE, leaderboard, point_latest


@pytest.fixture
def closing(tmp_path, monkeypatch):
    """A function that writes runs and returns the closing lines of the first one."""
    runs = tmp_path / "outputs" / "tiny" / "runs"
    monkeypatch.setattr(module, "page_options", lambda: {"competition": ["tiny"]})

    def write(
        *scores,
        latest="run-0",
        seconds=312.0,
        slug=None,
        kind="csv",
        test_score=None,
        is_ranked=True,
        **options,
    ):
        for number, score in enumerate(scores):
            folder = runs / f"run-{number}"
            written = {"metric": "accuracy", "greater_is_better": True, "oof_score": score}
            more = {"fold_scores": [score], "seconds_of_all_folds": seconds}
            write_json(folder / "metrics.json", {**written, **more})
            write_json(folder / "manifest.json", {"overrides": [], "finished": "2026"})
        if test_score is not None:
            submission = runs / "run-0" / "submission.csv"
            submission.write_text("id\n")
            note = {"score": test_score, "submission_hash": hash_file(submission)}
            write_json(runs / "run-0" / TEST_SCORE, note)
        point_latest(runs / latest)
        settings = competition(name="tiny", slug=slug, kind=kind, metric="accuracy")
        config = SimpleNamespace(competition=settings, data_dir="data")
        scores = {"seconds_of_all_folds": seconds}
        run = SimpleNamespace(folder=runs / "run-0", scores=scores, config=config)
        return closing_lines(run, leaderboard(runs) if is_ranked else None, **options)

    return write


@pytest.fixture(autouse=True)
def outside_a_clone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_time_and_rank_and_next_command_are_told(closing):
    assert closing(0.8, 0.9, 0.7) == [
        "5.2 minutes of training; 2nd of 3 runs by accuracy",
        'next: regard predict competition=tiny input="new.csv"',
    ]


def test_short_trainings_are_told_in_seconds(closing):
    assert closing(0.8, seconds=2.7)[0] == "3 seconds of training; 1st of 1 run by accuracy"
    assert closing(0.8, seconds=0.9)[0].startswith("1 second of training")


def test_run_outside_a_leaderboard_has_no_rank(closing):
    assert closing(0.8, is_ranked=False) == ["5.2 minutes of training"]


def test_next_command_names_a_run_that_is_not_the_latest(closing):
    assert closing(0.8, 0.9, latest="run-1")[-1] == (
        'next: regard predict competition=tiny run="run-0" input="new.csv"'
    )


def test_test_score_is_named_as_such(closing):
    assert closing(0.8, test_score=0.81111)[1] == (
        "test score by data/tiny/solution.csv, never used in training: accuracy 0.8111"
    )


def test_competition_on_kaggle_gets_an_upload(closing):
    assert closing(0.8, slug="tiny-slug")[-1] == (
        'next: regard upload competition=tiny message="describe the change"'
    )
    assert closing(0.8, slug="tiny-slug", kind="code")[-1] == "next: regard bundle competition=tiny"


def test_next_command_is_left_out_between_runs(closing):
    assert len(closing(0.8, with_next=False)) == 1


def test_next_command_may_name_a_run(tmp_path):
    assert next_command(competition(name="tiny"), tmp_path / "lstm-1") == (
        'regard predict competition=tiny run="lstm-1" input="new.csv"'
    )


def test_run_of_a_frame_is_named_by_its_folder(closing, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "page_options", lambda: {"competition": []})
    folder = tmp_path / "outputs" / "tiny" / "runs" / "run-0"
    assert closing(0.8)[-1] == f'next: regard predict run="{folder}" input="new.csv"'
