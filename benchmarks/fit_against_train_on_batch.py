"""Keras's `fit` over Python batches against `train_on_batch`, on the default network and texts of
real lengths.

    python benchmarks/fit_against_train_on_batch.py

One process, one core; epochs in turn; prints the median of the ratios of their times.
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
from settings import composed

from regard.data.inputs import only_texts
from regard.network.batching import training_batches
from regard.network.classifier import FoldInputs, build_model
from regard.network.trainer import TrainingSettings, compile_model
from regard.tasks import MultiClass
from regard.text import RaggedTokens


class AsDataset(keras.utils.PyDataset):
    """Batches in a list, as `fit` takes them."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


def seconds(function) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def main() -> None:
    """Train epochs both ways, in turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--texts", type=int, default=1400)
    arguments = parser.parse_args()
    config = composed()
    dice = np.random.default_rng(0)
    # as toxic comments are
    lengths = np.maximum(dice.lognormal(np.log(36), 1.127, arguments.texts).astype(int), 1)
    token_ids = dice.integers(2, 20_000, lengths.sum()).astype(np.int32)
    tokens = RaggedTokens(token_ids, np.concatenate([[0], np.cumsum(lengths)]))
    task = MultiClass(tuple("abcde"))
    labels = dice.integers(0, 5, arguments.texts).astype(np.int32)
    matrix = dice.normal(size=(20_000, 150)).astype(np.float32)
    model = build_model(
        config.model, matrix, task, FoldInputs(), max_tokens=config.batches.max_tokens, seed=1
    )
    settings = TrainingSettings(
        task, "accuracy", config.batches, config.training, config.thresholds, 1
    )
    compile_model(model, settings, n_steps=arguments.texts)
    rows = np.arange(arguments.texts)
    batches = list(training_batches(only_texts(tokens), labels, rows, config.batches, seed=1))
    # fit takes the shapes of the first two batches for those of all, so two of different lengths
    # stand in front.
    other = next(
        at
        for at, batch in enumerate(batches)
        if batch[0]["token_ids"].shape != batches[0][0]["token_ids"].shape
    )
    batches[1], batches[other] = batches[other], batches[1]
    data = AsDataset(batches)
    ways = {
        "fit": lambda: model.fit(data, verbose=0, shuffle=False),
        "train_on_batch": lambda: [model.train_on_batch(*batch) for batch in batches],
    }
    for way in ways.values():
        way()  # traced and compiled
    times = [{name: seconds(way) for name, way in ways.items()} for _ in range(arguments.epochs)]
    ratio = statistics.median(epoch["fit"] / epoch["train_on_batch"] for epoch in times)
    for name in ways:
        print(
            f"{name:15} {statistics.median(epoch[name] for epoch in times):6.2f} s an epoch (median of {len(times)})"
        )
    print(f"fit / train_on_batch: {ratio:.2f}")


if __name__ == "__main__":
    main()
