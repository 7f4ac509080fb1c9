"""From the labels and the sample to the task, its metric and what is submitted."""

import itertools
import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from regard.competitions.discovery.columns import Labels, are_numbers, stray_words
from regard.competitions.discovery.guess import Guess, listed
from regard.errors import DataError
from regard.tasks import KNOWN_PAIRS

_MANY_CLASSES = 20  # from here on, whole numbers are rather an amount than classes
_LEAST_ORDINAL = 4
_FREE_TEXT = 0.5  # a share of rows with different labels that no classes have
_RARE = 0.25  # f1 below this share of positives
_DOMINANT = 2 / 3  # f1_macro above this share of one class
_SCALE_WORDS = {
    *(
        "score",
        "scores",
        "rating",
        "ratings",
        "star",
        "stars",
        "grade",
        "grades",
        "points",
        "level",
        "rank",
        "degree",
    ),
    *(
        "relevance",
        "relatedness",
        "similarity",
        "sentiment",
        "polarity",
        "quality",
        "severity",
        "difficulty",
    ),
    "intensity",
}
_CLASS_WORDS = {
    *(
        "class",
        "classes",
        "category",
        "categories",
        "type",
        "topic",
        "author",
        "cluster",
        "genre",
        "intent",
        "subject",
    ),
    *("section", "language", "code", "id"),
}
_N_ROWS = 5000  # that the order of labels is tested on
_LEAST_MISTAKES = 30
_N_ORDERS = 2000
_SURE = 0.05  # the share of orders that fit as well
_CLOSER = 0.95  # mistakes fall at most so far from the truth, against mistakes at random


def guess_target(train: pd.DataFrame, texts: Sequence[str], labels: Labels) -> list[Guess]:
    """Guess the task, and the label values where their order or meaning must be told.

    Args:
        train: the train rows that have labels, all columns str.
        texts: a text of each of these rows.
        labels: what is predicted.

    Raises:
        DataError: the labels are all alike, or no task fits them.
    """
    if len(labels.columns) > 1:
        return _several(train[labels.columns])
    return _single(train[labels.columns[0]], texts, labels)


def guess_metric(
    train: pd.DataFrame, sample: pd.DataFrame, labels: Labels, task: str, *, pair: bool
) -> list[Guess]:
    """Guess the metric and what is submitted, from the task and from what stands in the sample.

    Args:
        train: the train rows that have labels, all columns str.
        sample: all columns str.
        labels: what is predicted.
        task: the kind of task.
        pair: whether two texts are compared.
    """
    cells = pd.concat([sample[column] for column in labels.predicted])
    if task in ("regression", "soft_labels"):
        return _metric_of_numbers(task, len(labels.columns), pair=pair)
    if labels.are_classes:
        return _both(
            "log_loss",
            "probabilities",
            "usual for a probability of each class",
            "a column for each class",
        )
    known = set(pd.concat([train[column] for column in labels.columns]))
    fractions = are_numbers(cells) and _has_fractions(cells)
    if task in ("binary", "multi_label") and (fractions or not set(cells) <= known):
        metric = "roc_auc" if task == "binary" else "mean_column_roc_auc"
        why = (
            "the sample has fractions"
            if fractions
            else f"the sample has {listed(cells.unique(), 2)}, no labels"
        )
        return _both(metric, "probabilities", "usual for probabilities of this task", why)
    if task == "ordinal" and fractions:
        return _both("rmse", "numbers", "usual for numbers", "the sample has fractions")
    doubt = ""
    if task == "binary" and are_numbers(cells):
        doubt = (
            "submit: the sample's numbers are taken for labels; for probabilities set it to probabilities, and metric "
            "to roc_auc or log_loss"
        )
    return [
        *_metric_of_labels(train, labels, task),
        Guess("submit", "labels", "the sample has labels", doubt),
    ]


def _metric_of_numbers(task: str, n_columns: int, *, pair: bool) -> list[Guess]:
    submit = "numbers" if task == "regression" else "probabilities"
    if pair and n_columns == 1:
        return _both(
            "pearson",
            submit,
            "how alike two texts are is usually scored by correlation",
            f"{task} of a pair",
        )
    if task == "soft_labels":
        return _both("log_loss", submit, "usual for numbers from 0 to 1", "the task is soft_labels")
    metric, why = (
        ("mcrmse", "usual for several columns of numbers")
        if n_columns > 1
        else ("rmse", "usual for numbers")
    )
    return _both(metric, submit, why, "the task is regression")


