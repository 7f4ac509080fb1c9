import keras
import numpy as np
import pytest
from helpers.networks import build_compiled_model, small_config

from regard.network.optimizers import OPTIMIZERS
from regard.network.schedules import SCHEDULES

pytestmark = pytest.mark.slow  # Keras


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
