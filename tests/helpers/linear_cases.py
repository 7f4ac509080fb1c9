"""Texts of three subjects with labels of every kind, and linear models of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.cases import compose_config, write_tables
from regard.config import Config, LinearConfig
from regard.linear import (
    LinearInputs,
    LinearModel,
    count_ngrams,
    fit_linear,
    predict_linear,
)
from regard.tasks import (
    TASKS,
    Binary,
    MultiClass,
    MultiLabel,
    Ordinal,
    Regression,
    SoftLabels,
    Task,
)

TASK_OF: dict[str, Task] = {
    "binary": Binary(("target",)),
    "multi_class": MultiClass(("sea", "wood", "town")),
    "multi_label": MultiLabel(("toxic", "threat")),
    "ordinal": Ordinal(("poor", "fair", "good")),
    "regression": Regression(("ease",), ranges=((0.0, 2.0),)),
    "soft_labels": SoftLabels(("a", "b"), exclusive=True),
}
SUBJECTS = np.arange(24) % 3
TEXTS = [
    f"{['ship sea', 'tree moss', 'tram lamp'][subject]} word{row % 5}"
    for row, subject in enumerate(SUBJECTS)
]
LABELS = {
    "binary": (SUBJECTS == 2)[:, None].astype(np.float32),
    "multi_class": SUBJECTS.astype(np.int32),
    "multi_label": np.stack([SUBJECTS == 1, SUBJECTS > 0], axis=1).astype(np.float32),
    "ordinal": SUBJECTS.astype(np.int32),
    "regression": SUBJECTS[:, None].astype(np.float32),
    "soft_labels": np.stack([SUBJECTS / 2, 1 - SUBJECTS / 2], axis=1).astype(np.float32),
}
PAIRS = [("tfidf", kind) for kind in TASK_OF] + [("nb_svm", kind) for kind in list(TASK_OF)[:4]]


def linear_config(**settings: Any) -> LinearConfig:
    """Return settings of a small TF-IDF model, with some changed."""
    plain = {"name": "linear", "learner": "linear", "features": "tfidf", "C": [10.0]}
    forms = {"characters": False, "cased": False, "min_df": 1, "ngram_weights": None}
    return LinearConfig(**{**plain, **forms, **settings})


TFIDF = linear_config()
NB = linear_config(features="nb_svm")


def linear_inputs(
    *columns: list[str],
    numbers: Any = None,
    categories: Any = None,
    n_values: tuple[int, ...] = (),
    paired: bool = False,
    symmetric: bool = False,
    characters: bool = False,
) -> LinearInputs:
    """Return the inputs of text columns, and of numbers and categories if any."""
    n_rows = len(columns[0])
    return LinearInputs(
        count_ngrams(columns, ["lower_case"], characters=characters, paired=paired),
        np.empty((n_rows, 0), np.float32) if numbers is None else np.asarray(numbers, np.float32),
        np.empty((n_rows, 0), np.int32) if categories is None else np.asarray(categories, np.int32),
        n_values=n_values,
        symmetric=symmetric,
    )


def fit_and_predict(
    features: str, kind: str, inputs: LinearInputs, config: LinearConfig | None = None
) -> tuple[LinearModel, np.ndarray]:
    """Fit a model of all rows and predict them."""
    rows, task = np.arange(len(inputs)), TASK_OF[kind]
    config = config or {"tfidf": TFIDF, "nb_svm": NB}[features]
    model = fit_linear(inputs, rows, LABELS[kind], task, config)
    return model, predict_linear(model, inputs, rows, task)


def linear_tables(kind: str) -> tuple[list[str], dict[str, pd.DataFrame]]:
    """Return the label columns and the tables of a kind of task; test has the train rows.

    The rows have a text, a number and a category.
    """
    rows = pd.DataFrame(
        {"text": TEXTS, "size": np.arange(24) % 7, "kind": [f"k{row % 2}" for row in range(24)]}
    )
    ids = [f"r{row}" for row in range(24)]
    labels = LABELS[kind].reshape(24, -1)
    names = [f"label{column}" for column in range(labels.shape[1])]
    labels = labels.astype(int) if TASKS[kind].has_classes else labels
    train = pd.concat([rows, pd.DataFrame(labels, columns=names)], axis=1).assign(id=ids)
    sample = pd.DataFrame({"id": ids, **dict.fromkeys(names, 0)})
    return names, {"train": train, "test": rows.assign(id=ids), "sample_submission": sample}


def linear_settings(kind: str, folder: Path, *overrides: str) -> Config:
    """Write the files of a kind of task, and return settings for a linear model of them."""
    names, files = linear_tables(kind)
    write_tables(folder / "data" / kind, files)
    return compose_config(
        "competition=bbc_news",
        f"competition.name={kind}",
        f"competition.task={kind}",
        "competition.source=null",
        f"competition.label_columns=[{','.join(names)}]",
        "competition.metric=auto",
        "competition.submit=auto",
        "competition.numeric_columns=[size]",
        "competition.categorical_columns=[kind]",
        "folds.n_folds=2",
        "embeddings=google_news",  # a missing file, which no linear run reads
        "model=tfidf_linear",
        f"data_dir={folder / 'data'}",
        f"output_dir={folder / 'outputs'}",
        *overrides,
    )
