import json
import pickle
import shutil

import numpy as np
import pytest
from regard.runs.opening import load

import regard
from regard.errors import ArtefactError, ConfigError
from regard.pipeline import blend_runs, make, train

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds


@pytest.fixture
def run(quick):
    """Make a run up to its submission."""
    return make(quick(), "submit")


def assert_same_run(found, run):
    assert found.config == run.config
    assert found.input_hashes == run.input_hashes
    assert found.scores == run.scores
    assert found.task == run.task
    assert found.vocabulary == run.vocabulary
    assert found.texts("test") == run.texts("test")
    for name in ("labels", "folds", "outputs", "identical"):
        np.testing.assert_array_equal(getattr(found, name), getattr(run, name))


def test_run_is_opened_from_its_folder(run):
    found = load(run.folder)
    assert found.folders == run.folders
    assert_same_run(found, run)
    assert_same_run(load(str(run.folder)), run)
    assert regard.load is load


def test_run_is_opened_from_a_relative_folder(run, monkeypatch):
    monkeypatch.chdir(run.competition_folder)
    found = load(f"runs/{run.name}")
    monkeypatch.chdir("/")
    assert_same_run(found, run)


def test_latest_run_is_opened(quick, tmp_path):
    run = train(quick())
    found = load(tmp_path / "outputs" / "tiny" / "latest")
    assert found.folder == run.folder
    assert_same_run(found, run)


def test_copied_run_is_opened(run, tmp_path):
    shutil.copytree(tmp_path / "outputs" / "tiny", tmp_path / "elsewhere" / "copy", symlinks=True)
    shutil.rmtree(tmp_path / "outputs")
    shutil.rmtree(tmp_path / "data")
    found = load(tmp_path / "elsewhere" / "copy" / "runs" / run.name)
    assert found.folder == tmp_path / "elsewhere" / "copy" / "runs" / run.name
    assert found.competition_folder == tmp_path / "elsewhere" / "copy"
    assert found.outputs.shape == (12, 3)
    assert found.train_ids[0] == "x000"
    assert found.histories[0]["best_epoch"] == 1


def test_run_that_was_copied_alone_has_its_scores_and_no_shared_artefacts(run, tmp_path):
    found = load(shutil.copytree(run.folder, tmp_path / "alone"))
    assert found.scores == run.scores
    np.testing.assert_array_equal(found.outputs, run.outputs)
    for read in (lambda: found.task, lambda: found.train_ids, lambda: found.folds):
        with pytest.raises(ArtefactError, match=r"is missing: .* moved without the folders next"):
            read()


def test_renamed_run_is_opened(run):
    renamed = run.folder.rename(run.folder.with_name("mine"))
    assert load(renamed).folder == renamed
    assert load(renamed).scores == load(renamed).scores


def test_opened_run_is_pickled(run):
    assert_same_run(pickle.loads(pickle.dumps(load(run.folder))), run)


def test_blend_is_opened(quick):
    for seed in (1, 2):
        make(quick(f"seed={seed}", "folds.n_folds=3"), "predict")
    blend = blend_runs(quick("blend.method=mean"))
    found = load(blend.folder)
    assert_same_run(found, blend)
    assert set(found.folds.tolist()) == {0, 1, 2}
    assert all(folder.exists() for folder in found.folders.values())


@pytest.mark.parametrize("target", ["", "runs"])
def test_folder_without_a_finished_run_is_one_line(target, run):
    with pytest.raises(ArtefactError, match=r"is not a finished run: it has no manifest\.json"):
        load(run.competition_folder / target)
    run.folder.rename(run.unfinished_folder)
    (run.unfinished_folder / "manifest.json").unlink()
    with pytest.raises(ArtefactError, match="is not a finished run"):
        load(run.unfinished_folder)


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "{",
        "[" * 100_000,
        "null",
        "[]",
        "{}",
        '{"folders": {}}',
        '{"folders": [], "input_hashes": {}}',
        '{"folders": {"prepare": 3}, "input_hashes": {}}',
        '{"folders": {"prepare": "a\\u0000b"}, "input_hashes": {}}',
        '{"folders": {}, "input_hashes": 3}',
    ],
)
def test_broken_manifest_is_one_line(manifest, run):
    (run.folder / "manifest.json").write_text(manifest)
    with pytest.raises(ArtefactError, match=r"manifest\.json") as error:
        load(run.folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["[]", "{}", '"text"', "null", '{"plugins": []}'])
def test_broken_settings_are_one_line(content, run):
    (run.folder / "config.json").write_text(content)
    with pytest.raises(ConfigError, match="these are not the settings of this version") as error:
        load(run.folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("section", "value"), [("competition", "text"), ("model", []), ("folds", None), ("sauce", 1)]
)
def test_wrong_settings_are_one_line(section, value, run):
    settings = json.loads((run.folder / "config.json").read_text())
    (run.folder / "config.json").write_text(json.dumps({**settings, section: value}))
    with pytest.raises(ConfigError) as error:
        load(run.folder)
    assert "\n" not in str(error.value)


def test_missing_settings_are_one_line(run):
    (run.folder / "config.json").unlink()
    with pytest.raises(ArtefactError, match=r"config\.json: cannot be read"):
        load(run.folder)
