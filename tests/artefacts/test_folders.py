import json

import numpy as np
import pandas as pd
import pytest
from helpers.cases import competition

from regard import artefacts
from regard.artefacts import (
    fingerprint,
    fingerprints,
    hash_file,
    is_current,
    is_finished,
    locked,
    new_file,
    new_folder,
    note_current,
    read_array,
    read_fold_state,
    read_json,
    write_csv,
    write_fold_state,
    write_json,
    write_text,
)
from regard.data.features import Features
from regard.data.inputs import read_inputs, read_tokens, write_inputs
from regard.errors import ArtefactError, ConfigError, DataError
from regard.runs.leaderboard import find_run, leaderboard, point_latest
from regard.text import RaggedTokens


def test_a_fingerprint_stands_for_values_whatever_their_order():
    assert fingerprint({"a": 1, "b": [2]}) == fingerprint({"b": [2], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
    assert len(fingerprint()) == 12


def test_a_fingerprint_changes_with_the_code_but_not_with_its_comments(tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprints, "_PACKAGE", tmp_path)

    def of(source: str) -> str:
        (tmp_path / "room.py").write_text(source)
        artefacts.code_hash.cache_clear()
        return fingerprint(("room",))

    first = of("x = 1\n")
    assert of("# why\nx   =  1\n") == first
    assert of("x = 2\n") != first
    artefacts.code_hash.cache_clear()


def test_a_file_is_hashed_by_content(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"same")
    two.write_bytes(b"same")
    before = hash_file(one)
    assert before == hash_file(two)
    one.write_bytes(b"changed")
    assert hash_file(one) != before
    with pytest.raises(DataError, match="nowhere"):
        hash_file(tmp_path / "nowhere")


def test_a_folder_appears_whole_with_its_manifest(tmp_path):
    folder = tmp_path / "stage" / "abc"
    with new_folder(folder, overrides=["seed=2"]) as place:
        (place / "file").write_text("x")
        assert not folder.exists()
    assert is_finished(folder)
    assert read_json(folder / "manifest.json")["overrides"] == ["seed=2"]
    assert [path.name for path in folder.parent.iterdir()] == ["abc"]


def test_a_folder_that_failed_leaves_nothing(tmp_path):
    folder = tmp_path / "abc"
    with pytest.raises(ZeroDivisionError), new_folder(folder) as place:
        (place / "file").write_text("x")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_folder_with_a_name_is_taken_up_again(tmp_path):
    folder, unfinished = tmp_path / "run", tmp_path / ".run.unfinished"
    with pytest.raises(KeyboardInterrupt), new_folder(folder, unfinished=unfinished) as place:
        (place / "fold_0").write_text("x")
        raise KeyboardInterrupt
    assert not folder.exists()
    with new_folder(folder, unfinished=unfinished) as place:
        assert (place / "fold_0").read_text() == "x"
    assert is_finished(folder)
    assert not unfinished.exists()


def test_of_two_processes_that_make_the_same_folder_the_first_wins(tmp_path):
    folder = tmp_path / "abc"
    with new_folder(folder) as slow:
        (slow / "who").write_text("slow")
        with new_folder(folder) as fast:
            (fast / "who").write_text("fast")
    assert (folder / "who").read_text() == "fast"
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]


def test_a_folder_that_another_process_writes_to_is_left_alone(tmp_path):
    refused = pytest.raises(ArtefactError, match="run is being made by another process")
    with locked(tmp_path / "run"), refused, locked(tmp_path / "run"):
        raise AssertionError("locked twice")
    with locked(tmp_path / "run"):  # the first is done with it
        assert [path.name for path in tmp_path.iterdir()] == ["run.lock"]


def test_a_half_written_file_never_takes_the_place_of_a_whole_one(tmp_path):
    path = tmp_path / "table.csv"
    write_text(path, "whole\n")
    with pytest.raises(ZeroDivisionError), new_file(path) as place:
        place.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "whole\n"
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]


def test_a_table_is_written_with_the_same_bytes_on_every_system(tmp_path):
    write_csv(tmp_path / "t.csv", pd.DataFrame({"id": ["1"], "é": ['say "hi",\nyou']}))
    assert (tmp_path / "t.csv").read_bytes() == 'id,é\n1,"say ""hi"",\nyou"\n'.encode()


def test_a_file_is_current_only_if_made_by_the_same(tmp_path):
    path, other = tmp_path / "submission.csv", tmp_path / "report.html"
    write_text(path, "x")
    assert not is_current(path, "abc")
    note_current(path, "abc")
    note_current(other, "def")
    assert is_current(path, "abc")
    assert not is_current(path, "xyz")
    assert not is_current(other, "def")  # noted, but the file is gone


