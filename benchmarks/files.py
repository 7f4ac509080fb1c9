"""What the scripts of this folder that stand in for other software share: a competition's files, folds, a command."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, roc_auc_score


@dataclass(frozen=True)
class Files:
    """Texts and labels.

    Attributes:
        train: the texts to learn from.
        test: the texts to predict.
        labels: `(rows, outputs)` float32, one 1 a row where classes exclude one another.
        names: of the outputs.
        exclusive: whether they exclude one another.
        sample: what the submission has to look like.
    """

    train: list[str]
    test: list[str]
    labels: np.ndarray
    names: list[str]
    exclusive: bool
    sample: pd.DataFrame


# rows, held-out rows, seed= -> outputs of those and of test
Predict = Callable[..., tuple[np.ndarray, np.ndarray]]


def read(folder: Path) -> Files:
    """Read a competition with one text column, and one column of classes or several of 0 and 1."""
    train, test, sample = (
        _table(folder / f"{name}.csv") for name in ("train", "test", "sample_submission")
    )
    (text,) = test.columns[1:]
    columns = [column for column in train.columns[1:] if column not in test.columns]
    exclusive = len(columns) == 1
    labels = pd.get_dummies(train[columns[0]]) if exclusive else train[columns].astype(int)
    return Files(
        train=train[text].tolist(),
        test=test[text].tolist(),
        labels=labels.to_numpy(np.float32),
        names=list(labels.columns),
        exclusive=exclusive,
        sample=test[[test.columns[0]]].merge(sample, on=sample.columns[0]),
    )


def write(path: Path, files: Files, probabilities: np.ndarray) -> None:
    """Write a submission: the most probable class, or the probability of each label."""
    submission = files.sample.copy()
    if submission.shape[1] == 2 and files.exclusive:
        submission[submission.columns[1]] = np.array(files.names, object)[
            probabilities.argmax(axis=1)
        ]
    else:
        submission[files.names] = probabilities
    submission.to_csv(path, index=False)


def score(submission: Path, solution: Path) -> float:
    """Return a submission's accuracy, or its mean ROC AUC over the labels that some row has and some has not."""
    submitted, truth = _table(submission), _table(solution)
    submitted = submitted.set_index(submitted.columns[0]).loc[truth[truth.columns[0]]]
    columns = list(truth.columns[1:])
    if len(columns) == 1:
        return float(accuracy_score(truth[columns[0]], submitted[columns[0]]))
    columns = [column for column in columns if truth[column].nunique() == 2]
    return float(roc_auc_score(truth[columns].astype(int), submitted[columns].astype(float)))


def folds(n_rows: int, n_folds: int) -> np.ndarray:
    """Return the fold of each row, at random, `(rows,)`."""
    return np.random.default_rng(1).permutation(n_rows) % n_folds


def main(prepare: Callable[..., Predict], description: str | None, **others: int) -> None:
    """Train every fold, and write the mean of their predictions.

    Args:
        prepare: takes the files and the other settings, and returns what trains a fold.
        description: shown by --help.
        **others: further settings with their defaults.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("submission", type=Path)
    parser.add_argument("--fold-numbers", type=Path, help="an .npy file with the fold of each row")
    parser.add_argument(
        "--outputs", type=Path, help="an .npz file to write: out of fold, test, names"
    )
    for name, default in {"folds": 2, "seed": 1, **others}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    data = read(arguments.data)
    settings = {name: getattr(arguments, name) for name in others}
    predict, n_rows = prepare(data, **settings), len(data.train)
    numbers = (
        np.load(arguments.fold_numbers)
        if arguments.fold_numbers
        else folds(n_rows, arguments.folds)
    )
    oof, by_fold = np.zeros((n_rows, len(data.names)), np.float32), []
    for fold in range(numbers.max() + 1):
        held_out = np.flatnonzero(numbers == fold)
        oof[held_out], test = predict(
            np.flatnonzero(numbers != fold), held_out, seed=arguments.seed + fold
        )
        by_fold.append(test)
    outputs = np.mean(by_fold, axis=0)
    write(arguments.submission, data, outputs)
    if arguments.outputs:
        np.savez(arguments.outputs, oof=oof, test=outputs, names=np.array(data.names))


def _table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)
