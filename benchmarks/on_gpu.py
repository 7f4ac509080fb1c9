"""Training and prediction on a GPU: texts a second, the share of a bare cuDNN loop's speed, how
busy the GPU is.

    KERAS_BACKEND=tensorflow python benchmarks/on_gpu.py
    KERAS_BACKEND=torch python benchmarks/on_gpu.py model=bigru_pool
    training.precision=mixed_bfloat16 KERAS_BACKEND=jax python benchmarks/on_gpu.py
    model.rnn.units=300 --texts 50000

The texts are those of generated.py, batched as for training. The bare loop trains Keras's recurrent
layer alone, the same cell and size, on vectors of the same padded lengths that lie on the device
already: what cuDNN can do at best. On a machine without a GPU everything runs as well, and says so;
the shares then are of the CPU's loop.
"""

import argparse
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
from settings import composed

from regard import text
from regard.config import Config, RnnConfig
from regard.data.inputs import Inputs, only_texts
from regard.network.batching import predict, training_batches
from regard.network.classifier import FoldInputs, build_model
from regard.network.trainer import TrainingSettings, compile_model
from regard.tasks import MultiLabel

EMBEDDING_DIM = 300
N_REPEATS = 5


@contextmanager
def gpu_use() -> Iterator[list[float]]:
    """Gather the percentage of time that the GPU is busy, every half second; nothing without nvidia-smi."""
    found: list[float] = []
    done = threading.Event()
    query = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--id=0"]

    def watch() -> None:
        while not done.wait(0.5):
            answer = subprocess.run(query, capture_output=True, text=True, check=False)
            found.extend(float(line) for line in answer.stdout.split() if line.isdigit())

    watcher = threading.Thread(target=watch)
    if shutil.which("nvidia-smi"):
        watcher.start()
    try:
        yield found
    finally:
        done.set()
        if watcher.is_alive():
            watcher.join()


def seconds(run: Callable[[], Any]) -> float:
    """How long a call takes; what it returns is waited for."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def generated_inputs(n_texts: int) -> tuple[Inputs, np.ndarray, int]:
    """Token ids, labels, and the size of the vocabulary."""
    rows = [row for block in toxic_like(n_texts, 0) for row in block]
    indexed = text.index_texts((row[1] for row in rows), ["html_unescape", "lower_case"])
    counts = text.token_counts(indexed, slice(None))
    vocabulary = text.build_vocabulary(indexed.tokens, counts, max_size=100_000, min_count=2)
    labels = np.stack([row[2] for row in rows]).astype(np.float32)
    return only_texts(text.to_vocabulary(indexed, vocabulary)), labels, len(vocabulary)


def bare_loop(
    config: RnnConfig, batches: list[tuple[int, int]], embedding_dim: int
) -> Callable[[], None]:
    """A training epoch of the recurrent layer alone, over batches of such shapes that lie on the device."""
    kind = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[config.cell]
    inputs = keras.Input((None, embedding_dim))
    sequence = inputs
    for _ in range(config.n_layers):
        layer = kind(config.units, return_sequences=True)
        sequence = (keras.layers.Bidirectional(layer) if config.bidirectional else layer)(sequence)
    model = keras.Model(inputs, ops.mean(sequence, axis=(1, 2)))
    model.compile(optimizer="adam", loss="mean_squared_error")
    given = {
        shape: (keras.random.normal((*shape, embedding_dim)), ops.zeros((shape[0],)))
        for shape in dict.fromkeys(batches)
    }

    def run() -> None:
        for shape in batches:
            model.train_on_batch(*given[shape])

    return run


def measure(config: Config, n_texts: int) -> dict[str, float]:
    """Return medians: texts a second of training and of prediction, the share of the bare loop, the GPU's use."""
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
    ways = {
        "training": train,
        "bare": bare,
        "prediction": lambda: predict(model, inputs, rows, config.batches),
    }
    for way in ways.values():
        way()  # traced and compiled
    taken: dict[str, list[float]] = {name: [] for name in ways}
    use: list[float] = []
    for _ in range(N_REPEATS):
        for name, way in ways.items():
            with gpu_use() as found:
                taken[name].append(seconds(way))
            use += found if name == "training" else []
    shares = [bare / ours for bare, ours in zip(taken["bare"], taken["training"], strict=True)]
    return {
        "training": n_texts / statistics.median(taken["training"]),
        "prediction": n_texts / statistics.median(taken["prediction"]),
        "share_of_bare_loop": statistics.median(shares),
        "gpu_use": statistics.mean(use) if use else float("nan"),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("overrides", nargs="*", help="settings, as on Regard's command line")
    parser.add_argument("--texts", type=int, default=20_000)
    arguments = parser.parse_args()
    found = measure(composed(*arguments.overrides), arguments.texts)
    print(
        f"{keras.backend.backend()}, {' '.join(arguments.overrides) or 'defaults'}: "
        f"training {found['training']:,.0f} texts/s, prediction {found['prediction']:,.0f} texts/s, "
        f"{found['share_of_bare_loop']:.0%} of the bare loop's speed, "
        + (
            f"GPU busy {found['gpu_use']:.0f} %"
            if found["gpu_use"] == found["gpu_use"]
            else "no GPU"
        )
    )


if __name__ == "__main__":
    main()
