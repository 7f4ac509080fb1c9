import numpy as np
import pytest
from helpers.report_cases import CASES
from helpers.tables import frame

from regard.data.rows import Rows
from regard.runs.fitted_model import CalibratedModel, FittedModel, TokenWeights
from regard.tasks.calibration import scale
from regard.text import Tokenizer

BINARY, *_ = CASES["binary"]
ROWS = Rows(frame(text=["a", "b"]))
SCALES = np.array([0.5, 1.0])


class Plain(FittedModel):
    """A model without words."""

    def predict(self, rows):
        return np.full((len(rows), 1), 0.9, np.float32)


class Slopes(Plain):
    """Return the slopes that it is given as the weights of one word."""

    def attention_by_head(self, rows):
        return [np.ones((len(rows), 1, 1))]

    def outputs_along(self, rows, scales):
        return np.full((len(scales), len(rows), 1), 0.9, np.float32)

    def word_gradients(self, rows, scales, slopes):
        return TokenWeights(Tokenizer(()), [list(slopes.sum(axis=(0, 2))[:, None])])

    def contributions(self, rows, slopes):
        return TokenWeights(Tokenizer(()), [list(slopes)])


def test_outputs_are_scaled():
    model = CalibratedModel(Slopes(), BINARY, 2.0)
    assert model.predict(ROWS) == pytest.approx(np.full((2, 1), 0.75))
    assert model.outputs_along(ROWS, SCALES) == pytest.approx(np.full((2, 2, 1), 0.75))
    assert model.attention(ROWS) is None
    assert model.attention_by_head(ROWS)[0].shape == (2, 1, 1)


def test_explanations_are_those_of_the_scaled_outputs():
    model = CalibratedModel(Slopes(), BINARY, 2.0)
    found = model.word_gradients(ROWS, SCALES, np.ones((2, 2, 1)))
    step = np.float64([[0.9 - 1e-6, 0.9 + 1e-6]])
    slope = float(np.diff(scale(BINARY, step, 2.0))[0, 0] / 2e-6)
    assert np.ravel(found.texts) == pytest.approx([2 * slope] * 2, rel=1e-3)
    # Logits are divided by the temperature, and so are their parts.
    assert np.ravel(model.contributions(ROWS, np.ones((2, 1))).texts).tolist() == [0.5, 0.5]


def test_a_model_without_words_stays_one():
    model = CalibratedModel(Plain(), BINARY, 2.0)
    assert model.outputs_along(ROWS, SCALES) is None
    assert model.word_gradients(ROWS, SCALES, np.ones((2, 2, 1))) is None
    assert model.contributions(ROWS, np.ones((2, 1))) is None
