import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.damage import without_lists

import regard
from regard.artefacts import read_json, write_json
from regard.errors import ArtefactError, ConfigError
from regard.pipeline import blend_runs, make, train
from regard.pipeline.opening import load, open_member

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds

TEXTS = ["the ship and the wave", "", "a tram is in the street"]


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
    assert found.folders == {**run.folders, "refit": run.folder / "refit"}
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


def test_run_that_was_copied_alone_predicts_and_has_no_shared_artefacts(run, tmp_path):
    expected = run.predict(TEXTS)
    outputs = run.outputs
    alone = shutil.copytree(run.folder, tmp_path / "alone")
    shutil.rmtree(tmp_path / "outputs")
    shutil.rmtree(tmp_path / "data")
    found = load(alone)
    pd.testing.assert_frame_equal(found.predict(TEXTS), expected)
    assert found.scores == run.scores
    assert found.task.classes == ("sea", "town", "wood")
    assert found.vocabulary == run.vocabulary
    assert found.sample_columns == ["id", "category"]
    np.testing.assert_array_equal(found.outputs, outputs)
    for read in (lambda: found.labels, lambda: found.train_ids, lambda: found.folds):
        with pytest.raises(ArtefactError, match=r"is missing: .* moved without the folders next"):
            read()


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize("model", ["nb_svm", "lstm_attention"])
def test_models_of_a_run_that_was_copied_alone_predict_the_same(model, tiny, tmp_path):
    run = make(tiny(f"model={model}", "training.epochs=1"), "predict")
    expected = run.predictor().outputs(run.test_rows)
    assert expected.tobytes() == run.outputs.tobytes()
    rows = run.test_rows
    alone = shutil.copytree(run.folder, tmp_path / "alone")
    shutil.rmtree(tmp_path / "outputs")
    assert load(alone).predictor().outputs(rows).tobytes() == expected.tobytes()


def test_blend_that_was_copied_with_its_members_predicts(quick, tmp_path):
    for seed in (1, 2):
        make(quick(f"seed={seed}"), "predict")
    blend = blend_runs(quick("blend.method=mean"))
    expected = blend.predict(TEXTS)
    alone = shutil.copytree(blend.folder, tmp_path / "alone" / "blend")
    with pytest.raises(ArtefactError, match=r"its member .* is neither in its folder members nor"):
        load(alone).predict(TEXTS)
    for name in blend.members:
        shutil.copytree(blend.folder.parent / name, alone / "members" / name)
    shutil.rmtree(tmp_path / "outputs")
    pd.testing.assert_frame_equal(load(alone).predict(TEXTS), expected)


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
    missing = {stage for stage, folder in found.folders.items() if not folder.exists()}
    assert missing == {"refit"}  # a blend has no models


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
    without_lists(run.folder)
    (run.folder / "manifest.json").write_text(manifest)
    with pytest.raises(ArtefactError, match=r"manifest\.json") as error:
        load(run.folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["[]", '"text"', "null", "3"])
