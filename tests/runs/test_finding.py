import json

import pytest

from regard.artefacts import new_folder
from regard.errors import ConfigError
from regard.runs.finding import find_run, last_predictions


def test_finished_run_is_found_by_its_name(tmp_path):
    with new_folder(tmp_path / "lstm-1234"):
        pass
    assert find_run(tmp_path, "lstm-1234") == tmp_path / "lstm-1234"


def test_newest_predictions_are_found(tmp_path):
    assert last_predictions(tmp_path) is None
    for name in ("b", "a"):
        with new_folder(tmp_path / "predict" / name):
            pass
    (tmp_path / "predict" / "unfinished").mkdir()
    assert last_predictions(tmp_path) == tmp_path / "predict" / "a"
    manifest = tmp_path / "predict" / "b" / "manifest.json"
    manifest.write_text(json.dumps({"finished": "2999-01-01T00:00:00+00:00"}))
    assert last_predictions(tmp_path) == tmp_path / "predict" / "b"


def test_missing_run_is_one_line_with_the_nearest_name(tmp_path):
    with pytest.raises(ConfigError, match="has no finished run; first run: make train"):
        find_run(tmp_path / "runs", "lstm-1234")
    with new_folder(tmp_path / "lstm-1234"):
        pass
    (tmp_path / "lstm-1235").mkdir()  # unfinished
    for name in ("lstm-1235", "lstm-123"):
        with pytest.raises(ConfigError, match=f"no run '{name}' in .*did you mean 'lstm-1234'"):
            find_run(tmp_path, name)
