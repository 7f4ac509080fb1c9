"""Train the network of `experiment=seed_toxic` in plain PyTorch with `nn.LSTM`.

    python benchmarks/in_torch.py data/toxic submission.csv --folds 2 --epochs 2 --seed 1

The vocabulary, folds, vectors and batches are Regard's, so only training and prediction differ: one
process, with a thread of PyTorch on each core.
"""

import argparse
from pathlib import Path

import files
import numpy as np
import torch
from settings import compose_settings
from torch import nn

from regard import pipeline
from regard.config import Config
from regard.data.inputs import Inputs
from regard.network.batching import batch_inputs, training_batches
from regard.network.bucketing import bucket_lengths, prediction_order


class Network(nn.Module):
    """Vectors -> dropout -> LSTM -> dropout -> attention -> dense -> dropout -> batch norm."""

    def __init__(self, matrix: np.ndarray, n_outputs: int, config: Config) -> None:
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(torch.tensor(matrix), freeze=True)
        self.lstm = nn.LSTM(matrix.shape[1], config.model.rnn.units, batch_first=True)
        self.kernel = nn.Parameter(torch.randn(config.model.rnn.units) * 0.05)
        self.bias = nn.Parameter(torch.zeros(config.batches.max_tokens))
        units = config.model.head.units
        self.dense = nn.Linear(config.model.rnn.units, units)
        self.norm = nn.BatchNorm1d(units)
        self.outputs = nn.Linear(units, n_outputs)
        self.dropout = nn.Dropout(0.25)

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        """Return logits, `(batch, outputs)`."""
        sequence = self.dropout(self.lstm(self.dropout(self.embedding(token_ids)))[0])
        # The bias is one number per timestep, as in the attention of the kernels.
        scores = torch.tanh(sequence @ self.kernel + self.bias[: token_ids.shape[1]])
        weights = torch.softmax(scores.masked_fill(token_ids == 0, -1e9), dim=1)
        features = torch.einsum("bt,btf->bf", weights, sequence)
        return self.outputs(self.norm(self.dropout(torch.relu(self.dense(features)))))


def predict_rows(
    model: Network, inputs: Inputs, rows: np.ndarray, config: Config, *, exclusive: bool
) -> np.ndarray:
    """Return probabilities, `(rows, outputs)` float32."""
    lengths = inputs.lengths(rows, config.batches.max_tokens)
    choices = bucket_lengths(lengths[:, 0], config.batches.n_lengths)
    model.eval()
    probabilities = np.empty((len(rows), model.outputs.out_features), np.float32)
    with torch.no_grad():
        for positions in prediction_order(lengths[:, 0], config.batches):
            # Pad to the shortest of the chosen lengths that fits the longest text of the batch.
            length = choices[np.searchsorted(choices, lengths[positions, 0].max())]
            batch = batch_inputs(inputs, rows[positions], np.array([length]))["token_ids"]
            logits = model(torch.from_numpy(batch))
            outputs = torch.softmax(logits, dim=1) if exclusive else torch.sigmoid(logits)
            probabilities[positions] = outputs.numpy()
    return probabilities


def row_losses(logits: torch.Tensor, labels: np.ndarray, *, exclusive: bool) -> torch.Tensor:
    """Return the loss of each row, `(rows,)`."""
    if exclusive:
        return nn.functional.cross_entropy(
            logits, torch.from_numpy(labels).long(), reduction="none"
        )
    return nn.functional.binary_cross_entropy_with_logits(
        logits, torch.from_numpy(labels), reduction="none"
    ).mean(1)


def train_fold(
    model: Network, config: Config, inputs: Inputs, labels: np.ndarray, folds: np.ndarray, fold: int
) -> None:
    """Train a network for the configured epochs.

    The validation rows are predicted after each epoch, at the cost that early stopping would have.
    """
    exclusive = labels.ndim == 1
    valid = np.flatnonzero(folds == fold)
    rows = np.flatnonzero(folds != fold)
    optimizer = torch.optim.Adam(
        (p for p in model.parameters() if p.requires_grad), config.training.learning_rate
    )
    for epoch in range(config.training.epochs):
        model.train()
        for batch, batch_labels, weights in training_batches(
            inputs, labels, rows, config.batches, seed=epoch
        ):
            optimizer.zero_grad()
            logits = model(torch.from_numpy(batch["token_ids"]))
            losses = row_losses(logits, batch_labels, exclusive=exclusive)
            (losses * torch.from_numpy(weights)).mean().backward()
            optimizer.step()
        predict_rows(model, inputs, valid, config, exclusive=exclusive)


def main() -> None:
    """Train every fold and write the mean of their predictions."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("submission", type=Path)
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--competition", default="toxic", help="the page of conf/competition/ with the columns"
    )
    arguments = parser.parse_args()
    config = compose_settings(
        f"competition={arguments.competition}",
        "experiment=seed_toxic",
        "embeddings=glove_6b_50d",
        f"competition.name={arguments.data.name}",
        f"data_dir={arguments.data.parent}",
        f"output_dir={arguments.submission.parent / 'torch'}",
        f"folds.n_folds={arguments.folds}",
        f"training.epochs={arguments.epochs}",
    )
    pipeline.make(config, "folds")
    run = pipeline.make(config, "embed")
    train = run.train_inputs
    test = run.test_inputs
    labels = run.labels
    matrix = np.array(run.embedding_matrix)
    predictions = []
    for fold in range(arguments.folds):
        torch.manual_seed(arguments.seed + fold)
        model = Network(matrix, run.task.n_outputs, config)
        train_fold(model, config, train, labels, run.folds, fold)
        rows = np.arange(len(test))
        predictions.append(predict_rows(model, test, rows, config, exclusive=labels.ndim == 1))
    data = files.read(arguments.data)
    files.write(arguments.submission, data, np.mean(predictions, axis=0))


if __name__ == "__main__":
    main()