def test_texts_of_train_and_test_are_one_memory_map(tmp_path):
    # Two texts a row: the first of the two train rows, their second, then those of the test row.
    tokens = RaggedTokens(
        np.array([5, 6, 7, 8, 9, 10, 11], np.int32), np.array([0, 2, 3, 4, 5, 6, 7])
    )
    features = Features(
        np.arange(3, dtype=np.float32)[:, None], ("n",), np.empty((3, 0), np.int32), ()
    )
    np.save(tmp_path / "labels.npy", np.zeros(2))
    write_inputs(tmp_path, tokens, features, n_texts=2)
    pair = competition(text_columns=["a", "b"], texts="pair")
    train, test = (read_inputs(tmp_path, part, pair) for part in ("train", "test"))
    assert [[ids.tolist() for ids in text] for text in train.texts] == [[[5, 6], [7]], [[8], [9]]]
    assert [[ids.tolist() for ids in text] for text in test.texts] == [[[10]], [[11]]]
    assert train.numbers.tolist() == [[0], [1]]
    assert test.numbers.tolist() == [[2]]
    assert train.paired
    assert train.symmetric
    assert not read_inputs(tmp_path, "train", competition()).paired
    assert len(read_tokens(tmp_path)) == 6
    assert len(read_tokens(tmp_path, "train")) == 4
    assert isinstance(train.texts[0].token_ids, np.memmap)


def test_a_folds_state_comes_back_as_it_was(tmp_path):
    path = tmp_path / "state.npz"
    assert read_fold_state(path) == {}
    arrays = [np.arange(3.0), np.float32(2), *[np.full(1, number) for number in range(12)]]
    write_fold_state(
        path, [{"epoch": 1.0, "score": 0.5}], 1, weights=arrays, probabilities=[np.eye(2)]
    )
    state = read_fold_state(path)
    assert state["history"] == [{"epoch": 1.0, "score": 0.5}]
    assert state["best_epoch"] == 1
    assert all(
        (stored == given).all() for stored, given in zip(state["weights"], arrays, strict=True)
    )
    assert (state["probabilities"][0] == np.eye(2)).all()


def test_the_leaderboard_has_a_line_for_every_finished_run_the_best_first(tmp_path):
    for name, score in (("a", 0.8), ("b", 0.9), ("unfinished", 1.0)):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        scores = {
            "metric": "accuracy",
            "greater_is_better": True,
            "oof_score": score,
            "fold_scores": [score, score],
        }
        write_json(folder / "metrics.json", {**scores, "seconds_of_all_folds": 2.0})
        if name != "unfinished":
            write_json(folder / "manifest.json", {"overrides": [f"seed={name}"], "finished": "now"})
    board = leaderboard(tmp_path / "runs")
    assert board["run"].tolist() == ["b", "a"]
    assert board["differs_from_defaults"].tolist() == ["seed=b", "seed=a"]
    assert board["fold_scores"].tolist() == ["0.900000 0.900000", "0.800000 0.800000"]


def test_runs_of_another_metric_stand_apart_and_a_public_score_is_shown(tmp_path):
    for name, metric, score in (
        ("a", "log_loss", 0.05),
        ("b", "accuracy", 0.5),
        ("c", "log_loss", 0.04),
    ):
        folder = tmp_path / name
        folder.mkdir()
        scores = {
            "metric": metric,
            "greater_is_better": metric == "accuracy",
            "oof_score": score,
            "fold_scores": [],
        }
        write_json(folder / "metrics.json", {**scores, "seconds_of_all_folds": 2.0})
        write_json(folder / "manifest.json", {"overrides": [], "finished": "now"})
    (tmp_path / "c" / "public_score.txt").write_text("0.039\n")
    board = leaderboard(tmp_path)
    assert board["run"].tolist() == ["b", "c", "a"]
    assert board["public_score"].tolist() == ["", "0.039", ""]


def test_latest_points_to_the_last_run(tmp_path):
    for name in ("first", "second"):
        run = tmp_path / "runs" / name
        run.mkdir(parents=True)
        (run / "name").write_text(name)
        point_latest(run)
    assert (tmp_path / "latest" / "name").read_text() == "second"


@pytest.mark.parametrize(("name", "read"), [("x.json", read_json), ("x.npy", read_array)])
def test_a_broken_artefact_is_told_with_what_to_do(tmp_path, name, read):
    (tmp_path / name).write_text("{")
    with pytest.raises(
        ArtefactError, match=f"{name}: cannot be read .* delete its folder and run again"
    ):
        read(tmp_path / name)
    with pytest.raises(ArtefactError, match=name):
        read(tmp_path / f"missing_{name}")


def test_json_keeps_letters_as_they_are(tmp_path):
    write_json(tmp_path / "x.json", {"é": "ü"})
    assert "é" in (tmp_path / "x.json").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"é": "ü"}


def test_a_finished_run_is_found_by_its_name_and_the_nearest_one_is_named(tmp_path):
    runs = tmp_path / "runs"
    with pytest.raises(ConfigError, match="has no finished run"):
        find_run(runs, "lstm-1234")
    with new_folder(runs / "lstm-1234"):
        pass
    (runs / "lstm-1235").mkdir()
    assert find_run(runs, "lstm-1234") == runs / "lstm-1234"
    for name in ("lstm-1235", "lstm-123"):
        with pytest.raises(ConfigError, match=f"no run '{name}' in .*did you mean 'lstm-1234'"):
            find_run(runs, name)