def test_settings_that_are_no_settings_are_one_line(content, run):
    without_lists(run.folder)
    (run.folder / "config.json").write_text(content)
    with pytest.raises(ArtefactError, match=r"config\.json: not the settings of a run") as error:
        load(run.folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", ["{}", '{"plugins": []}', '{"model": 3}'])
def test_settings_that_lack_values_are_one_line(content, run):
    without_lists(run.folder)
    (run.folder / "config.json").write_text(content)
    words = r"config\.json: these are not the settings of this version"
    with pytest.raises(ConfigError, match=words) as error:
        load(run.folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("section", "value"), [("competition", "text"), ("model", []), ("folds", None), ("sauce", 1)]
)
def test_wrong_settings_are_one_line(section, value, run):
    without_lists(run.folder)
    settings = json.loads((run.folder / "config.json").read_text())
    (run.folder / "config.json").write_text(json.dumps({**settings, section: value}))
    with pytest.raises(ConfigError, match=r"config\.json: ") as error:
        load(run.folder)
    assert "\n" not in str(error.value)


def test_missing_settings_are_one_line(run):
    without_lists(run.folder)
    (run.folder / "config.json").unlink()
    with pytest.raises(ArtefactError, match=r"config\.json: cannot be read"):
        load(run.folder)


SCORES = ["", "[]", "{}", "null", "7", '{"fold_scores": 2}', '{"fold_scores": [1], "folds": 0}']
SCORES += ['{"fold_scores": [1, 2], "folds": ["../x", 1]}', '{"fold_scores": [1], "folds": []}']


@pytest.mark.parametrize("content", SCORES)
def test_broken_scores_are_one_line(content, run):
    without_lists(run.folder)
    (run.folder / "metrics.json").write_text(content)
    with pytest.raises(ArtefactError, match=r"metrics\.json: ") as error:
        load(run.folder)
    assert "\n" not in str(error.value)


class Trap:
    """Write a file when it is read by pickle."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def write_trap(path, sprung):
    """Write a file that runs code when pickle reads it."""
    trap = np.array([Trap(sprung)], object)
    if path.suffix == ".npz":
        np.savez(path, trap=trap)
    elif path.suffix == ".npy":
        np.save(path, trap, allow_pickle=True)
    else:
        path.write_bytes(pickle.dumps(trap))


@pytest.mark.parametrize("folder", [".", "inputs", "fold_0", "fold_1", "refit"])
@pytest.mark.parametrize("name", ["weights.npz", "oof_outputs.npy", "extra.npy"])
def test_pickled_array_is_refused_and_not_read(folder, name, run, tmp_path):
    without_lists(run.folder)
    (run.folder / folder).mkdir(exist_ok=True)
    write_trap(run.folder / folder / name, tmp_path / "sprung")
    with pytest.raises(ArtefactError, match=f"{name}: cannot be read .*pickled objects") as error:
        load(run.folder)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["model.pkl", "model.KERAS", "extra.joblib", "x.py", "x.h5"])
@pytest.mark.parametrize("folder", [".", "inputs", "fold_1"])
def test_file_that_may_hold_code_is_refused(folder, name, run, tmp_path):
    write_trap(run.folder / folder / name, tmp_path / "sprung")
    with pytest.raises(ArtefactError, match=f"{name} may hold code, and no run of this") as error:
        load(run.folder)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("name", ["fold_0/oof_outputs.npy", "inputs/task.json", "fold_1"])
def test_link_that_leads_out_is_refused(name, run, tmp_path):
    path = run.folder / name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ArtefactError, match=f"{name} is a link that leads out of the run"):
        load(run.folder)


def test_link_within_the_run_is_followed(run):
    path = run.folder / "fold_0" / "history.json"
    path.unlink()
    path.symlink_to(run.folder / "fold_1" / "history.json")
    assert load(run.folder).histories[0] == run.histories[1]


@pytest.mark.parametrize("path", ["/etc", "../../../elsewhere", "../../..", "predict/../../../.."])
def test_folder_outside_the_competition_is_refused(path, run):
    without_lists(run.folder)
    manifest = read_json(run.folder / "manifest.json")
    manifest["folders"]["prepare"] = path
    write_json(run.folder / "manifest.json", manifest)
    with pytest.raises(ArtefactError, match="which is outside the folder of the competition"):
        load(run.folder)


@pytest.mark.parametrize("name", ["../other", "/etc", "a/b", "..", "members/x", ""])
def test_member_with_another_place_is_refused(name, quick):
    for seed in (1, 2):
        make(quick(f"seed={seed}"), "predict")
    blend = blend_runs(quick("blend.method=mean"))
    for member in (name, blend.name):
        with pytest.raises(ArtefactError, match=r"is not the name of a run; blend again") as error:
            open_member(blend, member)
        assert "\n" not in str(error.value)


def test_blends_that_blend_each_other_are_one_line(quick):
    for seed in (1, 2):
        make(quick(f"seed={seed}"), "predict")
    first = blend_runs(quick("blend.method=mean"))
    folders = [first.folder, first.folder.with_name("blend-0")]
    without_lists(first.folder)
    shutil.copytree(*folders)
    for folder, other in (folders, folders[::-1]):
        manifest = read_json(folder / "manifest.json")
        members = [other.name, manifest["members"][0]]
        write_json(folder / "manifest.json", {**manifest, "members": members})
    for folder in folders:
        with pytest.raises(ArtefactError, match="delete both, and blend again") as error:
            load(folder).predict(TEXTS)
        assert str(error.value).startswith(f"{folder}: its member ")


@pytest.mark.parametrize("members", [3, {"a": 1}, [["a"]]])
def test_members_that_are_no_names_are_one_line(members, run):
    without_lists(run.folder)
    manifest = read_json(run.folder / "manifest.json")
    write_json(run.folder / "manifest.json", {**manifest, "members": members})
    with pytest.raises(ArtefactError) as error:
        load(run.folder).predict(TEXTS)
    assert "\n" not in str(error.value)


def test_plugin_that_is_not_imported_is_named_and_not_imported(run, tmp_path, monkeypatch):
    without_lists(run.folder)
    (tmp_path / "hostile.py").write_text("from pathlib import Path\nPath('sprung').touch()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    settings = read_json(run.folder / "config.json")
    write_json(run.folder / "config.json", {**settings, "plugins": ["hostile"]})
    with pytest.raises(ArtefactError, match=r"needs the plugin hostile.*plugins=\[hostile\]"):
        load(run.folder)
    assert not (tmp_path / "sprung").exists()
    assert load(run.folder, plugins=["hostile"]).config.plugins == ["hostile"]
    assert (tmp_path / "sprung").exists()


def test_the_module_of_a_metric_is_named_and_not_imported(run, tmp_path, monkeypatch):
    (tmp_path / "hostile_metric.py").write_text("def score(a, b):\n    return 1.0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    without_lists(run.folder)
    settings = read_json(run.folder / "config.json")
    own = {"metric": "hostile_metric:score", "greater_is_better": True, "metric_compares": "labels"}
    changed = {**settings, "competition": {**settings["competition"], **own}}
    write_json(run.folder / "config.json", changed)
    with pytest.raises(ArtefactError, match=r"needs the plugin hostile_metric, .*plugins=\[hosti"):
        load(run.folder)
    found = load(run.folder, plugins=["hostile_metric"])
    assert found.config.competition.metric == "hostile_metric:score"


def test_plugins_that_are_no_list_are_one_line(run):
    without_lists(run.folder)
    settings = read_json(run.folder / "config.json")
    write_json(run.folder / "config.json", {**settings, "plugins": 3})
    with pytest.raises((ArtefactError, ConfigError), match=r"config\.json") as error:
        load(run.folder)
    assert "\n" not in str(error.value)
