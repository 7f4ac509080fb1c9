import dataclasses
import logging

import pandas as pd
import pytest
from helpers.damage import without_lists
from helpers.encoders import write_encoder

from regard.artefacts import MANIFEST, read_json, write_json
from regard.errors import ArtefactError, ConfigError, DataError
from regard.pipeline import train
from regard.pipeline.reproducing import reproduce


def test_same_bytes_on_the_same_machine(quick, caplog):
    run = train(quick())
    with caplog.at_level(logging.INFO):
        found = reproduce(run.config, run.name)
    assert found.is_same
    assert found.n_decisions == 0
    assert f"reproduce: {run.name} is reproduced byte for byte" in caplog.messages
    assert not (run.competition_folder / "reproductions").exists()


def edit_outputs(run, change):
    """Change the out-of-fold outputs of a run, as another processor might."""
    without_lists(run.folder)
    path = run.folder / "oof.csv"
    table = pd.read_csv(path, dtype={0: str})
    table.iloc[:, 2:] = change(table.iloc[:, 2:].to_numpy())
    table.to_csv(path, index=False)


def test_small_difference_is_told_with_its_size(quick, caplog):
    run = train(quick())
    edit_outputs(run, lambda outputs: outputs + 0.001)
    with caplog.at_level(logging.INFO):
        found = reproduce(run.config, run.name)
    assert not found.is_same
    assert found.is_within_noise
    assert found.largest_change == pytest.approx(0.001, rel=0.01)
    assert any("within the standard error" in line for line in caplog.messages)


def test_another_score_is_one_line(quick):
    run = train(quick())
    edit_outputs(run, lambda outputs: outputs + 0.001)
    path = run.folder / "metrics.json"
    scores = read_json(path)
    write_json(path, {**scores, "oof_score": scores["oof_score"] + 10})
    with pytest.raises(ArtefactError, match="was not reproduced: out of fold") as caught:
        reproduce(run.config, run.name)
    assert "\n" not in str(caught.value)


def test_difference_of_the_environment_is_named(quick, caplog):
    run = train(quick())
    without_lists(run.folder)
    path = run.folder / MANIFEST
    manifest = read_json(path)
    manifest["environment"]["packages"]["numpy"] = "1.0"
    write_json(path, manifest)
    with caplog.at_level(logging.INFO):
        reproduce(run.config, run.name)
    assert any("packages.numpy was 1.0 and is" in line for line in caplog.messages)


def test_other_train_file_is_one_line(quick):
    run = train(quick())
    path = run.config.competition_dir / "train.csv"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(DataError, match="the train file is not the one that run"):
        reproduce(run.config, run.name)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_other_encoder_is_one_line(tiny, tmp_path):
    folder = write_encoder(tmp_path / "encoder")
    run = train(tiny("model=encoder_linear", "model.C=[1]", f"model.encoder_folder={folder}"))
    assert reproduce(run.config, run.name).is_same
    write_encoder(folder, layer_norm_eps=0.1)
    with pytest.raises(
        ArtefactError, match=r"encoder/\S+ is not the one that run .* was"
    ) as caught:
        reproduce(run.config, run.name)
    assert "\n" not in str(caught.value)
    assert not (run.competition_folder / "reproductions").exists()


def test_runs_that_no_single_training_makes_are_refused(quick):
    run = train(quick())
    stored = read_json(run.folder / "config.json")
    stored["compute"]["budget_minutes"] = 5
    without_lists(run.folder)
    write_json(run.folder / "config.json", stored)
    config = dataclasses.replace(
        run.config, compute=dataclasses.replace(run.config.compute, budget_minutes=5)
    )
    with pytest.raises(ConfigError, match="its length depended on the machine"):
        reproduce(config, run.name)


# Training amplifies the last bits of a sum, which threads and instructions decide.
OTHER_PROCESSORS = [
    {"OMP_NUM_THREADS": "1", "TF_ENABLE_ONEDNN_OPTS": "0"},
    {"ONEDNN_MAX_CPU_ISA": "SSE41"},
]


@pytest.mark.slow
def test_network_under_other_threads_and_instructions_is_within_noise(tiny, monkeypatch, caplog):
    run = train(tiny("embeddings=word2vec", "training.epochs=2", "folds.n_folds=2"))
    for variables in OTHER_PROCESSORS:
        with monkeypatch.context() as patch, caplog.at_level(logging.INFO):
            for name, value in variables.items():
                patch.setenv(name, value)
            found = reproduce(run.config, run.name)
        assert found.is_within_noise
        assert found.largest_change < 0.01
        assert all(f"variables.{name} was not there and is" in caplog.text for name in variables)
