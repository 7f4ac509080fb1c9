"""Test rows that an earlier run is sure of: which they are, what is learnt of them, and that nothing held out leaks."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables

from regard import artefacts, pipeline
from regard.artefacts import read_array
from regard.config import Config
from regard.data.inputs import read_inputs
from regard.errors import ArtefactError, ConfigError
from regard.network.pseudo_labels import confident_rows, pseudo_labels
from regard.parallel import workers
from regard.runs.run import Run
from regard.tasks import Task, Truth


def sure(task: Task, outputs: list[list[float]], threshold: float) -> list[int]:
    return confident_rows(np.array(outputs, np.float32), task, threshold).tolist()


def test_rows_are_taken_from_the_threshold_on():
    assert sure(Task("binary", ("label",)), [[0.95], [0.5], [0.05], [0.9]], 0.9) == [0, 2, 3]
    assert sure(Task("multi_class", ("a", "b", "c")), [[0.2, 0.2, 0.6], [0.4, 0.3, 0.3]], 0.6) == [
        0
    ]
    assert sure(Task("multi_label", ("a", "b")), [[0.95, 0.02], [0.95, 0.4]], 0.9) == [0]
    # above 1, above 2: the classes have 0.1, 0.1, 0.8 and 0.4, 0.2, 0.4
    assert sure(Task("ordinal", ("1", "2", "3")), [[0.9, 0.8], [0.6, 0.4]], 0.75) == [0]
    assert sure(Task("ordinal", ("1", "2", "3")), [[0.1, 0.0], [0.95, 0.05]], 0.9) == [0, 1]


def test_numbers_and_soft_labels_have_no_threshold():
    assert sure(Task("regression", ("a",), ranges=((0.0, 1.0),)), [[0.5], [0.4]], 0.9) == [0, 1]
    assert sure(Task("soft_labels", ("a",)), [[0.5], [0.4]], 0.9) == [0, 1]


READY_MADE = ["competition.fold_column=part", "training.epochs=1"]


def settings(folder: Path, *overrides: str) -> Config:
    folders = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
    return compose_config(*SMALL, *folders, *READY_MADE, *overrides)


def tables(change: Callable[[pd.DataFrame], None] = lambda train: None) -> dict[str, pd.DataFrame]:
    """The tiny competition with ready-made folds, 0 and 1 in turn but for identical texts."""
    found = tiny_tables()
    found["train"]["part"] = [0 if row == 7 else row % 2 for row in range(48)]
    change(found["train"])
    return found


def write_run(folder: Path, *, name: str = "base", outputs: np.ndarray | None = None) -> Run:
    """What a finished run leaves that others read, without training."""
    run = pipeline.make(settings(folder), "folds")
    numbers = np.load(run.folders["folds"] / "folds.npy")
    if outputs is None:
        outputs = np.random.default_rng(0).dirichlet([0.3] * 3, size=(2, 12)).astype(np.float32)
    run = run.folder.with_name(name)
    oof = pd.DataFrame(1 / 3, index=range(48), columns=["sea", "town", "wood"])
    oof.insert(0, "fold", numbers)
    oof.insert(0, "id", [f"x{row:03d}" for row in range(48)])
    with artefacts.new_folder(
        run, labels=artefacts.hash_file(run.folders["prepare"] / "labels.npy")
    ) as place:
        artefacts.write_csv(place / "oof.csv", oof)
    test_file = artefacts.hash_file(folder / "data" / "tiny" / "test.csv")
    with artefacts.new_folder(run / "predict" / "0", test_file=test_file) as place:
        np.save(place / "fold_outputs.npy", outputs)
    return run


def fold_of(config: Config, fold: int, labels: np.ndarray | None = None):
    """What a fold is trained on."""
    from regard.network.learner import fold_data, with_pseudo_labels

    run = pipeline.make(config, "folds")
    truth = Truth(np.load(run.folders["prepare"] / "labels.npy") if labels is None else labels)
    return with_pseudo_labels(fold_data(config, run, truth, fold), config, run, run.task, fold)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tables(tmp_path / "data" / "tiny", tables())
    write_run(tmp_path)
    return tmp_path


@pytest.mark.slow  # regard.jobs imports Keras
def test_a_fold_learns_from_the_test_rows_that_its_own_fold_of_the_earlier_run_is_sure_of(folder):
    config = settings(
        folder, "pseudo_labels.run=base", "pseudo_labels.threshold=0.8", "pseudo_labels.weight=0.5"
    )
    outputs = np.load(folder / "outputs/tiny/runs/base/predict/0/fold_outputs.npy")
    for fold in (0, 1):
        data = fold_of(config, fold)
        rows = np.flatnonzero(outputs[fold].max(axis=1) >= 0.8)
        assert 0 < len(rows) < 12
        added = data.train_rows[data.train_rows >= 48]
        np.testing.assert_array_equal(data.targets[added], outputs[fold][rows])
        assert data.weights[added].tolist() == [0.5] * len(rows)
        assert set(data.weights[data.train_rows[data.train_rows < 48]]) == {1.0}
        run = pipeline.make(config, "folds")
        test = read_inputs(run.prepare, "test", config.competition)
        for place, row in zip(added, rows, strict=True):
            assert data.inputs.texts[0][int(place)].tolist() == test.texts[0][int(row)].tolist()
        assert data.valid_rows.max() < 48
        assert len(data.truth.labels) == 48


@pytest.mark.slow
@pytest.mark.parametrize("fold", [0, 1])
def test_the_labels_of_held_out_rows_change_nothing_in_what_a_fold_is_trained_on(fold, folder):
    config = settings(folder, "pseudo_labels.run=base", "pseudo_labels.threshold=0.5")
    labels = np.load(pipeline.make(config, "folds").folders["prepare"] / "labels.npy")
    data = fold_of(config, fold)
    labels[data.valid_rows] = (labels[data.valid_rows] + 1) % 3
    other = fold_of(config, fold, labels)
    np.testing.assert_array_equal(other.train_rows, data.train_rows)
    np.testing.assert_array_equal(other.targets[other.train_rows], data.targets[data.train_rows])
    assert not (other.truth.labels[data.valid_rows] == data.truth.labels[data.valid_rows]).any()


@pytest.mark.slow
def test_a_fold_never_sees_what_the_earlier_models_of_other_folds_say(folder):
    config = settings(folder, "pseudo_labels.run=base", "pseudo_labels.threshold=0.5")
    before = [fold_of(config, fold) for fold in (0, 1)]
    path = folder / "outputs/tiny/runs/base/predict/0/fold_outputs.npy"
    outputs = np.load(path)
    outputs[1] = outputs[1][::-1]
    np.save(path, outputs)
    after = [fold_of(config, fold) for fold in (0, 1)]
    np.testing.assert_array_equal(after[0].targets, before[0].targets)
    assert not np.array_equal(after[1].targets, before[1].targets)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_from_csv_to_pseudo_labels_no_label_of_a_held_out_row_makes_a_difference(tmp_path):
    def change(train: pd.DataFrame) -> None:
        held_out = train["part"] == 0
        train.loc[held_out, "category"] = train.loc[held_out, "category"].map(
            {"sea": "wood", "wood": "town", "town": "sea"}
        )

    found = []
    for name, written in (("as_it_is", tables()), ("changed", tables(change))):
        write_tables(tmp_path / name / "data" / "tiny", written)
        run = pipeline.make(settings(tmp_path / name), "predict")
        config = settings(
            tmp_path / name, f"pseudo_labels.run={run.name}", "pseudo_labels.threshold=0"
        ).pseudo_labels
        found.append([pseudo_labels(config, run, run.task, fold).outputs for fold in (0, 1)])
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert not np.array_equal(found[0][1], found[1][1])


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.parametrize(
    "overrides",
    [
        [],
        [
            "competition.task=ordinal",
            "competition.label_values=[sea,town,wood]",
            "training.label_smoothing=0.1",
        ],
        [
            "training.class_weights=balanced",
            "training.focal_gamma=1",
            "training.weight_average=ema",
        ],
    ],
)
def test_a_run_of_pseudo_labels_goes_the_whole_way_and_is_a_run_of_its_own(overrides, tmp_path):
    write_tables(tmp_path / "data" / "tiny", tables())
    base = pipeline.train(settings(tmp_path, *overrides))
    named = [f"pseudo_labels.run={base.name}", "pseudo_labels.threshold=0.2"]
    run = pipeline.train(settings(tmp_path, *overrides, *named))
    assert run.folder != base.folder
    assert run.folders["folds"] == base.folds
    assert len(pd.read_csv(run.folder / "oof.csv")) == 48
    assert not np.array_equal(
        read_array(run.folders["predict"] / "fold_outputs.npy"),
        read_array(base.folders["predict"] / "fold_outputs.npy"),
    )


@pytest.mark.slow
def test_the_earlier_run_and_each_setting_are_part_of_a_runs_identity(folder):
    runs = [
        pipeline.make(settings(folder, *overrides), "folds").folder
        for overrides in (
            [],
            ["pseudo_labels.run=base"],
            ["pseudo_labels.run=other"],
            ["pseudo_labels.run=base", "pseudo_labels.threshold=0.8"],
            ["pseudo_labels.run=base", "pseudo_labels.weight=0.8"],
        )
    ]
    assert len(set(runs)) == 5


def refusal(folder: Path, *overrides: str) -> str:
    with pytest.raises((ConfigError, ArtefactError)) as caught:
        pipeline.make(settings(folder, "pseudo_labels.run=base", *overrides), "train")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "warm_up", lambda *arguments: pytest.fail("workers were started"))


@pytest.mark.slow
@pytest.mark.usefixtures("no_workers")
def test_what_does_not_fit_is_refused_before_any_training(folder):
    assert "did you mean 'base'" in refusal(folder, "pseudo_labels.run=bas")
    assert "has other folds" in refusal(folder, "competition.fold_column=null")
    assert "threshold=1.1 is out of range" in refusal(folder, "pseudo_labels.threshold=1.1")
    assert "weight=0.0 is out of range" in refusal(folder, "pseudo_labels.weight=0")
    other_task = ["competition.task=ordinal", "competition.label_values=[sea,town,wood]"]
    assert "predicts sea, town, wood, not what this run does" in refusal(folder, *other_task)
    write_tables(folder / "data" / "tiny", {"test": tiny_tables()["test"][::-1]})
    assert "another test file" in refusal(folder)
    shutil.rmtree(folder / "outputs/tiny/runs/base/predict")
    assert "base has no test predictions" in refusal(folder)


@pytest.mark.usefixtures("no_workers")
def test_a_run_of_other_rows_is_refused(folder):
    train = tables()["train"]
    train["id"] = train["id"].str.replace("x", "y")
    write_tables(folder / "data" / "tiny", {"train": train})
    assert "other rows of train.csv" in refusal(folder)


@pytest.mark.usefixtures("no_workers")
def test_a_run_that_learnt_other_labels_is_refused(folder):
    train = tables()["train"]
    assert train["category"][0] != train["category"][1]
    train.loc[:1, "category"] = train["category"][:2].to_numpy()[::-1]
    write_tables(folder / "data" / "tiny", {"train": train})
    assert "learnt other labels" in refusal(folder)


def test_a_known_share_of_positives_and_pseudo_labels_are_refused_together():
    with pytest.raises(ConfigError, match="do not go together"):
        compose_config(
            "competition=quora_pairs", "pseudo_labels.run=base", "prior.test_positive_rate=0.2"
        )
