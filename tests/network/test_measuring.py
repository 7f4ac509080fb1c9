import time

import pytest
from helpers.networks import build_small_model, fold_data, small_config, training_settings

from regard.network.measuring import measure_speed

pytestmark = pytest.mark.slow  # Keras traces a network


def test_a_measurement_describes_an_epoch():
    config = small_config()
    data = fold_data()
    settings = training_settings(config)
    started = time.monotonic()
    speed = measure_speed(build_small_model(config), data, settings, seconds=2.0, build_seconds=1.0)
    assert time.monotonic() - started < 60
    assert speed.n_epochs == config.training.epochs
    assert speed.batch_size == config.batches.size
    assert speed.set_up > 1.0  # with the time that building took
    assert 0 < speed.valid < speed.epoch < speed.set_up
    assert speed.row == pytest.approx(speed.valid / 15)


def test_without_time_it_takes_the_fewest_batches():
    config = small_config()
    speed = measure_speed(
        build_small_model(config),
        fold_data(),
        training_settings(config),
        seconds=0.0,
        build_seconds=0.0,
    )
    assert speed.epoch > 0
