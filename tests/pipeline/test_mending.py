"""Damaged artefacts: the same submission comes out of them, or one line that tells what to do."""

import contextlib
import logging
import shutil

import numpy as np
import pytest
from helpers.cases import SMALL, compose_config, tiny_tables, write_tables
from helpers.damage import DAMAGES, files_in, same_copy, without_lists
from helpers.jobs import run_jobs_here
from helpers.learners import EmbeddingLearner

from regard.artefacts import damages_of
from regard.errors import ArtefactError, RegardError
from regard.pipeline import load, make
from regard.pipeline.learners import LEARNERS
from regard.runs.finding import finished_runs

pytestmark = pytest.mark.slow  # a run for each damaged file

WORDS = [word for word in SMALL if not word.startswith("model.")]
LINEAR = ["model=tfidf_linear", "model.characters=false", "model.C=[1]"]
KINDS = ["tables", "test_tables", "prepare", "folds", "fold", "inputs", "predict", "run"]
every_damage = pytest.mark.parametrize("damage", DAMAGES)
every_kind = pytest.mark.parametrize("kind", KINDS)


class Case:
    """A finished linear run whose files can be damaged and put back."""

    def __init__(self, folder):
        self.home = folder / "outputs" / "tiny"
        self.kept = folder / "kept"
        write_tables(folder / "data" / "tiny", tiny_tables())
        self.places = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
        self.run = self.make()
        self.name = self.run.name
        self.other = self.make("model.C=[3]").name
        self.submissions = {name: self.submission(name) for name in (self.name, self.other)}
        self.predicted = load(self.home / "runs" / self.name).predict(["salt ship"]).to_csv()
        shutil.rmtree(self.home / "runs" / self.other)
        same_copy(self.home, self.kept)

    def make(self, *words, target="report"):
        return make(compose_config(*WORDS, *LINEAR, *words, *self.places), target)

    def submission(self, name):
        return (self.home / "runs" / name / "submission.csv").read_bytes()

    def put_back(self):
        same_copy(self.kept, self.home)

    def files(self, kind):
        """Return the files of a kind, relative to the folder of the competition."""
        return [path for path in files_in(self.kept) if self.kind_of(path) == kind]

    def kind_of(self, path):
        if path.parts[0] != "runs":
            return path.parts[0]
        return path.parts[2].partition("_")[0] if len(path.parts) > 3 else "run"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        run_jobs_here(patch)
        yield Case(tmp_path_factory.mktemp("case"))


@contextlib.contextmanager
def one_line():
    """Let an error of one line pass; everything else fails the test."""
    message = ""
    try:
        yield
    except RegardError as error:
        message = str(error)
    assert "\n" not in message


@every_kind
@every_damage
def test_damage_changes_no_result(kind, damage, case):
    files = case.files(kind)
    assert files
    for path in files:
        # The same command; another run that shares the folders; the run that was copied.
        commands = [((), "report", case.name), (("model.C=[3]",), "submit", case.other)]
        for words, target, name in commands if path.parts[0] != "runs" else commands[:1]:
            case.put_back()
            DAMAGES[damage](case.home / path)
            with one_line():
                case.make(*words, target=target)
                assert case.submission(name) == case.submissions[name], path
        case.put_back()
        DAMAGES[damage](case.home / path)
        with one_line():
            assert load(case.home / "runs" / case.name).predict(["salt ship"]).to_csv() == (
                case.predicted
            ), path


@every_damage
@pytest.mark.parametrize("kind", ["tables", "test_tables", "prepare", "folds"])
def test_damaged_inputs_are_made_again_with_a_warning(kind, damage, case, caplog):
    case.put_back()
    path = [path for path in case.files(kind) if path.name != "manifest.json"][-1]
    DAMAGES[damage](case.home / path)
    with caplog.at_level(logging.WARNING):
        case.make("model.C=[3]")
    assert any("is damaged" in line and "made again" in line for line in caplog.messages)
    assert damages_of(case.home / path.parent, full=True) == []