def _metric_of_labels(train: pd.DataFrame, labels: Labels, task: str) -> list[Guess]:
    if task == "multi_label":
        return [Guess("metric", "f1_micro", "usual for several labels a row")]
    if task == "ordinal":
        return [Guess("metric", "quadratic_weighted_kappa", "usual where labels have an order")]
    shares = train[labels.columns[0]].value_counts(normalize=True)
    if task == "binary":
        _, yes = _no_and_yes(train[labels.columns[0]])[0]
        if shares[yes] < _RARE:
            return [
                Guess(
                    "metric",
                    "f1",
                    f"usual where yes is rare: {yes} in {shares[yes]:.1%} of the rows",
                )
            ]
    if task == "multi_class" and shares.max() > _DOMINANT:
        why = f"one class, {shares.idxmax()}, has {shares.max():.0%} of the rows, so accuracy would say little"
        return [Guess("metric", "f1_macro", why)]
    return [
        Guess(
            "metric",
            "accuracy",
            f"the sample has labels; the commonest has {shares.max():.0%} of the rows",
        )
    ]


def _both(metric: str, submit: str, why: str, sample: str) -> list[Guess]:
    return [Guess("metric", metric, why), Guess("submit", submit, sample)]


def _several(cells: pd.DataFrame) -> list[Guess]:
    values = pd.concat([cells[column] for column in cells])
    seen, several = set(values), f"{len(cells.columns)} columns"
    if any({value.lower() for value in seen} <= set(pair) for pair in KNOWN_PAIRS):
        return [Guess("task", "multi_label", f"{several} of {listed(sorted(seen))}")]
    if not are_numbers(values):
        raise DataError(
            f"{several} of labels ({listed(cells)}) have values such as {listed(sorted(seen), 4)}; several columns "
            "must be of 0 and 1 or of numbers, so predict one of them at a time"
        )
    numbers = values.astype(float)
    what = f"{several} of numbers from {numbers.min():g} to {numbers.max():g}"
    return [Guess("task", "soft_labels" if numbers.between(0, 1).all() else "regression", what)]


def _single(cells: pd.Series, texts: Sequence[str], labels: Labels) -> list[Guess]:
    values = sorted(cells.unique())
    if len(values) < 2:
        found = f"{values[0]!r} in every row" if values else "no label in any row"
        raise DataError(
            f"the label column {labels.columns[0]!r} has {found}; there is nothing to learn"
        )
    if labels.are_classes:
        return [
            Guess(
                "task",
                "multi_class",
                f"the sample has a column for each of the {len(values)} classes",
            )
        ]
    if len(values) == 2:
        return _binary(cells)
    if not are_numbers(cells):
        stray = stray_words(cells)
        if stray and cells.nunique() > _MANY_CLASSES:
            raise DataError(
                f"the label column {labels.columns[0]!r} is of numbers, but for {stray}; correct them"
            )
        if len(values) > max(_MANY_CLASSES, _FREE_TEXT * len(cells)):
            raise DataError(
                f"the label column {labels.columns[0]!r} has {len(values):,} different words in {len(cells):,} rows; "
                "these are neither classes nor numbers"
            )
        doubt = (
            f"task: all labels are numbers but for {stray}; correct these, or leave it multi_class"
            if stray
            else ""
        )
        return [
            Guess(
                "task",
                "multi_class",
                f"{len(values)} values that are no numbers: {listed(values)}",
                doubt,
            )
        ]
    numbers = sorted(set(map(float, values)))
    span = f"from {numbers[0]:g} to {numbers[-1]:g}"
    if _has_fractions(cells):
        within = numbers[0] >= 0 and numbers[-1] <= 1
        return [
            Guess(
                "task", "soft_labels" if within else "regression", f"numbers with fractions {span}"
            )
        ]
    return [_whole_numbers(cells, numbers, span, texts, labels.columns[0])]


def _binary(cells: pd.Series) -> list[Guess]:
    """Two values; which of them means yes is told where it is not plain."""
    values, why = _no_and_yes(cells)
    counts = cells.value_counts()
    task = Guess(
        "task",
        "binary",
        "two values: " + ", ".join(f"{value} in {counts[value]:,} rows" for value in values),
    )
    if not why:
        return [task]
    doubt = (
        ""
        if are_numbers(cells)
        else f"label_values: which of {' and '.join(values)} means yes; {values[1]} is taken"
    )
    return [task, Guess("label_values", values, f"[negative, positive]: {why}", doubt)]


def _no_and_yes(cells: pd.Series) -> tuple[list[str], str]:
    """The negative and the positive value, and why so; it is left empty where their meaning is plain."""
    counts = cells.value_counts()
    for no, yes in KNOWN_PAIRS:
        if {value.lower() for value in counts.index} == {no, yes}:
            return sorted(counts.index, key=lambda value: value.lower() == yes), ""
    if are_numbers(cells):
        return sorted(counts.index, key=float), "the greater number is taken for yes"
    return list(counts.index), "the rarer one is taken for yes"


