"""Measure training and prediction on a GPU, against a bare cuDNN loop.

    KERAS_BACKEND=tensorflow python benchmarks/on_gpu.py
    KERAS_BACKEND=torch python benchmarks/on_gpu.py model=bigru_pool
    KERAS_BACKEND=jax python benchmarks/on_gpu.py model.rnn.units=300 --texts 50000

Prints texts per second, the share of the bare loop's speed and the utilization of the GPU. The
texts are those of generated.py, in the batches of training. The bare loop trains only Keras's
recurrent layer, of the same cell and size, on vectors of the same padded lengths that are on the
device already: the best that cuDNN can do. Without a GPU, both loops run on the CPU.
"""

import argparse
import math
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import keras
import numpy as np
from generated import RATES, toxic_like
from keras import ops
from settings import compose_settings

from regard import text
from regard.config import Config
from regard.data.inputs import Inputs, only_texts
from regard.network.batching import predict, training_batches
from regard.network.classifier import FoldInputs, build_model
from regard.network.encoders.recurrent import RnnConfig
from regard.network.trainer import TrainingSettings, compile_model
from regard.tasks import MultiLabel

EMBEDDING_DIM = 300
N_REPEATS = 5


@contextmanager
def gpu_utilization() -> Iterator[list[float]]:
    """Record the utilization of the GPU in percent every half second, if nvidia-smi exists."""
    percentages: list[float] = []
    stop = threading.Event()
    query = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--id=0"]

    def watch() -> None:
        while not stop.wait(0.5):
            done = subprocess.run(query, capture_output=True, text=True, check=False)
            percentages.extend(float(line) for line in done.stdout.split() if line.isdigit())

    watcher = threading.Thread(target=watch)
    if shutil.which("nvidia-smi"):
        watcher.start()
    try:
        yield percentages
    finally:
        stop.set()
        if watcher.is_alive():
            watcher.join()


def seconds(run: Callable[[], Any]) -> float:
    """Return the time of a call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def generated_inputs(n_texts: int) -> tuple[Inputs, np.ndarray, int]:
    """Return token ids, labels and the size of the vocabulary."""
    rows = [row for block in toxic_like(n_texts, 0) for row in block]
    indexed = text.index_texts((row[1] for row in rows), ["html_unescape", "lower_case"])
    counts = text.token_counts(indexed)
    vocabulary = text.build_vocabulary(indexed.tokens, counts, max_size=100_000, min_count=2)
    labels = np.stack([row[2] for row in rows]).astype(np.float32)
    return (
        only_texts(text.to_vocabulary(indexed, text.known_tokens(vocabulary))),
        labels,
        len(vocabulary),
    )


def bare_loop(
    config: RnnConfig, batches: list[tuple[int, int]], embedding_dim: int
) -> Callable[[], None]:
    """Return a function that trains only the recurrent layer for an epoch.

    Args:
        config: the recurrent layer.
        batches: the shape of each batch, rows and timesteps.
        embedding_dim: the size of the vectors.
    """
    layer_class = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[config.cell]
    inputs = keras.Input((None, embedding_dim))
    sequence = inputs
    for _ in range(config.n_layers):
        layer = layer_class(config.units, return_sequences=True)
        sequence = (keras.layers.Bidirectional(layer) if config.bidirectional else layer)(sequence)
    model = keras.Model(inputs, ops.mean(sequence, axis=(1, 2)))
    model.compile(optimizer="adam", loss="mean_squared_error")
    # On the device before the first step: the loop must not wait for data.
    data = {
        shape: (keras.random.normal((*shape, embedding_dim)), ops.zeros((shape[0],)))
        for shape in dict.fromkeys(batches)
    }

    def run() -> None:
        for shape in batches:
            model.train_on_batch(*data[shape])

    return run


def measure(config: Config, n_texts: int) -> dict[str, float]:
    """Measure training, prediction and the bare loop.

    Returns:
        Medians: `training` and `prediction` in texts per second, `share_of_bare_loop`; and the mean
        `gpu_utilization` of training in percent, NaN without a GPU.
    """
    keras.config.set_dtype_policy(config.training.precision)
    inputs, labels, vocabulary_size = generated_inputs(n_texts)
    matrix = (
        np.random.default_rng(0).normal(size=(vocabulary_size, EMBEDDING_DIM)).astype(np.float32)
    )
    task = MultiLabel(tuple(RATES))
    model = build_model(
        config.model, matrix, task, FoldInputs(), max_tokens=config.batches.max_tokens, seed=1
    )
    settings = TrainingSettings(
        task, "mean_column_roc_auc", config.batches, config.training, config.thresholds, 1
    )
    compile_model(model, settings, n_steps=n_texts)
    rows = np.arange(n_texts)

    def train() -> None:
        for batch in training_batches(inputs, labels, rows, config.batches, seed=1):
            model.train_on_batch(*batch)

    shapes = [
        batch[0]["token_ids"].shape
        for batch in training_batches(inputs, labels, rows, config.batches, seed=1)
    ]
    bare = bare_loop(config.model.rnn, shapes, EMBEDDING_DIM)
    functions = {
        "training": train,
        "bare": bare,
        "prediction": lambda: predict(model, inputs, rows, config.batches),
    }
    for function in functions.values():
        function()  # the first call traces and compiles
    times: dict[str, list[float]] = {name: [] for name in functions}
    utilization: list[float] = []
    for _ in range(N_REPEATS):
        for name, function in functions.items():
            with gpu_utilization() as percentages:
                times[name].append(seconds(function))
            utilization += percentages if name == "training" else []
    shares = [bare / ours for bare, ours in zip(times["bare"], times["training"], strict=True)]
    return {
        "training": n_texts / statistics.median(times["training"]),
        "prediction": n_texts / statistics.median(times["prediction"]),
        "share_of_bare_loop": statistics.median(shares),
        "gpu_utilization": statistics.mean(utilization) if utilization else float("nan"),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("overrides", nargs="*", help="settings, as on the command line of Regard")
    parser.add_argument("--texts", type=int, default=20_000)
    arguments = parser.parse_args()
    figures = measure(compose_settings(*arguments.overrides), arguments.texts)
    utilization = figures["gpu_utilization"]
    gpu = "no GPU" if math.isnan(utilization) else f"GPU utilization {utilization:.0f} %"
    print(
        f"{keras.backend.backend()}, {' '.join(arguments.overrides) or 'defaults'}: "
        f"training {figures['training']:,.0f} texts/s, "
        f"prediction {figures['prediction']:,.0f} texts/s, "
        f"{figures['share_of_bare_loop']:.0%} of the bare loop's speed, {gpu}"
    )


if __name__ == "__main__":
    main()
