import numpy as np
import pytest
from helpers.explained import WordCounts, run_of
from helpers.linear_cases import TASK_OF
from helpers.tables import frame

from regard.runs.explaining.prediction import Prediction

OUTPUTS = {
    "binary": [[0.3]],
    "multi_class": [[0.2, 0.5, 0.3]],
    "multi_label": [[0.8, 0.3]],
    "ordinal": [[0.9, 0.4]],
    "regression": [[1.5]],
    "soft_labels": [[0.4, 0.6]],
}
SLOPES = {
    "binary": [[-1.0]],  # the label no is decided
    "multi_class": [[0.0, 1.0, 0.0]],
    "multi_label": [[0.7, -0.8]],  # of 0.8 * (1 - 0.3)
    "ordinal": [[1.0, -1.0]],  # of P(above poor) - P(above fair)
    "regression": [[1.0]],
    "soft_labels": [[0.0, 1.0]],
}


@pytest.mark.parametrize("kind", OUTPUTS)
def test_the_slopes_are_those_of_the_decision(kind):
    prediction = Prediction(run_of(WordCounts(), task=TASK_OF[kind]), None, frame(text=["a"]))
    outputs = np.array(OUTPUTS[kind], np.float32)
    prediction.outputs = outputs
    np.testing.assert_allclose(prediction.slopes(0, outputs), SLOPES[kind], atol=1e-6)
    # The decision stays that of the row, whatever the outputs are now.
    flipped = prediction.slopes(0, np.concatenate([outputs, 0.9 - 0.8 * outputs]))
    np.testing.assert_allclose(flipped[0], SLOPES[kind][0], atol=1e-6)
    assert np.sign(flipped[1]).tolist() == np.sign(np.round(SLOPES[kind][0], 6)).tolist()
