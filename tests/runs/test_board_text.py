import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.runs import board_text
from regard.runs.board_text import board_lines, ordinal, rank_in_words, shortened


def board(*rows, **columns):
    """Rows of a leaderboard: name, metric and score of each run."""
    frame = pd.DataFrame(rows, columns=["run", "metric", "oof_score"])
    frame["rank"] = frame.groupby("metric").cumcount() + 1
    usual = {
        "differs_from_defaults": "",
        "std_of_folds": 0.0041,
        "folds": "",
        "seconds_of_all_folds": 312.0,
        "public_score": "",
        "test_score": None,
    }
    return frame.assign(**{**usual, **columns})


RUNS = (("lstm_attention-3f2a5b", "accuracy", 0.9753), ("cnn-99aabb", "accuracy", 0.9511))


def test_runs_are_lines_below_a_header():
    settings = ["", "model=text_cnn"]
    assert board_lines(board(*RUNS, differs_from_defaults=settings)) == [
        "rank  run                    accuracy  spread  minutes  differs from defaults",
        "   1  lstm_attention-3f2a5b    0.9753  0.0041      5.2",
        "   2  cnn-99aabb               0.9511  0.0041      5.2  model=text_cnn",
    ]


def test_scores_are_shown_where_they_are_known():
    lines = board_lines(board(*RUNS, public_score=["0.97", ""], test_score=[None, 0.811111]))
    assert lines == [
        "rank  run                    accuracy  spread  minutes  public    test",
        "   1  lstm_attention-3f2a5b    0.9753  0.0041      5.2    0.97",
        "   2  cnn-99aabb               0.9511  0.0041      5.2          0.8111",
    ]


def test_folds_are_shown_where_not_all_are_trained():
    lines = board_lines(board(*RUNS, folds=["", "1 of 5"]))
    assert lines == [
        "rank  run                    accuracy  spread   folds  minutes",
        "   1  lstm_attention-3f2a5b    0.9753  0.0041              5.2",
        "   2  cnn-99aabb               0.9511  0.0041  1 of 5      5.2",
    ]


def test_each_metric_has_a_header():
    lines = board_lines(board(*RUNS, ("cnn-1234", "log_loss", 0.2)))
    assert [line.split()[:3] for line in lines] == [
        ["rank", "run", "accuracy"],
        ["1", "lstm_attention-3f2a5b", "0.9753"],
        ["2", "cnn-99aabb", "0.9511"],
        [],
        ["rank", "run", "log_loss"],
        ["1", "cnn-1234", "0.2000"],
    ]


def test_lines_are_cut_from_the_right():
    settings = "model.rnn.units=128 training.epochs=20 text.min_count=2"
    lines = board_lines(board(*RUNS, differs_from_defaults=settings), width=80)
    assert lines[1] == (
        "   1  lstm_attention-3f2a    0.9753  0.0041      5.2  model.rnn.units=128 trai.."
    )
    assert max(map(len, lines)) == 80


def test_unknown_scores_are_empty():
    (_, line) = board_lines(board(("a-1", "accuracy", float("nan")), std_of_folds=float("nan")))
    assert line.split() == ["1", "a-1", "5.2"]


def test_names_are_shortened_within_their_fingerprint():
    names = ["lstm-0123456789ab", "lstm-0123ff6789ab", "blend-77"]
    assert shortened(names) == {
        "lstm-0123456789ab": "lstm-01234",
        "lstm-0123ff6789ab": "lstm-0123f",
        "blend-77": "blend-77",
    }


@given(st.lists(st.text("ab-0", min_size=1, max_size=12), unique=True, max_size=8))
def test_shortened_name_still_names_one_run(names):
    for name, short in shortened(names).items():
        others = [other for other in names if other.startswith(short) and other != name]
        assert name.startswith(short)
        assert short == name or not others


def test_width_is_that_of_a_terminal(monkeypatch):
    assert board_text.terminal_width() is None
    monkeypatch.setattr(board_text.sys, "stdout", type("Out", (), {"isatty": lambda self: True})())
    monkeypatch.setenv("COLUMNS", "93")
    assert board_text.terminal_width() == 93


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st"), (112, "112th")],
)
def test_ordinals(number, words):
    assert ordinal(number) == words


def test_rank_counts_the_runs_of_the_metric(tmp_path):
    frame = board(*RUNS, ("cnn-1234", "log_loss", 0.2))
    assert rank_in_words(frame, tmp_path / "cnn-99aabb") == "2nd of 2 runs by accuracy"
    assert rank_in_words(frame, tmp_path / "cnn-1234") == "1st of 1 run by log_loss"
