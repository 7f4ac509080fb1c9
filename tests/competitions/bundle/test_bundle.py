import dataclasses
import importlib.metadata
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.bundles import write_image
from helpers.cases import compose_config
from helpers.kaggle_server import kaggle_settings

import regard
from regard.competitions.bundle import (
    OWNER,
    BundleOptions,
    bundle_folder,
    make_bundle,
    read_bundle,
    read_options,
)
from regard.errors import ArtefactError, ConfigError

RUN_FILES = ["config.json", "fold_0/weights.npz", "manifest.json"]


@pytest.fixture
def config(tmp_path):
    return compose_config(*kaggle_settings(tmp_path), "competition.kind=code")


@pytest.fixture
def options(tmp_path):
    """Options for an image that lacks one package."""
    return BundleOptions(image=write_image(tmp_path / "image.txt", without=["hydra-core"]))


def fake_run(folder, name="lstm-0123", members=(), plugins=()):
    """A run with two files that prediction needs, and two that it does not."""
    run = folder / "runs" / name
    for path in [*RUN_FILES, "oof.csv", "fold_0/history.json"]:
        (run / path).parent.mkdir(parents=True, exist_ok=True)
        (run / path).write_text(f"{path} of {name}")
    (run / "manifest.json").write_text(f'{{"name": "{name}"}}')
    return SimpleNamespace(
        folder=run,
        name=name,
        members=list(members),
        config=dataclasses.replace(compose_config(), plugins=list(plugins)),
        fold_folders=[run / "fold_0"],
    )


def bundle(config, run, folder, options):
    def open_member(run, name):
        return fake_run(folder.parent, name)

    make_bundle(config, run, folder, options, open_member=open_member)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_files_of_a_bundle(config, options, tmp_path):
    hydra = importlib.metadata.version("hydra-core")
    assert bundle(config, fake_run(tmp_path), tmp_path / "bundle", options) == [
        "dataset/bundle.json",
        "dataset/dataset-metadata.json",
        f"dataset/hydra_core-{hydra}-py3-none-any.whl",
        f"dataset/regard-{regard.__version__}-py3-none-any.whl",
        "dataset/run/config.json",
        "dataset/run/fold_0/weights.npz",
        "dataset/run/manifest.json",
        "kernel/kernel-metadata.json",
        "kernel/notebook.ipynb",
        "manifest.json",
        "sums.json",
    ]
    found = read_bundle(tmp_path / "bundle")
    assert (found["run"], found["competition"]) == ("lstm-0123", "tiny-slug")
    metadata = json.loads((tmp_path / "bundle" / "kernel" / "kernel-metadata.json").read_text())
    assert metadata["id"] == f"{OWNER}/regard-tiny"
    assert metadata["enable_internet"] is False


def test_the_members_of_a_blend_are_inside_it(config, options, tmp_path):
    run = fake_run(tmp_path, "blend-1", members=["a-1", "b-2"])
    names = bundle(config, run, tmp_path / "bundle", options)
    inside = [name for name in names if name.startswith("dataset/run/members/")]
    assert inside == [
        f"dataset/run/members/{member}/{path}"
        for member in ("a-1", "b-2")
        for path in sorted(RUN_FILES)
    ]


@pytest.mark.slow
def test_the_same_bundle_is_kept_and_another_one_replaces_it(config, options, tmp_path):
    folder = tmp_path / "bundle"
    bundle(config, fake_run(tmp_path), folder, options)
    (folder / "uploaded.json").write_text("{}")
    assert "uploaded.json" in bundle(config, fake_run(tmp_path), folder, options)
    names = bundle(config, fake_run(tmp_path, "other"), folder, options)
    assert "uploaded.json" not in names
    assert read_bundle(folder)["run"] == "other"


def test_an_error_leaves_nothing_behind(config, tmp_path):
    options = BundleOptions(wheels=tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="is not a folder"):
        bundle(config, fake_run(tmp_path), tmp_path / "home" / "bundle", options)
    assert list((tmp_path / "home").iterdir()) == []


def test_a_folder_of_other_files_is_refused_and_kept(config, options, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("dear diary")
    with pytest.raises(ConfigError, match=r"mine exists and is no bundle; .*output="):
        bundle(config, fake_run(tmp_path), tmp_path / "mine", options)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_competition_of_csv_files_is_refused(options, tmp_path):
    config = compose_config(*kaggle_settings(tmp_path))
    with pytest.raises(
        ConfigError, match=r"tiny takes a CSV file \(competition.kind=csv\); run: .*upload.*kind: "
    ):
        bundle(config, fake_run(tmp_path), tmp_path / "bundle", options)


def test_a_competition_without_a_slug_is_refused(options, tmp_path):
    settings = [*kaggle_settings(tmp_path), "competition.kind=code", "competition.slug=null"]
    with pytest.raises(ConfigError, match=r"competition\.slug is not set"):
        bundle(compose_config(*settings), fake_run(tmp_path), tmp_path / "bundle", options)


def test_a_run_with_plugins_is_refused(config, options, tmp_path):
    run = fake_run(tmp_path, plugins=["my_project.extras"])
    with pytest.raises(ConfigError, match=r"lstm-0123 needs the plugins my_project\.extras"):
        bundle(config, run, tmp_path / "bundle", options)


def test_a_folder_that_is_no_bundle(tmp_path):
    with pytest.raises(ArtefactError, match="is no bundle; name a folder that the command bundle"):
        read_bundle(tmp_path)


def test_the_usual_folder(config, tmp_path):
    folder = tmp_path / "outputs" / "tiny" / "bundles" / "lstm-0123"
    assert bundle_folder(config, "lstm-0123") == folder


def test_options_are_read_from_words():
    assert read_options() == BundleOptions()
    options = read_options(image="i.txt", wheels="w", username="me", gpu="true")
    assert options == BundleOptions(Path("i.txt"), Path("w"), "me", gpu=True)
    with pytest.raises(ConfigError, match="gpu=yes is neither true nor false"):
        read_options(gpu="yes")
