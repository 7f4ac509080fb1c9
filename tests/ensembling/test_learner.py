from types import SimpleNamespace

import numpy as np
import pytest
from helpers.learners import FakeLearner
from helpers.tables import frame

from regard.data.rows import Rows
from regard.ensembling.learner import BlendLearner, BlendPredictor
from regard.ensembling.methods import Fit
from regard.ensembling.storage import write_fit
from regard.errors import ArtefactError
from regard.runs.learner import Predictor
from regard.tasks import MultiClass

TASK = MultiClass(("a", "b"))
ROWS = Rows(frame(text=["x", "y", "z"]))
FIT = Fit("nnls", weights=np.array([0.25, 0.75]))


class Member(Predictor):
    """Predict one probability for all rows."""

    def __init__(self, probability, inputs=()):
        self.probability = probability
        self._inputs = list(inputs)

    def outputs(self, rows):
        of_row = [self.probability, 1 - self.probability]
        return np.array([of_row] * len(rows), np.float32)

    def attention(self, rows):
        return [np.ones((len(rows), 2))]

    def inputs(self, rows):
        return self._inputs


def test_outputs_of_the_members_are_combined_by_the_fit():
    blend = BlendPredictor(FIT, [Member(1.0), Member(0.2)], TASK)
    np.testing.assert_allclose(blend.outputs(ROWS), [[0.4, 0.6]] * 3, atol=1e-7)
    assert blend.outputs(ROWS).dtype == np.float32
    assert blend.attention(ROWS) is None


def test_inputs_are_those_of_all_members():
    blend = BlendPredictor(FIT, [Member(1.0, ["one"]), Member(0.2), Member(0, ["two"])], TASK)
    assert blend.inputs(ROWS) == ["one", "two"]


def test_row_is_combined_alone_as_among_others():
    blend = BlendPredictor(FIT, [Member(1.0), Member(0.2)], TASK)
    alone = blend.outputs(ROWS.take(np.array([1])))
    np.testing.assert_array_equal(alone[0], blend.outputs(ROWS)[1])


@pytest.fixture
def run(tmp_path):
    """Write the fit of a blend of two members."""
    write_fit(tmp_path, FIT, ["low-1", "high-2"])
    return SimpleNamespace(folder=tmp_path, task=TASK)


def test_members_are_opened_by_their_names_in_the_order_of_the_fit(run):
    opened = []

    def open_member(blend, name):
        opened.append((blend, name))
        probability = {"low-1": 0.0, "high-2": 1.0}[name]
        return SimpleNamespace(predictor=lambda models: Member(probability))

    predictor = BlendLearner(open_member).predictor(run, "auto")
    assert opened == [(run, "low-1"), (run, "high-2")]
    np.testing.assert_allclose(predictor.outputs(ROWS), [[0.75, 0.25]] * 3, atol=1e-7)


def test_models_of_the_members_are_those_of_the_blend(run):
    asked = []
    member = SimpleNamespace(predictor=lambda models: asked.append(models) or Member(0.5))
    BlendLearner(lambda blend, name: member).predictor(run, "both")
    assert asked == ["both", "both"]


def test_blend_has_no_settings_and_no_models_of_its_own(run):
    learner = BlendLearner(lambda blend, name: None)
    assert learner.settings(None) == []
    assert learner.needs == ()
    with pytest.raises(TypeError):
        learner.train_fold(run, 0, progress=None)
    with pytest.raises(TypeError):
        learner.load_model(run, run.folder)


def test_fit_of_another_task_is_one_line(run):
    write_fit(run.folder, Fit("nnls", weights=np.ones((2, 3)) / 2), ["low-1", "high-2"])
    with pytest.raises(ArtefactError) as error:
        BlendLearner(lambda blend, name: None).predictor(run, "auto")
    assert "\n" not in str(error.value)
    (path,) = run.folder.iterdir()
    path.unlink()
    with pytest.raises(ArtefactError, match=path.name):
        BlendLearner(lambda blend, name: None).predictor(run, "auto")


def test_a_blend_reads_the_columns_of_all_its_members():
    def open_member(blend, name):
        preprocessor = SimpleNamespace(columns=["text", name])
        return SimpleNamespace(preprocessor=preprocessor, learner=FakeLearner())

    blend = SimpleNamespace(members=["age", "size"], preprocessor=SimpleNamespace(columns=["text"]))
    assert BlendLearner(open_member).columns(blend) == ["text", "age", "size"]
