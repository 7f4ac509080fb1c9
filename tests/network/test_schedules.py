import keras
import numpy as np
import pytest
from helpers.networks import small_config

from regard.network.schedules import learning_rate

pytestmark = pytest.mark.slow  # Keras


@pytest.mark.parametrize(
    ("schedule", "warmup", "steps", "expected"),
    [
        ("one_cycle", 0.0, [0, 15, 30, 65, 100], [0.03 / 31, 0.03 * 16 / 31, 0.03, 0.015, 0.0]),
        ("one_cycle", 0.1, [0, 10, 55, 100], [0.03 / 11, 0.03, 0.015, 0.0]),
        ("cosine", 0.0, [0, 100], [0.03, 0.03 * 0.05]),
        ("cosine", 0.1, [0, 9, 10, 100], [0.03 / 11, 0.03 * 10 / 11, 0.03, 0.03 * 0.05]),
        ("exponential", 0.2, [0, 20, 100], [0.03 / 21, 0.03, 0.03 * 0.05]),
        ("constant", 0.2, [0, 20, 100], [0.03 / 21, 0.03, 0.03]),
    ],
)
def test_schedule_at_the_start_the_peak_and_the_end(schedule, warmup, steps, expected):
    config = small_config(f"training.schedule={schedule}", f"training.warmup={warmup}")
    rate = learning_rate(config.training, 100)
    assert [float(np.asarray(rate(step))) for step in steps] == pytest.approx(expected, abs=1e-7)
    loaded = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(rate))
    assert float(np.asarray(loaded(steps[1]))) == pytest.approx(expected[1], abs=1e-7)