@pytest.mark.parametrize("damage", ["half", "empty", "bit", "garbage"])
@pytest.mark.parametrize("name", ["submission.csv", "report.html"])
def test_edited_output_is_told_and_kept(name, damage, case):
    case.put_back()
    path = case.home / "runs" / case.name / name
    DAMAGES[damage](path)
    edited = path.read_bytes()
    with pytest.raises(ArtefactError, match="keep it under another name or delete it"):
        case.make()
    assert path.read_bytes() == edited
    path.unlink()  # the advice
    case.make()
    assert case.submission(case.name) == case.submissions[case.name]


def test_damaged_model_is_told_and_trained_again_when_it_is_deleted(case, caplog):
    case.put_back()
    run = case.home / "runs" / case.name
    other = (run / "fold_0" / "model.npz").stat().st_ino
    DAMAGES["half"](run / "fold_1" / "model.npz")
    with pytest.raises(
        ArtefactError, match=r"fold_1/model\.npz: has .* delete the folder .*fold_1"
    ):
        case.make()
    shutil.rmtree(run / "fold_1")
    with caplog.at_level(logging.INFO):
        case.make()
    assert "train: 1 of 2 folds to train" in caplog.messages
    assert (run / "fold_0" / "model.npz").stat().st_ino == other
    assert case.submission(case.name) == case.submissions[case.name]
    assert damages_of(run, full=True) == []


@pytest.mark.parametrize(
    "name", ["metrics.json", "oof.csv", "manifest.json", "inputs/task.json", "config.json"]
)
def test_damaged_file_of_a_run_is_written_again_when_it_is_deleted(name, case, caplog):
    case.put_back()
    run = case.home / "runs" / case.name
    DAMAGES["half"](run / name)
    with pytest.raises(ArtefactError, match=f"{name}: .*without training the folds again"):
        case.make()
    (run / name).unlink()
    with caplog.at_level(logging.INFO):
        case.make()
    assert "train: 0 of 2 folds to train" in caplog.messages
    assert case.submission(case.name) == case.submissions[case.name]
    assert damages_of(run, full=True) == []


def test_run_without_lists_loads_as_before(case):
    case.put_back()
    run = case.home / "runs" / case.name
    without_lists(run)
    assert load(run).predict(["salt ship"]).to_csv() == case.predicted


def test_damaged_fold_is_not_taken_over_by_another_run(case, caplog):
    case.put_back()
    run = case.home / "runs" / case.name
    DAMAGES["bit"](run / "fold_0" / "model.npz")
    with caplog.at_level(logging.WARNING):
        case.make("folds.only=[0]", target="train")
    assert any("fold 0 is trained here, as" in line for line in caplog.messages)
    assert len(finished_runs(case.home / "runs")) == 2


@every_damage
def test_damaged_vectors_are_made_again(damage, quick, monkeypatch):
    monkeypatch.setitem(LEARNERS, "network", EmbeddingLearner())
    folder = make(quick(), "embed").folders["embed"]
    matrix = np.load(folder / "embedding_matrix.npy")
    for name in ("embedding_matrix.npy", "coverage.json"):
        DAMAGES[damage](folder / name)
        make(quick(), "train")
        assert damages_of(folder, full=True) == []
        np.testing.assert_array_equal(np.load(folder / "embedding_matrix.npy"), matrix)
        shutil.rmtree(folder.parent.parent / "runs")


def test_damaged_network_changes_no_result(tiny, in_this_process):
    """Every file of a fold and of the predictions of a network."""
    config = tiny("training.epochs=1")
    run = make(config, "submit")
    submission = (run.folder / "submission.csv").read_bytes()
    outputs = load(run.folder).predict(["salt ship"]).to_csv()
    kept = same_copy(run.folder, run.folder.with_name(".kept"))
    predict = run.folders["predict"].relative_to(run.folder)
    for damage in DAMAGES:
        for path in files_in(kept / "fold_0"):
            same_copy(kept, run.folder)
            DAMAGES[damage](run.folder / "fold_0" / path)
            with one_line():
                assert load(run.folder).predict(["salt ship"]).to_csv() == outputs
        same_copy(kept, run.folder)
        DAMAGES[damage](run.folder / predict / "outputs.npy")
        (run.folder / "submission.csv").unlink()
        with one_line():
            make(config, "submit")
            assert (run.folder / "submission.csv").read_bytes() == submission
