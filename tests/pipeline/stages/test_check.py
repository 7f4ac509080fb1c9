import pytest
from helpers.cases import tiny_tables, write_tables
from helpers.learners import FakeLearner

from regard.artefacts import new_folder
from regard.errors import ConfigError, DataError
from regard.parallel import workers
from regard.pipeline import make
from regard.pipeline.learners import LEARNERS
from regard.pipeline.stages.check import check


class CheckedLearner(FakeLearner):
    """Refuse a setting, and need a slow module."""

    preload = "slow.module"

    def check(self, run):
        if run.config.training.patience == 99:
            raise ConfigError("training.patience=99 is too patient")


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(workers, "run_jobs", lambda *args, **named: pytest.fail("training began"))


@pytest.mark.slow
def test_workers_import_the_slow_module_early(quick, monkeypatch):
    calls = []
    monkeypatch.setattr(workers, "warm_up", lambda *arguments: calls.append(arguments))
    make(quick(), "train")
    assert calls == []  # this learner has no slow module
    monkeypatch.setitem(LEARNERS, "network", CheckedLearner())
    config = quick("seed=2", "folds.n_folds=3")
    make(config, "train")
    assert calls == [("slow.module", config.compute, 3)]
    make(config, "train")
    assert len(calls) == 1  # nothing is left to train


def test_there_are_as_many_workers_as_folds_are_left(quick, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(workers, "warm_up", lambda *arguments: calls.append(arguments))
    monkeypatch.setitem(LEARNERS, "network", CheckedLearner())
    tables = tiny_tables()
    tables["train"]["part"] = [row % 4 for row in range(48)]
    write_tables(tmp_path / "data" / "tiny", tables)
    config = quick("competition.fold_column=part", "folds.n_folds=2")
    run = make(config, "folds")
    with new_folder(run.unfinished_folder / "fold_1"):
        pass
    assert run.folds_to_train() == [0, 2, 3]
    check(run, run.folder, CheckedLearner())
    assert calls == [("slow.module", config.compute, 3)]


def test_learner_refuses_settings_before_training(quick, no_training, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", CheckedLearner())
    with pytest.raises(ConfigError, match=r"training\.patience=99 is too patient"):
        make(quick("training.patience=99"), "train")


@pytest.mark.parametrize(
    ("overrides", "error", "words"),
    [
        (
            ["competition.metric=log_loss", "competition.submit=probabilities"],
            DataError,
            r"has the columns id, category.*perhaps competition.submit=labels",
        ),
        (["training.class_weights=[1,2]"], ConfigError, "training.class_weights"),
    ],
    ids=["submitted values", "class weights"],
)
def test_mistake_is_found_before_training(overrides, error, words, quick, no_training, tmp_path):
    with pytest.raises(error, match=words) as caught:
        make(quick(*overrides), "train")
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "outputs" / "tiny").glob("runs/*"))


MISTAKES_IN_FILES = {
    "a word for a number": ("test", {"size": "big"}, "test.csv: 12 cells of the numeric column"),
    "a column too many": ("sample_submission", {"more": "1"}, "has the columns id, category, more"),
}


@pytest.mark.parametrize("mistake", MISTAKES_IN_FILES)
@pytest.mark.parametrize("use_test", ["true", "false"])
def test_mistake_in_the_test_files_is_found_before_training(
    mistake, use_test, quick, no_training, tmp_path
):
    name, columns, words = MISTAKES_IN_FILES[mistake]
    tables = tiny_tables()
    tables["train"]["size"] = tables["test"]["size"] = "1"
    tables[name] = tables[name].assign(**columns)
    write_tables(tmp_path / "data" / "tiny", tables)
    settings = ["competition.numeric_columns=[size]", f"text.use_test={use_test}"]
    with pytest.raises(DataError, match=words) as caught:
        make(quick(*settings), "train")
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "outputs" / "tiny").glob("runs/*"))


def test_without_a_test_file_there_is_nothing_of_it_to_check(quick):
    alone = ["competition.test_file=null", "competition.sample_file=null"]
    assert make(quick(*alone), "train").folder.exists()
