"""Compare Keras's `fit` over Python batches with `train_on_batch`, on the default network.

    python benchmarks/fit_against_train_on_batch.py

One process on one core trains epochs in turns, on texts of realistic lengths. Prints the median of
the ratios of their times.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])

import keras
import numpy as np
from settings import compose_settings

from regard.data.inputs import only_texts
from regard.network.batching import training_batches
from regard.network.classifier import FoldInputs, build_model
from regard.network.trainer import TrainingSettings, compile_model
from regard.tasks import MultiClass
from regard.text import RaggedTokens


class AsDataset(keras.utils.PyDataset):
    """A list of batches in the form that `fit` takes."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


def seconds(function) -> float:
    """Return the time of a call."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def main() -> None:
    """Train epochs both ways, in turns."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--texts", type=int, default=1400)
    arguments = parser.parse_args()
    config = compose_settings()
    rng = np.random.default_rng(0)
    # The distribution of lengths of Toxic comments: median 36, 95th percentile 230.
    lengths = np.maximum(rng.lognormal(np.log(36), 1.127, arguments.texts).astype(int), 1)
    token_ids = rng.integers(2, 20_000, lengths.sum()).astype(np.int32)
    tokens = RaggedTokens(token_ids, np.concatenate([[0], np.cumsum(lengths)]))
    task = MultiClass(tuple("abcde"))
    labels = rng.integers(0, 5, arguments.texts).astype(np.int32)
    matrix = rng.normal(size=(20_000, 150)).astype(np.float32)
    model = build_model(
        config.model, matrix, task, FoldInputs(), max_tokens=config.batches.max_tokens, seed=1
    )
    settings = TrainingSettings(
        task, "accuracy", config.batches, config.training, config.thresholds, 1
    )
    compile_model(model, settings, n_steps=arguments.texts)
    rows = np.arange(arguments.texts)
    batches = list(training_batches(only_texts(tokens), labels, rows, config.batches, seed=1))
    # `fit` infers the shapes of all batches from the first two, so these must differ in length.
    first_shape = batches[0][0]["token_ids"].shape
    other = next(
        position
        for position, batch in enumerate(batches)
        if batch[0]["token_ids"].shape != first_shape
    )
    batches[1], batches[other] = batches[other], batches[1]
    data = AsDataset(batches)
    epochs = {
        "fit": lambda: model.fit(data, verbose=0, shuffle=False),
        "train_on_batch": lambda: [model.train_on_batch(*batch) for batch in batches],
    }
    for train in epochs.values():
        train()  # the first call traces and compiles
    times = [
        {name: seconds(train) for name, train in epochs.items()} for _ in range(arguments.epochs)
    ]
    ratio = statistics.median(turn["fit"] / turn["train_on_batch"] for turn in times)
    for name in epochs:
        median = statistics.median(turn[name] for turn in times)
        print(f"{name:15} {median:6.2f} s an epoch (median of {len(times)})")
    print(f"fit / train_on_batch: {ratio:.2f}")


if __name__ == "__main__":
    main()
