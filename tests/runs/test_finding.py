import json

import pytest

from regard.artefacts import new_folder, write_json
from regard.errors import ArtefactError, ConfigError
from regard.runs.finding import choose_run, goodness, latest_run, predictions_of
from regard.runs.leaderboard import leaderboard, point_latest


@pytest.fixture
def runs(tmp_path):
    """The folder of a competition's runs, empty."""
    return tmp_path / "tiny" / "runs"


@pytest.fixture
def add(runs):
    """A function that writes a finished run."""

    def write(name, score=0.5, *, metric="accuracy", finished="2026-01-02T03:04:05+00:00"):
        with new_folder(runs / name, overrides=[]) as folder:
            scores = {"metric": metric, "greater_is_better": metric == "accuracy"}
            more = {"oof_score": score, "fold_scores": [score], "seconds_of_all_folds": 1.0}
            write_json(folder / "metrics.json", {**scores, **more})
        manifest = {"overrides": [], "finished": finished}
        write_json(runs / name / "manifest.json", manifest)
        return runs / name

    return write


def test_run_is_chosen_by_its_name_or_the_beginning_of_it(runs, add):
    lstm, cnn = add("lstm-0123"), add("cnn-4567")
    add("lstm-0199")
    assert choose_run(runs, "lstm-0123") == lstm
    assert choose_run(runs, "lstm-012") == lstm
    assert choose_run(runs, "c") == cnn


def test_whole_name_wins_over_the_beginning_of_another(runs, add):
    run = add("lstm-01")
    add("lstm-0123")
    assert choose_run(runs, "lstm-01") == run


@pytest.mark.parametrize("word", ["latest", ""])
def test_latest_run_is_the_linked_one(word, runs, add):
    linked = add("a")
    add("b", finished="2999-01-01T00:00:00+00:00")
    point_latest(linked)
    assert choose_run(runs, word) == choose_run(runs) == linked


@pytest.mark.parametrize("link", ["none", "broken"])
def test_without_a_link_the_latest_run_was_finished_last(link, runs, add):
    for name, year in (("a", 2001), ("b", 2003), ("c", 2002)):
        add(name, finished=f"{year}-01-01T00:00:00+00:00")
    if link == "broken":
        (runs.parent / "latest").symlink_to("runs/gone")
    assert choose_run(runs) == latest_run(runs) == runs / "b"


def test_best_run_is_the_first_of_the_leaderboard_by_the_metric_of_the_latest(runs, add):
    add("a", 0.8)
    add("b", 0.9)
    add("c", 0.3, metric="log_loss")
    add("d", 0.2, metric="log_loss")
    add("e", float("nan"), metric="log_loss")
    board = leaderboard(runs).query("rank == 1").set_index("metric")["run"]
    for latest, metric in (("a", "accuracy"), ("c", "log_loss")):
        point_latest(runs / latest)
        assert choose_run(runs, "best").name == board[metric]
    assert board.to_dict() == {"accuracy": "b", "log_loss": "d"}


def test_broken_run_is_never_the_best(runs, add):
    point_latest(add("a", 0.8))
    for content in ("{", "{}", "[]"):
        (add("b", 0.9) / "metrics.json").write_text(content)
        assert choose_run(runs, "best") == runs / "a"
    point_latest(runs / "b")
    with pytest.raises(ArtefactError, match=r"b/metrics\.json is broken or of another version"):
        choose_run(runs, "best")


def test_run_is_chosen_by_its_path(runs, add, tmp_path, monkeypatch):
    run = add("a")
    point_latest(run)
    monkeypatch.chdir(runs.parent)
    for word in (str(run), "runs/a", "./latest", f"{run.parent}/../latest"):
        assert choose_run(tmp_path / "none", word) == run
    monkeypatch.chdir(runs)
    assert choose_run(tmp_path / "none", "a") == run  # the folder of that name, here


def test_goodness_is_greater_for_better_runs():
    accuracy = {"greater_is_better": True, "oof_score": 0.9}
    loss = {"greater_is_better": False, "oof_score": 0.3}
    undefined = {"greater_is_better": False, "oof_score": float("nan")}
    assert [goodness(scores) for scores in (accuracy, loss)] == [0.9, -0.3]
    assert goodness(undefined) < goodness(loss)


@pytest.mark.parametrize("word", ["", "latest", "best", "lstm"])
def test_without_a_run_the_command_to_type_is_named(word, tmp_path):
    with pytest.raises(ConfigError, match=r"has no finished run; first run: .* train"):
        choose_run(tmp_path / "tiny" / "runs", word)


def test_unknown_run_is_one_line_with_the_nearest_name(runs, add):
    add("lstm-1234")
    (runs / "lstm-1235").mkdir()  # unfinished
    for word in ("lstm-1235", "lstn-1234"):
        with pytest.raises(ConfigError, match=f"no run '{word}' in .*did you mean 'lstm-1234'"):
            choose_run(runs, word)


def test_several_runs_are_one_line(runs, add):
    for name in ("lstm-0123", "lstm-0199", "cnn-1"):
        add(name)
    with pytest.raises(ConfigError, match="'lstm' may be any of lstm-0123, lstm-0199; give more"):
        choose_run(runs, "lstm")


def test_folder_that_is_no_run_is_one_line(runs, add):
    add("a")
    with pytest.raises(ConfigError, match=r"tiny is not a finished run, as it has no manifest"):
        choose_run(runs, str(runs.parent))


def test_setting_names_a_run_in_full(runs, add):
    run = add("lstm-1234")
    assert choose_run(runs, "lstm-1234", by_beginning=False) == run
    for word in ("lstm", "best", "latest", "", str(run)):
        with pytest.raises(ConfigError, match="there is no run"):
            choose_run(runs, word, by_beginning=False)


def test_newest_predictions_come_first(tmp_path):
    assert predictions_of(tmp_path) == []
    for name in ("b", "a"):
        with new_folder(tmp_path / "predict" / name):
            pass
    (tmp_path / "predict" / "unfinished").mkdir()
    assert [folder.name for folder in predictions_of(tmp_path)] == ["a", "b"]
    manifest = tmp_path / "predict" / "b" / "manifest.json"
    manifest.write_text(json.dumps({"finished": "2999-01-01T00:00:00+00:00"}))
    assert [folder.name for folder in predictions_of(tmp_path)] == ["b", "a"]
