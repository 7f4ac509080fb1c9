import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables
from helpers.damage import without_lists

from regard import artefacts, pipeline
from regard.config import Config
from regard.errors import ConfigError
from regard.network.pseudo_labels import confident_rows, read_pseudo_labels
from regard.parallel import workers
from regard.tasks import Binary, MultiClass, MultiLabel, Ordinal, Regression, SoftLabels, Task

PREDICTIONS = "outputs/tiny/runs/base/predict/0/fold_outputs.npy"


@pytest.mark.parametrize(
    ("task", "outputs", "threshold", "expected"),
    [
        (Binary(("label",)), [[0.95], [0.5], [0.05], [0.9]], 0.9, [0, 2, 3]),
        (MultiClass(("a", "b", "c")), [[0.2, 0.2, 0.6], [0.4, 0.3, 0.3]], 0.6, [0]),
        (MultiLabel(("a", "b")), [[0.95, 0.02], [0.95, 0.4]], 0.9, [0]),
        # The outputs are the probabilities of a rank above 0 and above 1, so the three ranks have
        # the probabilities 0.1, 0.1, 0.8 and 0.4, 0.2, 0.4.
        (Ordinal(("1", "2", "3")), [[0.9, 0.8], [0.6, 0.4]], 0.75, [0]),
        (Ordinal(("1", "2", "3")), [[0.1, 0.0], [0.95, 0.05]], 0.9, [0, 1]),
        (Regression(("a",), ranges=((0.0, 1.0),)), [[0.5], [0.4]], 0.9, [0, 1]),
        (SoftLabels(("a",)), [[0.5], [0.4]], 0.9, [0, 1]),
    ],
)
def test_confident_rows(task: Task, outputs, threshold, expected):
    found = confident_rows(np.array(outputs, np.float32), task, threshold)
    assert found.tolist() == expected


def settings(folder: Path, *overrides: str) -> Config:
    folders = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
    folds = ["competition.fold_column=part", "training.epochs=1"]
    return compose_config(*SMALL, *folders, *folds, *overrides)


