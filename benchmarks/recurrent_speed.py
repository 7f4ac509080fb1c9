"""Compare the speed of a recurrent network on all cores: Regard's workers and PyTorch's threads.

    python benchmarks/recurrent_speed.py

The network is LSTM -> attention -> dense on texts of one length. Regard trains one network in a
worker on each core, as it trains folds; PyTorch trains one with a thread on each core. They take
turns, and the table shows medians of ratios. The last column is the share of the machine's rate of
matrix multiplication, measured in the same run, that the multiplications of Regard's network reach.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from settings import compose_settings

from regard.parallel import slots, workers

SECONDS = 4.0
SIZES = {"T=100 D=100 H=128": (100, 100, 128, 128), "T=150 D=100 H=300": (150, 100, 300, 256)}
N_REPEATS = 5
ALL = compose_settings().compute


def make_batch(size: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return token ids, labels and word vectors."""
    timesteps, embedding_dim, _, batch = SIZES[size]
    rng = np.random.default_rng(0)
    token_ids = rng.integers(2, 1000, (batch, timesteps)).astype(np.int32)
    labels = rng.integers(0, 2, (batch, 6)).astype(np.float32)
    return token_ids, labels, rng.standard_normal((1000, embedding_dim)).astype(np.float32)


def measure_rate(step: Callable[[], Any], n_rows: int) -> float:
    """Return the rows per second of a step on so many rows."""
    step()  # the first step traces and compiles
    started = time.perf_counter()
    n_steps = 0
    while time.perf_counter() - started < SECONDS:
        step()
        n_steps += 1
    return n_steps * n_rows / (time.perf_counter() - started)


def in_regard(size: str, *, progress: Any) -> tuple[float, float]:
    """Return the rates of training and prediction in a worker."""
    from regard.network.classifier import FoldInputs, build_model
    from regard.network.trainer import TrainingSettings, compile_model
    from regard.tasks import MultiLabel

    token_ids, labels, matrix = make_batch(size)
    config = compose_settings(
        f"model.rnn.units={SIZES[size][2]}",
        "model.trainable_embeddings=false",
        "model.embedding_dropout=0",
        "model.skip_connection=false",
        "model.pooling=[attention]",
        "model.head.dropout=0",
        "training.optimizer=adam",
        "training.schedule=constant",
        "training.clip_norm=null",
        "training.weight_average=none",
    )
    task = MultiLabel(tuple("abcdef"))
    model = build_model(
        config.model, matrix, task, FoldInputs(), max_tokens=token_ids.shape[1], seed=1
    )
    settings = TrainingSettings(
        task, "log_loss", config.batches, config.training, config.thresholds, 1
    )
    compile_model(model, settings, n_steps=1)
    inputs = {"token_ids": token_ids}
    weights = np.ones(len(labels), np.float32)
    return (
        measure_rate(lambda: model.train_on_batch(inputs, labels, weights), len(labels)),
        measure_rate(lambda: model.predict_on_batch(inputs), len(labels)),
    )


def in_torch(size: str) -> tuple[float, float]:
    """Return the rates of training and prediction with a thread on each core."""
    import torch
    from torch import nn

    token_ids, labels, matrix = make_batch(size)

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding.from_pretrained(torch.tensor(matrix))
            self.lstm = nn.LSTM(matrix.shape[1], SIZES[size][2], batch_first=True)
            self.score = nn.Linear(SIZES[size][2], 1)
            self.outputs = nn.Linear(SIZES[size][2], 6)

        def forward(self, ids: Any) -> Any:
            sequence = self.lstm(self.embedding(ids))[0]
            scores = torch.tanh(self.score(sequence)).squeeze(-1)
            weights = torch.softmax(scores.masked_fill(ids == 0, -1e9), dim=1)
            return self.outputs(torch.bmm(weights[:, None], sequence)[:, 0])

    model = Network()
    ids = torch.from_numpy(token_ids)
    targets = torch.from_numpy(labels)
    optimizer = torch.optim.Adam([weight for weight in model.parameters() if weight.requires_grad])

    def train() -> None:
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(model(ids), targets).backward()
        optimizer.step()

    def predict() -> None:
        with torch.no_grad():
            torch.sigmoid(model(ids)).numpy()

    return measure_rate(train, len(labels)), measure_rate(predict, len(labels))


def matrix_rate(*, progress: Any) -> float:
    """Return the multiplications and additions per second of a large matrix product."""
    left = np.ones((1024, 1024), np.float32)
    return 2 * 1024**2 * measure_rate(lambda: left @ left, 1024)


def flops(size: str) -> float:
    """Return the operations of the LSTM's matrix products in a forward pass over one text."""
    # A timestep multiplies the vector and the state by the matrices of the four gates; each entry
    # of a matrix takes a multiplication and an addition.
    timesteps, embedding_dim, units, _ = SIZES[size]
    return 2.0 * timesteps * 4 * units * (embedding_dim + units)


def on_all_cores(function: Callable[..., Any], *arguments: Any) -> np.ndarray:
    """Run a measurement in a worker on each core at the same time, and return the sum."""
    n_cores = len(slots.available_cores())
    jobs = [workers.Job(f"core {core}", function, arguments) for core in range(n_cores)]
    return np.sum(workers.run_jobs(jobs, ALL), axis=0)


def torch_process(size: str) -> tuple[float, float]:
    """Run `in_torch` in a separate process, so that its threads end before Regard's turn."""
    done = subprocess.run(
        [sys.executable, __file__, size], capture_output=True, text=True, check=True
    )
    training, prediction = done.stdout.split()
    return float(training), float(prediction)


def measure() -> dict[str, dict[str, float]]:
    """Return the medians of rates, ratios and shares, by size."""
    table = {}
    for size in SIZES:
        rows = []
        for _ in range(N_REPEATS):
            ours = on_all_cores(in_regard, size)
            theirs = torch_process(size)
            limit = float(on_all_cores(matrix_rate)[()])
            # Training has a forward pass, and a backward pass of twice as many operations.
            shares = ours * flops(size) * np.array([3, 1]) / limit
            rows.append([*ours, ours[0] / theirs[0], ours[1] / theirs[1], *shares])
        names = (
            "training",
            "prediction",
            "training_ratio",
            "prediction_ratio",
            "training_share",
            "prediction_share",
        )
        table[size] = dict(zip(names, map(statistics.median, zip(*rows, strict=True)), strict=True))
    return table


def main() -> None:
    """Print a table."""
    if len(sys.argv) > 1:
        print(*in_torch(sys.argv[1]))
        return
    print(f"{'':20}{'samples/s':>11}{'x PyTorch':>11}{'of matrix rate':>16}")
    for size, row in measure().items():
        for mode in ("training", "prediction"):
            numbers = (row[mode], row[f"{mode}_ratio"], row[f"{mode}_share"])
            print(f"{size} {mode:12}{numbers[0]:9.0f}{numbers[1]:11.2f}{numbers[2]:16.0%}")


if __name__ == "__main__":
    main()