def _whole_numbers(
    cells: pd.Series, numbers: Sequence[float], span: str, texts: Sequence[str], name: str
) -> Guess:
    """Classes, ranks or amounts: by how many there are, by the column's name, at last by what is mistaken for what."""
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)}
    what = f"{len(numbers)} whole numbers {span}"
    if words & _CLASS_WORDS:
        return Guess("task", "multi_class", f"{what}; by its name, {name} has no order")
    if len(numbers) > _MANY_CLASSES:
        return Guess("task", "regression", f"{what}: too many for classes")
    if words & _SCALE_WORDS:
        return Guess("task", "ordinal", f"{what}; by its name, {name} has an order")
    consecutive = list(numbers) == list(np.arange(numbers[0], numbers[-1] + 1))
    if not consecutive or len(numbers) < _LEAST_ORDINAL:
        return Guess(
            "task",
            "multi_class",
            f"{what}; nothing in the name {name} says that they have an order",
        )
    return _by_mistakes(cells, texts, what)


def _by_mistakes(cells: pd.Series, texts: Sequence[str], what: str) -> Guess:
    chosen = np.random.default_rng(0).permutation(len(cells))[:_N_ROWS]
    codes = cells.astype(float).astype(int).to_numpy()
    codes = codes[chosen] - codes.min()
    if (
        np.bincount(codes).min() < 3
        or (measured := order_of_mistakes(codes, [texts[row] for row in chosen])) is None
    ):
        doubt = "task: too few rows to tell whether the labels have an order; set it to multi_class if they do not"
        return Guess("task", "ordinal", f"{what}, taken for steps of a scale", doubt)
    ratio, share = measured
    figure = (
        f"a quick model's mistakes fall on neighbouring labels more often than {1 - share:.0%} of other orders of the "
        "labels would have it"
    )
    if ratio <= _CLOSER and share <= max(_SURE, 2 / math.factorial(int(codes.max()) + 1)):
        return Guess("task", "ordinal", f"{what}; {figure}")
    return Guess("task", "multi_class", f"{what}; {figure}, which is too little for an order")


def order_of_mistakes(codes: np.ndarray, texts: Sequence[str]) -> tuple[float, float] | None:
    """Measure whether labels are mistaken for their neighbours.

    Labels are predicted out of fold from TF-IDF by logistic regression. How far off the mistakes
    are, `|label - prediction|`, is compared with what it would be if mistakes did not depend on the
    label, and the same is done with the labels put into other orders.

    Args:
        codes: `(rows,)` int labels from 0; each stands in three rows at least.
        texts: of these rows.

    Returns:
        The distance of mistakes in parts of that of independent ones, and the share of orders, this
        one included, in which it is as small; None if there are too few mistakes.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    try:
        words = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts)
    except ValueError:  # no word stands in two texts
        return None
    model = SGDClassifier(loss="log_loss", alpha=1e-4, max_iter=10, tol=None, random_state=0)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    predicted = cross_val_predict(model, words, codes, cv=folds)
    n_labels = int(codes.max()) + 1
    counts = np.zeros((n_labels, n_labels))
    np.add.at(counts, (codes, predicted), 1)
    return closeness(counts)


def closeness(counts: np.ndarray) -> tuple[float, float] | None:
    """Return the two figures of `order_of_mistakes`.

    Args:
        counts: `(labels, labels)`, how often each label (rows) was predicted as each (columns).
    """
    n_labels = len(counts)
    mistakes = counts * (1 - np.eye(n_labels))
    if mistakes.sum() < _LEAST_MISTAKES:
        return None
    independent = np.outer(counts.sum(axis=1), counts.sum(axis=0)) * (1 - np.eye(n_labels))
    if math.factorial(n_labels) <= _N_ORDERS:
        orders = np.array(list(itertools.permutations(range(n_labels))))
    else:
        dice = np.random.default_rng(0)
        orders = np.array(
            [np.arange(n_labels), *(dice.permutation(n_labels) for _ in range(_N_ORDERS - 1))]
        )
    distances = np.abs(orders[:, :, None] - orders[:, None, :])
    made, expected = (
        (distances * part).sum(axis=(1, 2)) / part.sum() for part in (mistakes, independent)
    )
    ratios = made / expected
    return float(ratios[0]), float((ratios <= ratios[0] + 1e-9).mean())


def _has_fractions(cells: pd.Series) -> bool:
    numbers = cells.astype(float)
    return bool((numbers % 1 != 0).any())