def tables(change: Callable[[pd.DataFrame], None] = lambda train: None) -> dict[str, pd.DataFrame]:
    """Build the tiny competition with alternating folds 0 and 1; identical texts share fold 0."""
    found = tiny_tables()
    found["train"]["part"] = [0 if row == 7 else row % 2 for row in range(48)]
    change(found["train"])
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write the competition and the files of a finished run "base" with random predictions."""
    write_tables(tmp_path / "data" / "tiny", tables())
    run = pipeline.make(settings(tmp_path), "folds")
    oof = pd.DataFrame(1 / 3, index=range(48), columns=["sea", "town", "wood"])
    oof.insert(0, "fold", run.folds)
    oof.insert(0, "id", [f"x{row:03d}" for row in range(48)])
    base = run.folder.with_name("base")
    with artefacts.new_folder(base, labels=run.labels_hash) as new:
        artefacts.write_csv(new / "oof.csv", oof)
        artefacts.write_json(new / "metrics.json", {"fold_scores": [0.5, 0.5]})
    test_file = artefacts.hash_file(tmp_path / "data" / "tiny" / "test.csv")
    outputs = np.random.default_rng(0).dirichlet([0.3] * 3, size=(2, 12)).astype(np.float32)
    with artefacts.new_folder(base / "predict" / "0", test_file=test_file) as new:
        np.save(new / "fold_outputs.npy", outputs)
    return tmp_path


def fold_data(config: Config, fold: int, labels: np.ndarray | None = None):
    """Return the rows, labels and pseudo-labels of a fold, optionally with other labels."""
    from regard.network import fold_rows

    run = pipeline.make(config, "folds")
    if labels is not None:
        run.labels = labels
    data = fold_rows.fold_data(run, run.train_inputs, fold)
    return fold_rows.with_pseudo_labels(data, run.test_inputs, run, fold)


@pytest.mark.slow  # Keras
@pytest.mark.parametrize("fold", [0, 1])
def test_fold_also_trains_on_confident_predictions_of_its_own_fold(fold, folder):
    config = settings(
        folder, "pseudo_labels.run=base", "pseudo_labels.threshold=0.8", "pseudo_labels.weight=0.5"
    )
    outputs = np.load(folder / PREDICTIONS)[fold]
    data = fold_data(config, fold)
    rows = np.flatnonzero(outputs.max(axis=1) >= 0.8)
    assert 0 < len(rows) < 12
    added = data.train_rows[data.train_rows >= 48]
    np.testing.assert_array_equal(data.ideal_outputs[added], outputs[rows])
    assert data.weights[added].tolist() == [0.5] * len(rows)
    assert set(data.weights[data.train_rows[data.train_rows < 48]]) == {1.0}
    test_texts = pipeline.make(config, "folds").test_inputs.texts[0]
    for index, row in zip(added.tolist(), rows.tolist(), strict=True):
        assert data.inputs.texts[0][index].tolist() == test_texts[row].tolist()
    assert data.valid_rows.max() < 48
    assert len(data.targets.labels) == 48


@pytest.mark.slow
@pytest.mark.parametrize("fold", [0, 1])
def test_labels_of_held_out_rows_do_not_matter(fold, folder):
    config = settings(folder, "pseudo_labels.run=base", "pseudo_labels.threshold=0.5")
    labels = pipeline.make(config, "folds").labels.copy()
    data = fold_data(config, fold)
    labels[data.valid_rows] = (labels[data.valid_rows] + 1) % 3
    changed = fold_data(config, fold, labels)
    rows = data.train_rows
    np.testing.assert_array_equal(changed.train_rows, rows)
    np.testing.assert_array_equal(changed.ideal_outputs[rows], data.ideal_outputs[rows])
    held_out = data.valid_rows
    assert (changed.targets.labels[held_out] != data.targets.labels[held_out]).all()


@pytest.mark.slow
def test_predictions_of_other_folds_do_not_matter(folder):
    config = settings(folder, "pseudo_labels.run=base", "pseudo_labels.threshold=0.5")
    before = [fold_data(config, fold) for fold in (0, 1)]
    without_lists((folder / PREDICTIONS).parent)
    outputs = np.load(folder / PREDICTIONS)
    outputs[1] = outputs[1][::-1]
    np.save(folder / PREDICTIONS, outputs)
    after = [fold_data(config, fold) for fold in (0, 1)]
    np.testing.assert_array_equal(after[0].ideal_outputs, before[0].ideal_outputs)
    assert not np.array_equal(after[1].ideal_outputs, before[1].ideal_outputs)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_labels_of_held_out_rows_do_not_matter_from_the_csv_file_on(tmp_path):
    def relabel_fold_0(train: pd.DataFrame) -> None:
        other = {"sea": "wood", "wood": "town", "town": "sea"}
        train["category"] = train["category"].mask(train["part"] == 0, train["category"].map(other))

    found = []
    for name, written in (("original", tables()), ("changed", tables(relabel_fold_0))):
        write_tables(tmp_path / name / "data" / "tiny", written)
        base = pipeline.make(settings(tmp_path / name), "predict")
        overrides = [f"pseudo_labels.run={base.name}", "pseudo_labels.threshold=0"]
        run = pipeline.make(settings(tmp_path / name, *overrides), "folds")
        found.append([read_pseudo_labels(run, fold).outputs for fold in (0, 1)])
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
def test_run_with_pseudo_labels_has_its_own_folder_and_predictions(overrides, tmp_path):
    write_tables(tmp_path / "data" / "tiny", tables())
    base = pipeline.make(settings(tmp_path, *overrides), "predict")
    named = [f"pseudo_labels.run={base.name}", "pseudo_labels.threshold=0.2"]
    run = pipeline.make(settings(tmp_path, *overrides, *named), "predict")
    assert run.folder != base.folder
    assert run.folders["folds"] == base.folders["folds"]
    assert len(pd.read_csv(run.folder / "oof.csv")) == 48
    assert not np.array_equal(run.outputs, base.outputs)


def test_every_setting_changes_the_folder(folder):
    folders = {
        pipeline.make(settings(folder, *overrides), "folds").folder
        for overrides in (
            [],
            ["pseudo_labels.run=base"],
            ["pseudo_labels.run=other"],
            ["pseudo_labels.run=base", "pseudo_labels.threshold=0.8"],
            ["pseudo_labels.run=base", "pseudo_labels.weight=0.8"],
        )
    }
    assert len(folders) == 5


@pytest.fixture
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "warm_up", lambda *arguments: pytest.fail("workers were started"))


def refusal(folder: Path, *overrides: str) -> str:
    """Return the error message of a training with the run "base"."""
    with pytest.raises(ConfigError) as caught:
        pipeline.make(settings(folder, "pseudo_labels.run=base", *overrides), "train")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.usefixtures("no_workers")
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["pseudo_labels.run=bas"], "did you mean 'base'"),
        (["pseudo_labels.threshold=1.1"], "threshold=1.1 is out of range"),
        (["pseudo_labels.weight=0"], "weight=0.0 is out of range"),
        (["competition.fold_column=null"], "has other folds"),
        (
            ["competition.task=ordinal", "competition.label_values=[sea,town,wood]"],
            "predicts sea, town, wood, but this run predicts",
        ),
    ],
)
def test_setting_that_does_not_fit_is_refused(overrides, message, folder):
    assert message in refusal(folder, *overrides)


@pytest.mark.usefixtures("no_workers")
def test_run_with_other_train_rows_is_refused(folder):
    train = tables()["train"]
    train["id"] = train["id"].str.replace("x", "y")
    write_tables(folder / "data" / "tiny", {"train": train})
    assert "was trained on other rows of train.csv" in refusal(folder)


@pytest.mark.usefixtures("no_workers")
def test_run_with_other_labels_is_refused(folder):
    train = tables()["train"]
    assert train["category"][0] != train["category"][1]
    train.loc[:1, "category"] = train["category"][:2].to_numpy()[::-1]
    write_tables(folder / "data" / "tiny", {"train": train})
    assert "was trained on other labels" in refusal(folder)


@pytest.mark.usefixtures("no_workers")
def test_run_with_predictions_for_another_test_file_is_refused(folder):
    write_tables(folder / "data" / "tiny", {"test": tiny_tables()["test"][::-1]})
    message = refusal(folder)
    assert (
        "pseudo_labels.run=base has no test predictions of the current test file; first run: "
        in message
    )
    assert re.search(r"submit .*run=.?base", message, re.IGNORECASE)


@pytest.mark.usefixtures("no_workers")
def test_run_without_predictions_is_refused(folder):
    shutil.rmtree(folder / "outputs/tiny/runs/base/predict")
    assert "base has no test predictions of the current test file; first run: " in refusal(folder)


@pytest.mark.usefixtures("no_workers")
def test_predictions_by_the_model_of_all_rows_are_refused(folder):
    (folder / PREDICTIONS).unlink()
    message = refusal(folder)
    assert "base has no predictions by the models of its folds of the current" in message
    assert message.endswith("predict.models=folds")


def test_predictions_of_the_test_file_are_taken_among_several(folder):
    expected = np.load(folder / PREDICTIONS)[1]
    with artefacts.new_folder(folder / "outputs/tiny/runs/base/predict/1", test_file="x") as new:
        np.save(new / "fold_outputs.npy", np.zeros((2, 12, 3), np.float32))
    config = settings(folder, "pseudo_labels.run=base", "pseudo_labels.threshold=0")
    found = read_pseudo_labels(pipeline.make(config, "folds"), 1)
    np.testing.assert_array_equal(found.outputs, expected)


def test_pseudo_labels_need_test_rows():
    alone = ["competition.test_file=null", "competition.sample_file=null"]
    with pytest.raises(ConfigError, match=r"pseudo_labels\.run needs test rows"):
        compose_config(*alone, "pseudo_labels.run=base")


def test_known_positive_rate_and_pseudo_labels_are_refused_together():
    with pytest.raises(ConfigError, match="do not go together"):
        compose_config(
            "competition=quora_pairs", "pseudo_labels.run=base", "prior.test_positive_rate=0.2"
        )
