"""Input files that change while a command runs: each one is read once."""

import dataclasses
import shutil

import pandas as pd
import pytest
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables
from helpers.jobs import run_jobs_here
from helpers.learners import ReadingLearner, calling

from regard.data import tables
from regard.data.tables import read_test, read_train
from regard.data.whole_files import read_whole
from regard.errors import DataError
from regard.linear.learner import LinearLearner
from regard.network.learner import NetworkLearner
from regard.pipeline import make, stages, train
from regard.pipeline.learners import LEARNERS

pytestmark = pytest.mark.slow  # many whole runs, which together take seconds

FILES = ["train", "test", "sample_submission"]


def edited(frame: pd.DataFrame) -> pd.DataFrame:
    """Edit a text, or a value of the sample."""
    frame = frame.copy()
    frame.iloc[1, 1] = "wood"
    return frame


CHANGES = {
    "reordered": lambda frame: frame[::-1],
    "cut": lambda frame: frame[:-1],
    "edited": edited,
    "deleted": None,
}
every_file = pytest.mark.parametrize("name", FILES)
every_change = pytest.mark.parametrize("change", CHANGES)


def submission_of(run) -> dict[str, str]:
    """Return the submitted value of each id."""
    frame = pd.read_csv(run.folder / "submission.csv", dtype=str)
    return dict(zip(frame["id"], frame["category"], strict=True))


@pytest.fixture
def files(tmp_path):
    """Return functions that change a file of the competition and put it back."""
    folder = tmp_path / "data" / "tiny"

    class Files:
        @staticmethod
        def change(name, change):
            path = folder / f"{name}.csv"
            if CHANGES[change] is None:
                path.unlink(missing_ok=True)
            else:
                write_tables(folder, {name: CHANGES[change](tiny_tables()[name])})

        @staticmethod
        def put_back():
            write_tables(folder, tiny_tables())

    return Files


@pytest.fixture
def reading(quick, monkeypatch):
    """Return settings of the tiny competition, whose predictions depend on the texts."""
    monkeypatch.setitem(LEARNERS, "network", ReadingLearner())
    return quick


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """Return the submission of a run whose files stay as they are."""
    folder = tmp_path_factory.mktemp("untouched")
    write_tables(folder / "data" / "tiny", tiny_tables())
    folders = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
    with pytest.MonkeyPatch.context() as patch:
        run_jobs_here(patch)
        patch.setitem(LEARNERS, "network", ReadingLearner())
        found = submission_of(make(compose_config(*SMALL, *folders), "submit"))
    assert len(set(found.values())) == 3
    return found


@every_file
@every_change
def test_change_during_training(name, change, reading, files, untouched, monkeypatch):
    learner = calling(ReadingLearner(), lambda: files.change(name, change))
    monkeypatch.setitem(LEARNERS, "network", learner)
    run = make(reading(), "submit")
    assert submission_of(run) == untouched
    files.put_back()
    again = make(reading(), "submit")
    assert again.folder == run.folder
    assert submission_of(again) == untouched


@every_file
@every_change
def test_change_between_hashing_and_parsing(
    name, change, reading, files, untouched, monkeypatch, tmp_path
):
    def change_and_read(read):
        def read_changed(*arguments):
            files.change(name, change)
            return read(*arguments)

        return read_changed

    with monkeypatch.context() as patch:
        patch.setattr(stages.tables, "read_train", change_and_read(read_train))
        patch.setattr(stages.tables, "read_test", change_and_read(read_test))
        with pytest.raises(DataError) as error:
            make(reading(), "submit")
    assert "\n" not in str(error.value)
    assert str(tmp_path / "data" / "tiny") in str(error.value)
    # The train file is read before the others.
    made = {path.parent.name for path in (tmp_path / "outputs" / "tiny").glob("*/[!.]*")}
    assert made == (set() if name == "train" else {"tables"})
    files.put_back()
    assert submission_of(make(reading(), "submit")) == untouched


@every_file
def test_change_while_another_file_is_parsed(
    name, reading, files, untouched, monkeypatch, tmp_path
):
    def read_and_change(path, *arguments):
        found = read_whole(path, *arguments)
        if path.name == "train.csv":
            files.change(name, "edited")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(tables, "read_whole", read_and_change)
        if name == "train":  # was parsed before
            assert submission_of(make(reading(), "submit")) == untouched
        else:
            with pytest.raises(DataError, match=rf"{name}\.csv changed while it was read"):
                make(reading(), "submit")
            assert not (tmp_path / "outputs" / "tiny" / "runs").exists()
    files.put_back()
    assert submission_of(make(reading(), "submit")) == untouched


@every_change
def test_change_after_parsing(change, reading, files, untouched, monkeypatch):
    def read_and_change(read, *names):
        def read_before_a_change(*arguments):
            found = read(*arguments)
            for name in names:
                files.change(name, change)
            return found

        return read_before_a_change

    with monkeypatch.context() as patch:
        patch.setattr(stages.tables, "read_train", read_and_change(read_train, "train"))
        patch.setattr(stages.tables, "read_test", read_and_change(read_test, *FILES))
        assert submission_of(make(reading(), "submit")) == untouched


@every_file
def test_changed_file_makes_other_artefacts(name, reading, files, untouched, tmp_path):
    first = make(reading(), "submit")
    files.change(name, "edited")
    second = make(reading(), "submit")
    assert submission_of(first) == untouched
    shutil.rmtree(tmp_path / "outputs")
    assert submission_of(make(reading(), "submit")) == submission_of(second)
    same = {stage for stage in first.folders if first.folders[stage] == second.folders[stage]}
    models = {"tables", "prepare", "folds", "train", "predict", "explain"}
    # With text.use_test=true, the words of the test file are in the vocabulary.
    assert same == {"train": {"test_tables"}, "test": {"tables"}}.get(name, models)


@every_change
def test_change_between_two_seeds(change, reading, files, untouched, monkeypatch):
    learner = calling(ReadingLearner(), lambda: files.change("test", change))
    monkeypatch.setitem(LEARNERS, "network", learner)
    assert submission_of(train(reading("seeds=[1,2]"))) == untouched


def assert_same_files(run, other):
    for name in ("submission.csv", "oof.csv"):
        assert (run.folder / name).read_bytes() == (other.folder / name).read_bytes()


@pytest.mark.slow
@every_change
@pytest.mark.usefixtures("in_this_process")
def test_change_during_the_training_of_linear_models(change, tiny, files, tmp_path, monkeypatch):
    def change_all():
        for name in FILES:
            files.change(name, change)

    config = tiny("model=nb_svm", "model.characters=false", "folds.n_folds=3")
    elsewhere = dataclasses.replace(config, output_dir=str(tmp_path / "untouched"))
    untouched = make(elsewhere, "submit")
    monkeypatch.setitem(LEARNERS, "linear", calling(LinearLearner(), change_all))
    assert_same_files(make(config, "submit"), untouched)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_change_during_the_training_of_networks(tiny, files, tmp_path, monkeypatch):
    def change_all():
        files.change("train", "deleted")
        files.change("test", "reordered")
        files.change("sample_submission", "cut")

    config = tiny("training.epochs=1")
    elsewhere = dataclasses.replace(config, output_dir=str(tmp_path / "untouched"))
    untouched = make(elsewhere, "submit")
    monkeypatch.setitem(LEARNERS, "network", calling(NetworkLearner(), change_all))
    assert_same_files(make(config, "submit"), untouched)
