"""Small networks, and their predictions. Importing this module imports Keras."""

import keras
import numpy as np

from helpers.cases import compose_config
from regard.config import ModelConfig
from regard.network.classifier import build_model
from regard.network.fold_inputs import FoldInputs
from regard.tasks import MultiClass, Task

CLASSES = MultiClass(("a", "b", "c"))
ONE_TEXT = FoldInputs()
PAIR = FoldInputs(n_texts=2, paired=True)
TWO_TEXTS = FoldInputs(n_texts=2)
NUMBERS = FoldInputs(number_means=[1.0, 10.0], number_stds=[2.0, 5.0], n_values=(3,))
TOKEN_IDS = {
    "token_ids": np.array([[3, 4, 0], [5, 6, 7]], np.int32),
    "token_ids_2": np.array([[8, 0, 0], [9, 9, 0]], np.int32),
}


def network(*overrides: str) -> ModelConfig:
    """Compose the settings of a small network."""
    return compose_config("model.rnn.units=4", *overrides).model


def build(
    config: ModelConfig, task: Task = CLASSES, reads: FoldInputs = ONE_TEXT, *, seed: int = 1
) -> keras.Model:
    """Build a network over a vocabulary of 20 tokens with 6-d vectors."""
    matrix = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    matrix[0] = 0.0
    return build_model(config, matrix, task, reads, max_tokens=12, seed=seed)


def probabilities(model: keras.Model, texts: list[list[int]], length: int) -> np.ndarray:
    """Predict the texts of a batch that is padded to a length."""
    token_ids = np.array([text + [0] * (length - len(text)) for text in texts], np.int32)
    return np.asarray(model.predict_on_batch({"token_ids": token_ids}))
