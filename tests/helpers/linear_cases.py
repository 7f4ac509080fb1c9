"""Texts of three subjects with labels of every kind, and linear models of them."""

from typing import Any

import numpy as np

from regard.config import LinearConfig
from regard.linear import (
    LinearInputs,
    LinearModel,
    count_ngrams,
    fit_linear,
    predict_linear,
)
from regard.tasks import (
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
    forms = {"characters": False, "cased": False, "min_df": 1}
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
