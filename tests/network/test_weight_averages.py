import copy

import keras
import numpy as np
import pytest
from helpers.networks import build_small_model, fold_data, small_config, training_settings

from regard.config import Config
from regard.network.batching import predict
from regard.network.fold_state import FoldState
from regard.network.trainer import train_fold
from regard.network.weight_averages import WEIGHT_AVERAGES

pytestmark = pytest.mark.slow  # Keras


def train_with_snapshots(
    config: Config,
) -> tuple[keras.Model, FoldState, list[list[np.ndarray]], list[FoldState]]:
    """Train a model, and return the weights after each step and the state after each epoch."""
    model = build_small_model(config)
    steps = []
    states = []

    def progress(event: dict[str, float]) -> None:
        if "batch" in event:
            steps.append([np.array(weight) for weight in model.trainable_variables])

    last = train_fold(
        model,
        fold_data(),
        training_settings(config),
        progress=progress,
        on_epoch_end=lambda state: states.append(copy.deepcopy(state)),
    )
    return model, last, steps, states


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_moving_average_predicts_and_raw_weights_are_trained(precision):
    config = small_config(
        "training.weight_average=ema", "training.epochs=2", "training.ema_epochs=0.5",
        f"training.precision={precision}",
    )  # fmt: skip
    model, last, steps, states = train_with_snapshots(config)
    momentum = 1 - 1 / (0.5 * 6)  # six steps per epoch
    averages = [steps[0]]
    for step in steps[1:]:
        pairs = zip(averages[-1], step, strict=True)
        averages.append([momentum * old + (1 - momentum) * new for old, new in pairs])
    expected = averages[6 * last.best_epoch - 1]
    for found, average in zip(model.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(np.array(found), average, rtol=1e-4, atol=1e-6)
    # The saved states have the raw weights of each epoch's last step.
    is_seed = [weight.name == "seed_generator_state" for weight in model.weights]
    n_weights = len(model.weights) - sum(is_seed)
    saved = [weight for state in states for weight in state.weights[:n_weights]]
    for raw in steps[5] + steps[11]:
        assert any(np.array_equal(raw, weight) for weight in saved)
    outputs = predict(model, fold_data().inputs, fold_data().valid_rows, config.batches)
    np.testing.assert_array_equal(outputs, last.outputs)


def test_average_of_the_last_epochs():
    config = small_config(
        "training.weight_average=last_epochs", "training.n_averaged_epochs=2", "training.epochs=3"
    )
    model, last, steps, _ = train_with_snapshots(config)
    assert len(last.recent_weights) == 2 * len(model.trainable_variables)
    epochs = [steps[5], steps[11], steps[17]][max(0, last.best_epoch - 2) : last.best_epoch]
    for index, found in enumerate(model.trainable_variables):
        mean = np.mean([weights[index] for weights in epochs], axis=0)
        np.testing.assert_allclose(np.array(found), mean, atol=1e-6)


def test_averages_do_not_change_the_trained_weights():
    last_steps = [
        train_with_snapshots(small_config(f"training.weight_average={average}"))[2][-1]
        for average in WEIGHT_AVERAGES
    ]
    for weights in last_steps[1:]:
        for one, two in zip(last_steps[0], weights, strict=True):
            np.testing.assert_array_equal(one, two)
