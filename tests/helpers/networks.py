"""A small network and the rows of a fold to train it on. Importing this module imports Keras."""

import keras
import numpy as np

from helpers.cases import compose_config
from helpers.tokens import ragged
from regard.config import Config
from regard.data.inputs import only_texts
from regard.network.batching import training_batches
from regard.network.classifier import build_model
from regard.network.fold_inputs import FoldInputs
from regard.network.fold_state import FoldData
from regard.network.trainer import TrainingSettings, compile_model
from regard.tasks import MultiClass, Targets, Task

TASK = MultiClass(("a", "b", "c"))


def small_config(*overrides: str) -> Config:
    """Compose the settings of a small network; an epoch of `fold_data()` takes six steps."""
    small = ["model.rnn.units=4", "batches.size=8", "batches.n_lengths=3", "training.epochs=4"]
    cut = ["batches.max_tokens=256", "batches.truncate=head"]  # as `prepare` chooses them
    return compose_config(*small, *cut, "training.learning_rate=0.03", *overrides)


def fold_data(n_texts: int = 60) -> FoldData:
    """Build texts of three classes, each with one token of its own and random shared tokens."""
    rng = np.random.default_rng(0)
    labels = (np.arange(n_texts) % 3).astype(np.int32)
    texts = [
        np.concatenate([rng.integers(2, 6, rng.integers(1, 9)), [6 + label] * 2])
        for label in labels
    ]
    tokens = ragged([rng.permutation(text).tolist() for text in texts])
    rows = np.arange(n_texts)
    return FoldData(
        only_texts(tokens),
        Targets(labels),
        train_rows=rows[rows % 4 > 0],
        valid_rows=rows[rows % 4 == 0],
    )


def build_small_model(config: Config, task: Task = TASK) -> keras.Model:
    """Build the network, not compiled; its initial weights are the same every time."""
    matrix = np.random.default_rng(0).normal(size=(9, 6)).astype(np.float32)
    return build_model(config.model, matrix, task, FoldInputs(), max_tokens=20, seed=1)


def build_compiled_model(config: Config) -> keras.Model:
    """Build the network and compile it for 24 steps."""
    model = build_small_model(config)
    compile_model(model, training_settings(config), n_steps=24)
    return model


def training_settings(config: Config, seed: int = 1) -> TrainingSettings:
    """Return the settings to train the network with."""
    return TrainingSettings(
        TASK, "accuracy", config.batches, config.training, config.thresholds, seed
    )


def first_batch(config: Config) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Return the inputs, labels and weights of the first batch of an epoch."""
    data = fold_data()
    return next(
        training_batches(data.inputs, data.targets.labels, data.train_rows, config.batches, seed=1)
    )
