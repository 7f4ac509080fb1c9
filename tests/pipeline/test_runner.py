"""The stages together, on a tiny competition: what a user gets, and what happens the second time."""

import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables

from regard import artefacts, pipeline
from regard.artefacts import read_array
from regard.config import Config
from regard.errors import ConfigError, DataError, RegardError
from regard.parallel import workers
from regard.pipeline import running
from regard.runs.run import Run

ROOT = Path(__file__).resolve().parents[2]


def run_in_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def train_command(folder: Path, *overrides: str) -> list[str]:
    folders = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
    return [sys.executable, str(ROOT / "scripts" / "train.py"), *SMALL, *folders, *overrides]


def only_run(folder: Path) -> Path:
    (run,) = (
        path
        for path in (folder / "outputs" / "tiny" / "runs").iterdir()
        if not path.name.startswith(".")
    )
    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the tiny competition was trained to the end, by the script."""
    folder = tmp_path_factory.mktemp("tiny")
    write_tables(folder / "data" / "tiny", tiny_tables())
    done = subprocess.run(train_command(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (folder / "log").write_text(done.stdout)
    return folder


@pytest.fixture(scope="module")
def config(folder: Path) -> Config:
    return compose_config(*SMALL, f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}")


@pytest.fixture(scope="module")
def run(config: Config) -> Run:
    return pipeline.make(config, "prepare")


@pytest.mark.slow
def test_the_submission_has_the_columns_order_and_ids_of_the_sample(folder, run):
    submission = pd.read_csv(run.folder / "submission.csv", dtype=str)
    sample = pd.read_csv(folder / "data" / "tiny" / "sample_submission.csv", dtype=str)
    assert list(submission) == list(sample)
    assert submission["id"].tolist() == sample["id"].tolist()
    assert set(submission["category"]) <= {"sea", "wood", "town"}


@pytest.mark.slow
def test_a_copy_of_the_submission_is_named_by_its_score(run):
    (copy,) = run.folder.glob("[01].*_*.csv")
    assert copy.name.endswith(f"_{run.name}.csv")
    assert copy.read_bytes() == (run.folder / "submission.csv").read_bytes()


@pytest.mark.slow
def test_every_row_is_held_out_once_and_has_an_out_of_fold_prediction(folder, run):
    oof = pd.read_csv(run.folder / "oof.csv")
    train = pd.read_csv(folder / "data" / "tiny" / "train.csv")
    assert oof["id"].tolist() == train["id"].tolist()
    assert set(oof["fold"]) == {0, 1}
    assert oof.notna().all().all()
    np.testing.assert_allclose(oof[["sea", "town", "wood"]].sum(axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_identical_texts_share_a_fold(run):
    folds, identical = (
        read_array(run.folders["folds"] / "folds.npy"),
        read_array(run.folders["prepare"] / "identical.npy"),
    )
    assert identical[7] == 4
    assert folds[7] == folds[4]


@pytest.mark.slow
def test_the_test_probabilities_are_the_mean_over_folds(run):
    by_fold = read_array(run.folders["predict"] / "fold_outputs.npy")
    assert by_fold.shape == (2, 12, 3)
    np.testing.assert_allclose(
        read_array(run.folders["predict"] / "outputs.npy"), (by_fold[0] + by_fold[1]) / 2, atol=1e-7
    )


@pytest.mark.slow
def test_the_scores_are_those_of_the_out_of_fold_predictions(folder, run):
    oof = pd.read_csv(run.folder / "oof.csv")
    train = pd.read_csv(folder / "data" / "tiny" / "train.csv")
    hits = oof[["sea", "town", "wood"]].idxmax(axis=1) == train["category"]
    scores = run.scores
    assert scores["oof_score"] == pytest.approx(hits.mean())
    assert scores["fold_scores"] == pytest.approx(
        [hits[oof["fold"] == fold].mean() for fold in (0, 1)]
    )


@pytest.mark.slow
def test_the_leaderboard_and_latest_name_the_run(folder, run):
    board = pd.read_csv(folder / "outputs" / "tiny" / "leaderboard.csv")
    assert run.name in board["run"].tolist()
    assert (folder / "outputs" / "tiny" / "latest" / "submission.csv").exists()


@pytest.mark.slow
def test_the_log_ends_with_the_score_and_where_everything_is(folder):
    last = (folder / "log").read_text().splitlines()[-4:]
    run = only_run(folder)
    assert last[0].startswith("oof accuracy: ")
    assert [line.split()[-1] for line in last[1:]] == [
        str(run / name) for name in ("submission.csv", "report.html", "metrics.json")
    ]


@pytest.mark.slow
def test_the_same_command_again_trains_nothing_and_changes_nothing(config, run, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a job was started")

    monkeypatch.setattr(workers, "run_jobs", refuse)
    before = {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")}
    pipeline.train(config)
    assert {path: path.stat().st_mtime_ns for path in run.folder.rglob("*")} == before


@pytest.mark.slow
def test_from_scratch_the_same_seed_gives_the_same_bytes_and_another_run_shares_what_it_can(
    folder, run, tmp_path
):
    shutil.copytree(folder / "data", tmp_path / "data")
    first = subprocess.run(train_command(tmp_path), capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr
    again = only_run(tmp_path)
    for name in ("submission.csv", "oof.csv"):
        assert (again / name).read_bytes() == (run.folder / name).read_bytes()
    other = train_command(tmp_path, "model.rnn.units=6", "folds.n_folds=3", "training.epochs=1")
    assert subprocess.run(other, capture_output=True, check=False).returncode == 0
    tiny = tmp_path / "outputs" / "tiny"
    counts = {
        stage: len(list((tiny / stage).glob("[!.]*")))
        for stage in ("prepare", "embed", "folds", "runs")
    }
    assert counts == {"prepare": 1, "embed": 1, "folds": 2, "runs": 2}
    assert len(pd.read_csv(tiny / "leaderboard.csv")) == 2


@pytest.mark.slow
def test_a_killed_training_goes_on_from_its_last_epoch_and_ends_the_same(folder, run, tmp_path):
    shutil.copytree(folder / "data", tmp_path / "data")
    process = subprocess.Popen(
        train_command(tmp_path), stdout=subprocess.DEVNULL, start_new_session=True
    )
    runs = tmp_path / "outputs" / "tiny" / "runs"
    deadline = time.monotonic() + 120
    while (
        not list(runs.glob(".*.unfinished/.fold_*.unfinished/state.npz"))
        and time.monotonic() < deadline
    ):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (runs / run.name).exists()
    resumed = subprocess.run(train_command(tmp_path), capture_output=True, text=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    for name in ("submission.csv", "oof.csv"):
        assert (only_run(tmp_path) / name).read_bytes() == (run.folder / name).read_bytes()
    assert not (runs / f".{run.name}.unfinished").exists()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_train_and_predict(backend, folder, tmp_path):
    pytest.importorskip(
        backend, reason=f"the {backend} backend is an extra that is not installed here"
    )
    shutil.copytree(folder / "data", tmp_path / "data")
    recipe = [
        "training.weight_average=ema",
        "training.schedule=one_cycle",
        "training.focal_gamma=1",
    ]
    command = train_command(tmp_path, "training.epochs=2", "training.weight_decay=0.01", *recipe)
    environment = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    submission = pd.read_csv(only_run(tmp_path) / "submission.csv", dtype=str)
    assert len(submission) == 12
    assert set(submission["category"]) <= {"sea", "wood", "town"}


@pytest.mark.slow
def test_stages_that_train_nothing_never_import_keras():
    code = "import sys, regard.pipeline; print(sorted({'keras', 'tensorflow', 'gensim', 'sklearn'} & set(sys.modules)))"
    assert run_in_python(code).stdout.strip() == "[]"


def broken(folder: Path, name: str, change) -> None:
    path = folder / "data" / "tiny" / f"{name}.csv"
    path.write_bytes(change(path.read_bytes()))


def columns_without(name: str, *dropped: str):
    return lambda content: (
        pd.DataFrame(tiny_tables()[name]).drop(columns=list(dropped)).to_csv(index=False).encode()
    )


MISTAKES = {
    "a missing file": ("test", None, "test.csv"),
    "a missing column": ("train", columns_without("train", "text"), "no column 'text'"),
    "an empty train.csv": ("train", lambda content: b"", "train.csv is empty"),
    "a header only": ("train", lambda content: content.split(b"\n")[0] + b"\n", "no rows"),
    "a CSV cut off in a quote": (
        "test",
        lambda content: content.rstrip() + b'\nx099,"cut o',
        "never closed",
    ),
    "bytes that are not UTF-8": (
        "train",
        lambda content: content + b"x999,caf\xe9,sea\n",
        "not valid utf-8",
    ),
    "ids that stand twice": ("train", lambda content: content + b"x000,the sea,sea\n", "repeat"),
    "a label with fewer rows than folds": (
        "train",
        lambda content: content + b"x999,the sky,sky\n",
        "'sky' has 1 rows",
    ),
    "only empty texts": (
        "train",
        lambda content: tiny_tables()["train"].assign(text="").to_csv(index=False).encode(),
        "empty in every row",
    ),
    "a sample with an id that test lacks": (
        "sample_submission",
        lambda content: content + b"x998,sea\n",
        "x998",
    ),
}


def test_the_shipped_data_set_never_takes_the_place_of_a_users_file(tmp_path):
    folder = tmp_path / "data" / "bbc_news"
    folder.mkdir(parents=True)
    (folder / "test.csv").write_text("id,text\n1,mine\n")
    config = compose_config(f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}")
    with pytest.raises(DataError, match=r"train\.csv: there is no such file"):
        pipeline.make(config, "prepare")
    assert [path.name for path in folder.iterdir()] == ["test.csv"]


def test_a_keras_backend_that_is_not_there_is_refused_before_any_stage(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jaxx")
    with pytest.raises(ConfigError, match=r"KERAS_BACKEND=jaxx is not known; did you mean 'jax'"):
        pipeline.make(tiny(), "prepare")
    assert not (tmp_path / "outputs").exists()


@pytest.mark.slow
def test_a_class_may_have_the_name_of_a_column_of_the_out_of_fold_table(
    tiny, tmp_path, monkeypatch
):
    tables = tiny_tables()
    for name in ("train", "sample_submission"):
        tables[name]["category"] = tables[name]["category"].replace("sea", "fold")
    write_tables(tmp_path / "data" / "tiny", tables)
    monkeypatch.setattr(running, "_train_one_fold", write_a_fold)
    run = pipeline.make(tiny(), "train")
    header = (run.folder / "oof.csv").read_text().splitlines()[0]
    assert header == "id,fold,fold,town,wood"


def write_a_fold(config, run, task, truth, fold, *, progress):
    """What training leaves, without training."""
    folder = run.unfinished_folder / f"fold_{fold}"
    with artefacts.new_folder(folder) as place:
        held_out = int((read_array(run.folders["folds"] / "folds.npy") == fold).sum())
        np.save(place / "oof_outputs.npy", np.full((held_out, task.n_outputs), 1 / task.n_outputs))
        epochs = [{"epoch": 1.0, "loss": 1.0, "valid_loss": 1.0, "score": 0.5, "seconds": 1.0}]
        artefacts.write_json(
            place / "history.json", {"best_epoch": 1, "n_trainable_parameters": 3, "epochs": epochs}
        )


@pytest.mark.parametrize("mistake", MISTAKES)
def test_bad_input_is_told_in_one_line_and_nothing_is_half_written(mistake, tiny, tmp_path):
    name, change, words = MISTAKES[mistake]
    config = tiny()
    if change is None:
        (tmp_path / "data" / "tiny" / f"{name}.csv").unlink()
    else:
        broken(tmp_path, name, change)
    with pytest.raises(DataError, match=words) as caught:
        pipeline.make(config, "folds")
    assert "\n" not in str(caught.value)
    left = [
        path
        for path in (tmp_path / "outputs").rglob("*")
        if path.is_file() and "prepare" not in path.parts
    ]
    assert left == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("sea 1 2\nship 1\n", "line 2"),
        ("2 3\nsea 1 2 3\nship 1 2\n", "line 3"),
        ("2 3\nsea 1 2\nship 1 2\n", "line 2"),
        ("", "empty"),
    ],
    ids=[
        "a short line",
        "a short line after a header",
        "another width than the header says",
        "nothing",
    ],
)
def test_a_broken_vector_file_is_told_in_one_line_and_nothing_is_half_written(
    content, words, tiny, tmp_path
):
    path = tmp_path / "vectors.txt"
    path.write_text(content)
    with pytest.raises(DataError, match=words) as caught:
        pipeline.make(tiny(f"embeddings.sources=['file:{path}']"), "embed")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "outputs" / "tiny" / "embed").glob("*")) == []


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("competition.metric=acuracy", "did you mean 'accuracy'"),
        ("competition.metric=mean_column_roc_auc", "multi_class"),
    ],
)
def test_a_metric_that_does_not_fit_is_refused_before_anything_is_read(
    override, words, tiny, tmp_path
):
    with pytest.raises(ConfigError, match=words):
        pipeline.make(tiny(override), "prepare")
    assert not (tmp_path / "outputs").exists()


def test_a_sample_of_other_columns_is_refused_before_training(tiny, monkeypatch):
    monkeypatch.setattr(workers, "run_jobs", lambda *args, **kwargs: pytest.fail("training began"))
    with pytest.raises(
        DataError, match=r"has the columns id, category.*perhaps competition.submit=labels"
    ):
        pipeline.make(
            tiny("competition.metric=log_loss", "competition.submit=probabilities"), "train"
        )


def test_fold_columns_that_are_not_there_are_named(tiny):
    with pytest.raises(DataError, match=r"no column 'foldd'.*there are: category, id, text"):
        pipeline.make(tiny("competition.fold_column=foldd"), "folds")


def test_ready_made_folds_and_groups_are_kept(tiny, tmp_path):
    tables = tiny_tables()
    tables["train"]["part"] = [str(row % 4) for row in range(48)]
    tables["train"]["author"] = [f"author {row // 6}" for row in range(48)]
    write_tables(tmp_path / "data" / "tiny", tables)
    ready = read_array(
        pipeline.make(tiny("competition.fold_column=part"), "folds").folders["folds"] / "folds.npy"
    )
    assert ready.tolist() == [row % 4 for row in range(48)]
    grouped = read_array(
        pipeline.make(tiny("competition.group_column=author"), "folds").folders["folds"]
        / "folds.npy"
    )
    assert all(len(set(grouped[start : start + 6])) == 1 for start in range(0, 48, 6))


@pytest.mark.slow
def test_what_changes_nothing_in_a_stage_does_not_rename_it(tiny):
    base = pipeline.make(tiny(), "prepare")
    other = pipeline.make(
        tiny("model.rnn.units=3", "training.epochs=9", "folds.n_folds=3", "seed=5"), "prepare"
    )
    assert other.folders["prepare"] == base.prepare
    assert other.folders["folds"] != base.folds
    assert other.folder != base.folder
    assert (
        pipeline.make(tiny("compute.n_workers=1", "report.n_worst_rows=3"), "prepare").folder
        == base.folder
    )
    assert pipeline.make(tiny("text.min_count=2"), "prepare").folders["prepare"] != base.prepare


def test_a_run_is_named_by_its_own_backend_and_no_other(tiny, monkeypatch):
    before = pipeline.make(tiny(), "prepare").folder
    version = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "9" if name == "jax" else version(name)
    )
    artefacts.versions.cache_clear()
    assert pipeline.make(tiny(), "prepare").folder == before
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "9" if name == "keras" else version(name)
    )
    artefacts.versions.cache_clear()
    assert pipeline.make(tiny(), "prepare").folder != before
    artefacts.versions.cache_clear()


def test_a_changed_file_is_prepared_anew(tiny, tmp_path):
    before = pipeline.make(tiny(), "prepare")
    broken(tmp_path, "train", lambda content: content + b"x999,the ship,sea\n")
    assert pipeline.make(tiny(), "prepare").folders["prepare"] != before.prepare


def test_a_vocabulary_without_the_test_texts_has_none_of_their_tokens(tiny, tmp_path):
    broken(tmp_path, "test", lambda content: content.replace(b"the", b"zebra zebra"))
    with_test = pipeline.make(tiny(), "prepare").vocabulary
    without = pipeline.make(tiny("text.use_test=false"), "prepare").vocabulary
    assert with_test[:2] == without[:2] == ["<pad>", "<unk>"]
    assert "zebra" in with_test
    assert "zebra" not in without


@pytest.mark.slow
def test_few_rows_are_learnt_in_more_epochs_and_it_is_told(tiny, caplog):
    few = ["embeddings=word2vec", "training.epochs=4", "batches.size=16", "training.min_steps=32"]
    with caplog.at_level("INFO"):
        run = pipeline.make(tiny(*few, "training.patience=4"), "train")
    note = "few rows: 11 epochs in batches of 10 instead of 4 of 16, by training.min_steps=32; 0 leaves them"
    assert caplog.messages.count(f"train: {note}") == 1  # 24 rows a fold
    learnt = [artefacts.read_json(run.folder / f"fold_{fold}" / "history.json") for fold in (0, 1)]
    assert [fold["batch_size"] for fold in learnt] == [10, 10]
    assert max(len(fold["epochs"]) for fold in learnt) > 4


@pytest.mark.slow
def test_a_fold_that_is_killed_is_told_in_one_line(tiny, monkeypatch):
    monkeypatch.setattr(running, "_train_one_fold", die)
    with pytest.raises(RegardError, match=r"fold \d: its process ended with exit code 7"):
        pipeline.make(tiny(), "train")


def die(*arguments, progress):
    os._exit(7)
