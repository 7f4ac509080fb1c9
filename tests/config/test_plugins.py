import dataclasses
import importlib.metadata
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from helpers.cases import SMALL, by_hydra, compose_config, tiny_tables, write_tables
from helpers.commands import regard_in

from regard.config import from_hydra, from_values, import_plugins, loaded_plugins, plugin_hashes
from regard.config import plugins as plugins_module
from regard.errors import ConfigError
from regard.text.cleaning import STEPS

ROOT = Path(__file__).resolve().parents[2]
STEP = """
from regard.text.cleaning import STEPS, CleaningStep

STEPS["shout"] = CleaningStep(str.upper)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, whose modules and choices are forgotten after the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(plugins_module, "_LOADED", [])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]
    STEPS.pop("shout", None)


def test_a_plugin_is_imported_from_the_current_folder_before_settings_are_checked(folder):
    (folder / "shouting.py").write_text(STEP)
    config = from_hydra(by_hydra("plugins=[shouting]", "text.cleaning=[shout]"))
    assert config.text.cleaning == ["shout"]
    assert loaded_plugins() == ("shouting",)


def test_a_plugin_may_be_in_a_package(folder):
    (folder / "shop" / "inner").mkdir(parents=True)
    (folder / "shop" / "inner" / "extras.py").write_text(STEP)
    import_plugins(["shop.inner.extras"])
    assert "shout" in STEPS


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, r"plugins: broken cannot be imported \(ModuleNotFoundError: No module named"),
        ("1 / 0\n", r"plugins: broken cannot be imported \(ZeroDivisionError: division by zero"),
        ("def f(:\n", r"plugins: broken cannot be imported \(SyntaxError: "),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_reported_in_one_line(source, message, folder):
    if source:
        (folder / "broken.py").write_text(source)
    with pytest.raises(ConfigError, match=message) as caught:
        from_hydra(by_hydra("plugins=[broken]"))
    assert "\n" not in str(caught.value)


def test_installed_plugins_are_imported_too(folder, monkeypatch):
    (folder / "shouting.py").write_text(STEP)
    monkeypatch.syspath_prepend(str(folder))
    point = importlib.metadata.EntryPoint("mine", "shouting", "regard.plugins")
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda group: [point] * (group == "regard.plugins")
    )
    plugins_module._installed_plugins.cache_clear()
    try:
        import_plugins([])
        assert "shout" in STEPS
        assert list(plugin_hashes([])) == ["shouting"]
    finally:
        plugins_module._installed_plugins.cache_clear()


def test_the_hash_of_a_plugin_follows_its_package(folder):
    (folder / "shop").mkdir()
    (folder / "shop" / "extras.py").write_text(STEP)
    (folder / "shop" / "helpers.py").write_text("x = 1\n")
    import_plugins(["shop.extras"])
    before = plugin_hashes(["shop.extras"])
    assert plugin_hashes([]) == {}
    (folder / "shop" / "helpers.py").write_text("x = 2\n")
    assert plugin_hashes(["shop.extras"]) != before


def test_settings_with_plugins_are_rebuilt_from_values(folder):
    (folder / "shouting.py").write_text(STEP)
    values = {**dataclasses.asdict(compose_config()), "plugins": ["shouting"]}
    values["text"]["cleaning"] = ["shout"]
    assert from_values(values).text.cleaning == ["shout"]


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_another_process_imports_the_plugins_before_it_reads_settings(tmp_path):
    (tmp_path / "shouting.py").write_text(STEP)
    config = from_hydra(by_hydra("plugins=[shouting]", "text.cleaning=[shout]"))
    for name, value in (("config", config), ("model", config.model)):
        (tmp_path / name).write_bytes(pickle.dumps(value))
        code = f"""
import pickle, pathlib
value = pickle.loads(pathlib.Path({name!r}).read_bytes())
from regard.text.cleaning import STEPS
assert "shout" in STEPS
"""
        subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


EXTRAS = """
import dataclasses

import numpy as np

from regard.config.checks import at_least
from regard.embeddings.sources import SOURCES, Source
from regard.network.encoders import ENCODERS, Encoder
from regard.network.poolings import POOLINGS
from regard.text.cleaning import STEPS, CleaningStep


@dataclasses.dataclass
class GateConfig:
    units: int = 4

    def __post_init__(self):
        at_least("model.gate.units", self.units, 1)


def build(vectors, mask, settings, *, seed):
    import keras

    from extra.layers import Gate

    return Gate(settings.units, name="gate")(vectors), mask


def first(config, *, max_tokens, seed):
    from extra.layers import First

    return First(name="first")


def lengths(argument, request):
    width = int(argument)
    return {word: np.full(width, len(word), np.float32) for word in request.words}


ENCODERS["gate"] = Encoder(GateConfig, build)
POOLINGS["first"] = first
SOURCES["lengths"] = Source(lengths, argument="<width>")
STEPS["no_vowels"] = CleaningStep(lambda text: text.translate(str.maketrans("", "", "aeiou")))
"""
LAYERS = """
import keras


@keras.saving.register_keras_serializable(package="extra")
class Gate(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense = keras.layers.Dense(units, activation="sigmoid")

    def build(self, input_shape):
        self.dense.build(input_shape)

    def call(self, inputs):
        return self.dense(inputs)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="extra")
class First(keras.layers.Layer):
    def call(self, inputs, mask=None):
        return inputs[:, 0]

    def compute_mask(self, inputs, previous_mask=None):
        return None
"""
PAGE = """
defaults: [base_network]
name: gated
encoder: gate
gate: {units: 6}
pooling: [first, max]
"""


@pytest.mark.slow
def test_choices_from_outside_train_and_predict(tmp_path):
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "choices.py").write_text(EXTRAS)
    (tmp_path / "extra" / "layers.py").write_text(LAYERS)
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "conf" / "model" / "gated.yaml").write_text(PAGE)
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    words = [
        *(word for word in SMALL if not word.startswith("model.")),
        "plugins=[extra.choices]",
        "model=gated",
        "model.gate.units=5",
        "text.cleaning=[lower_case,no_vowels]",
        "embeddings.sources=[lengths:7]",
        "compute.n_workers=1",
    ]
    done = regard_in(tmp_path, "train", *words)
    assert done.returncode == 0, done.stderr
    (run,) = (tmp_path / "outputs" / "tiny" / "runs").glob("gated-*")
    submission = (run / "submission.csv").read_text()
    assert len(pd.read_csv(run / "submission.csv")) == 12
    config = json.loads((run / "config.json").read_text())
    assert config["plugins"] == ["extra.choices"]
    assert config["model"]["gate"] == {"units": 5}
    tokens = next((tmp_path / "outputs" / "tiny" / "prepare").glob("*/vocabulary.txt")).read_text()
    assert "shp" in tokens.split()

    # In a new process the layers of the plugin are found again.
    for path in run.glob("predict/*"):
        path.rename(tmp_path / path.name)
    own = ("competition", "plugins=", "compute.")
    done = regard_in(tmp_path, "submit", *(word for word in words if word.startswith(own)))
    assert done.returncode == 0, done.stderr
    assert (run / "submission.csv").read_text() == submission

    for wrong, message in (
        ("model.gate.units=0", "model.gate.units=0 is out of range"),
        ("model.pooling=[frist]", "model.pooling=frist is not known; did you mean 'first'?"),
    ):
        done = regard_in(tmp_path, "train", *words, wrong)
        assert done.returncode == 1
        assert done.stderr.startswith(f"config error: {message}")
