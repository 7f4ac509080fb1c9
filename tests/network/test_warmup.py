import keras
import numpy as np
import pytest

from regard.network.warmup import WarmUp

pytestmark = pytest.mark.slow  # importing Keras takes seconds


def test_the_rate_rises_linearly_to_its_peak():
    rates = [float(np.asarray(WarmUp(0.4, 3)(step))) for step in range(5)]
    assert rates == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4])


def test_the_schedule_after_it_starts_at_the_peak():
    decay = keras.optimizers.schedules.ExponentialDecay(0.4, 1, 0.5)
    rates = [float(np.asarray(WarmUp(decay, 1)(step))) for step in range(4)]
    assert rates == pytest.approx([0.2, 0.4, 0.2, 0.1])
