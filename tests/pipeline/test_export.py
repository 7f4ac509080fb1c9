import dataclasses
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import onnxruntime
import pandas as pd
import pytest
import yaml
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables
from helpers.jobs import run_jobs_here

import regard.network.layers  # noqa: F401 - registers the layers with Keras
from regard.artefacts import read_json
from regard.errors import ConfigError
from regard.pipeline import blend_runs, load, make
from regard.pipeline import export as module
from regard.pipeline.export import export_run, network_members
from regard.text import Tokenizer, encode

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pages" / "export.md"
TEXTS = ["ship wave tree", "", "tram", "unheard words only", "street " * 300]
FILES = {"README.md", "manifest.json", "settings.json", "vocabulary.txt"}
BAG = ["model=bag_of_vectors", "embeddings=word2vec", "training.epochs=1"]
PAIRS = [
    *BAG,
    "competition.text_columns=[text,other]",
    "competition.texts=pair",
    "competition.symmetric_pairs=true",
    "competition.numeric_columns=[number]",
    "competition.categorical_columns=[kind]",
    "competition.label_columns=[score]",
    "competition.label_values=null",
    "competition.task=regression",
    "competition.metric=auto",
    "competition.submit=auto",
]


@pytest.fixture(scope="module", autouse=True)
def jobs_here():
    """Run all jobs in this process."""
    with pytest.MonkeyPatch.context() as patch:
        run_jobs_here(patch)
        yield


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Write the tiny competition, and return a function from overrides to settings."""
    folder = tmp_path_factory.mktemp("exports")
    write_tables(folder / "data" / "tiny", tiny_tables())
    folders = {"data_dir": str(folder / "data"), "output_dir": str(folder / "outputs")}

    def compose(*overrides):
        small = [word for word in SMALL if not word.startswith("model.")]
        return dataclasses.replace(compose_config(*small, *overrides), **folders)

    return compose


@pytest.fixture(scope="module")
def network(settings):
    """Train a network."""
    return make(settings("model.rnn.units=8", "training.epochs=1"), "train")


@pytest.fixture(scope="module")
def linear(settings):
    """Train a linear model."""
    return make(settings("model=tfidf_linear"), "train")


@pytest.fixture(scope="module")
def exported(settings, network, tmp_path_factory):
    """Export the network."""
    folder = tmp_path_factory.mktemp("exported") / "onnx"
    return export_run(settings(), run=network.name, output=str(folder))


def padded(texts, folder, settings):
    vocabulary = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1]
    tokenizer = Tokenizer.from_dict(settings["tokenizer"], settings["cleaning"])
    tokens = encode(texts, vocabulary, tokenizer)
    token_ids = np.zeros((len(texts), tokens.lengths.max()), np.int32)
    for row in range(len(texts)):
        token_ids[row, : tokens.lengths[row]] = tokens[row]
    return token_ids


def test_onnx_file_predicts_as_the_run_does(network, exported):
    assert {path.name for path in exported.iterdir()} == {*FILES, "model.onnx"}
    settings = read_json(exported / "settings.json")
    session = onnxruntime.InferenceSession(str(exported / "model.onnx"))
    inputs = {"token_ids": padded(TEXTS, exported, settings)}
    found, attention = session.run([settings["output"], "attention"], inputs)
    expected = network.predict(TEXTS, form="probabilities")
    assert settings["outputs"] == list(expected)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_allclose(attention.sum(axis=1), 1.0, atol=1e-5)
    assert attention[2].tolist()[:2] == [1.0, 0.0]


def test_example_of_the_page_runs(network, exported, tmp_path):
    (example,) = re.findall(r"```python\n(\"\"\"Predict.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "predict.py").write_text(example, encoding="utf-8")
    command = [sys.executable, "predict.py", exported, *TEXTS]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    labels = [line.partition(" (")[0] for line in done.stdout.splitlines()]
    assert labels == network.predict(TEXTS)["category"].tolist()


def test_example_of_the_page_needs_neither_keras_nor_tensorflow(exported):
    (example,) = re.findall(r"```python\n(\"\"\"Predict.*?)```", PAGE.read_text(), re.DOTALL)
    code = f"{example}\nassert not {{'keras', 'tensorflow', 'hydra'}} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code, exported, "a text"], check=True)


def test_settings_of_an_export(exported):
    settings = read_json(exported / "settings.json")
    assert settings["labels"] == ["sea", "town", "wood"]
    assert settings["thresholds"] == [1.0, 1.0, 1.0]
    assert settings["temperature"] is None
    assert settings["max_tokens"] == 256
    assert settings["cleaning"] == ["html_unescape", "lower_case"]
    assert settings["text_columns"] == ["text"]
    assert (settings["numbers"], settings["categories"]) == ([], {})


def test_card_of_an_export(network, exported):
    card = (exported / "README.md").read_text(encoding="utf-8")
    header = yaml.safe_load(card.split("---\n")[1])
    assert header["model-index"][0]["name"] == network.name
    assert "`model.onnx` takes token ids" in card


def test_pairs_numbers_and_categories(settings, tmp_path):
    tables = tiny_tables()
    rng = np.random.default_rng(0)
    for name in ("train", "test"):
        frame = tables[name]
        frame["other"] = frame["text"].iloc[::-1].to_numpy()
        frame["number"] = [str(number) for number in rng.integers(0, 9, len(frame))]
        frame.loc[2, "number"] = ""
        frame["kind"] = [f"kind {row % 3}" for row in range(len(frame))]
    tables["train"]["score"] = rng.random(len(tables["train"]))
    tables["sample_submission"] = pd.DataFrame({"id": tables["test"]["id"], "score": 0.0})
    write_tables(tmp_path / "data" / "tiny", tables)
    own = {"data_dir": str(tmp_path / "data"), "output_dir": str(tmp_path / "outputs")}
    run = make(dataclasses.replace(settings(*PAIRS), **own), "train")
    folder = export_run(dataclasses.replace(settings(), **own))
    assert folder == tmp_path / "outputs" / "tiny" / "exports" / f"{run.name}-onnx"
    found = read_json(folder / "settings.json")
    assert found["numbers"] == ["number", "number is empty", "shared words"]
    assert found["categories"] == {"kind": ["kind 0", "kind 1", "kind 2"]}
    assert (found["texts"], found["symmetric"], found["output"]) == ("pair", True, "predictions")
    assert found["thresholds"] is None
    # Texts of other lengths than the first ones.
    rows = tables["test"]
    rows["other"] = [" ".join(text.split()[:9]) for text in rows["other"]]
    read = run.preprocessor.inputs(rows.astype("str"))
    inputs = {
        "token_ids": padded(rows["text"].tolist(), folder, found),
        "token_ids_2": padded(rows["other"].tolist(), folder, found),
        "numbers": read.numbers,
        "categories": read.categories,
    }
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    (found,) = session.run(["predictions"], inputs)
    expected = run.predict(rows, form="probabilities")[["score"]]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_keras_files_load_in_safe_mode(settings, network, tmp_path):
    folder = export_run(settings(), run=network.name, output=str(tmp_path / "x"), format="keras")
    assert {path.name for path in folder.iterdir()} == {*FILES, "fold_0.keras", "fold_1.keras"}
    inputs = {"token_ids": padded(TEXTS, folder, read_json(folder / "settings.json"))[:, :256]}
    outputs = [
        keras.models.load_model(folder / f"fold_{fold}.keras", safe_mode=True).predict_on_batch(
            inputs
        )
        for fold in range(2)
    ]
    expected = network.predict(TEXTS, form="probabilities")
    np.testing.assert_allclose(np.mean(outputs, axis=0), expected, atol=1e-5)


def test_an_export_replaces_an_earlier_one(settings, network, exported, tmp_path, caplog):
    folder = Path(shutil.copytree(exported, tmp_path / "x"))
    (folder / "old").touch()
    with caplog.at_level(logging.INFO):
        export_run(settings(), run=network.name, output=str(folder), format="keras")
    assert {path.name for path in folder.iterdir()} == {*FILES, "fold_0.keras", "fold_1.keras"}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert re.fullmatch(rf"export: {folder}, 0\.\d MB", caplog.messages[-1])


def test_an_empty_folder_is_filled(settings, network, tmp_path):
    export_run(settings(), run=network.name, output=str(tmp_path), format="keras")
    assert (tmp_path / "README.md").exists()


@pytest.mark.parametrize("content", [{"mine.txt": ""}, {"manifest.json": '{"finished": "x"}'}])
def test_another_folder_is_left_alone(content, settings, network, tmp_path):
    for name, text in content.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="exists and is no earlier export"):
        export_run(settings(), run=network.name, output=str(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == set(content)


def test_a_failed_export_leaves_the_earlier_one(settings, network, exported, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(exported, tmp_path / "x"))
    before = (folder / "manifest.json").read_text()

    def fail(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "render_card", fail)
    with pytest.raises(OSError, match="No space"):
        export_run(settings(), run=network.name, output=str(folder), format="keras")
    assert (folder / "manifest.json").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_other_runs_are_refused(settings, network, linear, tmp_path):
    with pytest.raises(ConfigError, match="is a linear model, and exports are of networks"):
        export_run(settings(), run=linear.name, output=str(tmp_path / "x"))
    blend = blend_runs(settings(), [network.name, linear.name])
    assert network_members(load(blend.folder)) == [network.name]
    with pytest.raises(ConfigError, match=f"is a blend, .*: its networks are {network.name}$"):
        export_run(settings(), run=blend.name, output=str(tmp_path / "x"))
    assert not list(tmp_path.iterdir())


def test_an_unknown_format_and_a_missing_package_are_refused(settings, network, monkeypatch):
    with pytest.raises(ConfigError, match="format=onx is not known; did you mean 'onnx'"):
        export_run(settings(), format="onx")
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs the package tensorflow; .*regard\[cpu,export\]"):
        export_run(settings(), run=network.name)


def test_the_export_sees_no_gpu(settings, network, tmp_path, monkeypatch):
    seen = {}

    def run_jobs(jobs, config, **options):
        seen.update({name: os.environ[name] for name in ("CUDA_VISIBLE_DEVICES",)})
        seen["workers"] = config.n_workers
        return [{"bytes": 1}]

    monkeypatch.setattr(module.workers, "run_jobs", run_jobs)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    folder = export_run(settings(), run=network.name, output=str(tmp_path / "x"))
    assert seen == {"CUDA_VISIBLE_DEVICES": "", "workers": 1}
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    assert json.loads((folder / "manifest.json").read_text())["export"]["format"] == "onnx"


def test_temperature_is_in_the_onnx_file_and_beside_keras_files(settings, network, tmp_path):
    words = ["model.rnn.units=8", "training.epochs=1"]  # the folds are those of the network
    run = make(settings(*words, "calibration.temperature=true"), "train")
    expected = run.predict(TEXTS, form="probabilities").to_numpy()
    assert np.abs(expected - network.predict(TEXTS, form="probabilities")).max(axis=None) > 1e-3
    folder = export_run(settings(), run=run.name, output=str(tmp_path / "onnx"))
    found = read_json(folder / "settings.json")
    assert found["temperature"] == run.temperature
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    inputs = {"token_ids": padded(TEXTS, folder, found)}
    np.testing.assert_allclose(session.run(["probabilities"], inputs)[0], expected, atol=1e-4)
    keras_folder = export_run(
        settings(), run=run.name, output=str(tmp_path / "keras"), format="keras"
    )
    assert f"temperature {run.temperature:.4f}" in (keras_folder / "README.md").read_text()
