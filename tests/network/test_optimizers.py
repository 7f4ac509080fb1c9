import keras
import numpy as np
import pytest
from helpers.networks import build_compiled_model, small_config

from regard.config.training import OPTIMIZERS, SCHEDULES
from regard.network.optimizers import learning_rate

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
    config = small_config(f"training.schedule={schedule}", f"training.warm_up={warmup}")
    rate = learning_rate(config.training, 100)
    assert [float(np.asarray(rate(step))) for step in steps] == pytest.approx(expected, abs=1e-7)
    loaded = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(rate))
    assert float(np.asarray(loaded(steps[1]))) == pytest.approx(expected[1], abs=1e-7)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_and_schedule_compiles(optimizer, schedule):
    config = small_config(f"training.optimizer={optimizer}", f"training.schedule={schedule}")
    compiled = build_compiled_model(config).optimizer
    assert type(compiled).__name__.lower() == optimizer.replace("_", "")
    n_warmup_steps = round(0.3 * 24) if schedule == "one_cycle" else 0
    assert float(np.asarray(compiled.learning_rate)) == pytest.approx(0.03 / (n_warmup_steps + 1))
    assert compiled.global_clipnorm == 1.0


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_weight_decay_shrinks_kernels_only(optimizer):
    config = small_config(
        f"training.optimizer={optimizer}", "training.schedule=constant",
        "training.weight_decay=0.5", "training.precision=mixed_float16",
        "model.head.batch_norm=true",
    )  # fmt: skip
    model = build_compiled_model(config)
    before = {weight.path: np.array(weight) + 1.0 for weight in model.trainable_variables}
    for weight in model.trainable_variables:
        weight.assign(before[weight.path])
    model.optimizer.apply([keras.ops.zeros(weight.shape) for weight in model.trainable_variables])
    for weight in model.trainable_variables:
        factor = 1 - 0.03 * 0.5 if "kernel" in weight.name else 1
        expected = before[weight.path] * factor
        np.testing.assert_allclose(np.array(weight), expected, rtol=1e-5, err_msg=weight.path)
