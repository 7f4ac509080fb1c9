"""Shared by the scripts in other software: read a competition, train its folds, write the results.

A script gives `main` a function that prepares the texts and returns a function that trains a fold.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, roc_auc_score


@dataclass(frozen=True)
class Files:
    """The texts and labels of a competition.

    Attributes:
        train: the texts of the train rows.
        test: the texts of the test rows.
        labels: `(rows, outputs)` float32; one 1 in each row if the classes are exclusive.
        names: the names of the outputs.
        exclusive: whether each row has exactly one class.
        sample: the sample submission, in the order of the test rows.
    """

    train: list[str]
    test: list[str]
    labels: np.ndarray
    names: list[str]
    exclusive: bool
    sample: pd.DataFrame


# (training rows, validation rows, seed=) -> outputs of the validation rows and of test
Predict = Callable[..., tuple[np.ndarray, np.ndarray]]


def read(folder: Path) -> Files:
    """Read a competition with one text column, and one column of classes or several of 0 and 1."""
    train, test, sample = (
        _read_csv(folder / f"{name}.csv") for name in ("train", "test", "sample_submission")
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
    """Write a submission of the most probable class, or of the probability of each label."""
    submission = files.sample.copy()
    # An id and one column: the sample expects labels.
    if submission.shape[1] == 2 and files.exclusive:
        submission[submission.columns[1]] = np.array(files.names, object)[
            probabilities.argmax(axis=1)
        ]
    else:
        submission[files.names] = probabilities
    submission.to_csv(path, index=False)


def score(submission: Path, solution: Path) -> float:
    """Return the accuracy of a submission with one label column, else the mean ROC AUC.

    The mean leaves out labels that all rows or no rows have.
    """
    submitted = _read_csv(submission)
    expected = _read_csv(solution)
    submitted = submitted.set_index(submitted.columns[0]).loc[expected[expected.columns[0]]]
    columns = list(expected.columns[1:])
    if len(columns) == 1:
        return float(accuracy_score(expected[columns[0]], submitted[columns[0]]))
    columns = [column for column in columns if expected[column].nunique() == 2]
    return float(roc_auc_score(expected[columns].astype(int), submitted[columns].astype(float)))


def assign_folds(n_rows: int, n_folds: int) -> np.ndarray:
    """Return a random fold for each row, `(rows,)` int64."""
    return np.random.default_rng(1).permutation(n_rows) % n_folds


def main(prepare: Callable[..., Predict], description: str | None, **others: int) -> None:
    """Train every fold, and write the mean of the folds' predictions for test.

    Args:
        prepare: takes the files and the other settings, and returns the function that trains a
            fold.
        description: the text of --help.
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
    predict = prepare(data, **settings)
    n_rows = len(data.train)
    folds = (
        np.load(arguments.fold_numbers)
        if arguments.fold_numbers
        else assign_folds(n_rows, arguments.folds)
    )
    oof = np.zeros((n_rows, len(data.names)), np.float32)
    test_by_fold = []
    for fold in range(folds.max() + 1):
        valid = np.flatnonzero(folds == fold)
        train = np.flatnonzero(folds != fold)
        oof[valid], test = predict(train, valid, seed=arguments.seed + fold)
        test_by_fold.append(test)
    mean = np.mean(test_by_fold, axis=0)
    write(arguments.submission, data, mean)
    if arguments.outputs:
        np.savez(arguments.outputs, oof=oof, test=mean, names=np.array(data.names))


def _read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)
