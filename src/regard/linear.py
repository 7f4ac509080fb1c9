"""Linear models of n-grams: one fold's fit and its predictions.

They take seconds where a network takes minutes, err elsewhere than it, and so are worth blending with it. Whatever a
model is fitted by, it is kept as coefficients of n-grams, and predicts by a product.
"""

import dataclasses
import functools
import itertools
import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from regard.config import LinearConfig
from regard.errors import ConfigError
from regard.features import scales
from regard.task import Task, numbers, targets
from regard.text import clean, tokenize

Matrix = Any  # scipy.sparse.csr_array
Analyser = Callable[[str], list[str]]

_CHARACTERS = (2, 5)  # the shortest and the longest n-gram of characters
_MOST_CERTAIN = 1e-3  # soft labels: a clipped 0 would cost an endless log loss
_NEVER = -20.0  # the intercept of a class that no row has
_MAX_ITERATIONS = 1000


@dataclass(frozen=True, eq=False)
class Ngrams:
    """How often n-grams stand in texts.

    Attributes:
        counts: csr `(rows, terms)` of a text of each row; two of them for a pair, whose texts share their terms.
        terms: the n-grams, in the order of the columns.
    """

    counts: tuple[Matrix, ...]
    terms: list[str]


@dataclass(frozen=True, eq=False)
class LinearInputs:
    """What a linear model reads of some rows.

    Attributes:
        ngrams: those of words, then those of characters if any, of the first text; of the next text ...
        numbers: `(rows, numbers)` float32; NaN where there is none.
        categories: `(rows, categorical columns)` int32.
        n_values: how many categories each of these columns has.
        symmetric: whether texts are pairs whose order means nothing.
    """

    ngrams: tuple[Ngrams, ...]
    numbers: np.ndarray
    categories: np.ndarray
    n_values: tuple[int, ...] = ()
    symmetric: bool = False

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.numbers)


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A fitted model.

    Attributes:
        terms: of each of `LinearInputs.ngrams` those that are read.
        weights: of each of these, what an n-gram weighs: its idf, or ones.
        is_tfidf: whether counts are weighed and rows brought to length one; else an n-gram is there or not.
        numbers: `(2, numbers)` the mean and deviation of each number.
        n_values: how many categories each categorical column has.
        coefficients: `(features, n_outputs)` float32.
        intercepts: `(n_outputs,)` float64.
    """

    terms: tuple[list[str], ...]
    weights: tuple[np.ndarray, ...]
    is_tfidf: bool
    numbers: np.ndarray
    n_values: tuple[int, ...]
    coefficients: np.ndarray
    intercepts: np.ndarray


def count_ngrams(
    columns: Sequence[Sequence[str]], steps: Sequence[str], *, characters: bool, paired: bool
) -> tuple[Ngrams, ...]:
    """Count the n-grams of words, one and two, and of characters within words, two to five.

    Args:
        columns: the texts, column by column.
        steps: `text.cleaning`.
        characters: whether those of characters are counted.
        paired: whether two columns share their n-grams.

    Example:
        [["a sea"]], no characters -> terms "a", "a sea", "sea", each once
    """
    together = [columns] if paired else [[column] for column in columns]
    found = []
    for texts in together:
        found.append(_counted(texts, functools.partial(_words, steps=steps)))
        if characters:
            found.append(_counted(texts, _character_analyser(steps)))
    return tuple(found)


def fit_linear(
    inputs: LinearInputs,
    rows: np.ndarray,
    labels: np.ndarray,
    task: Task,
    config: LinearConfig,
    *,
    class_weights: np.ndarray | None = None,
) -> LinearModel:
    """Fit a model.

    Labels are yes-or-no questions, one for each output; classes of TF-IDF are learnt together, by a softmax. Numbers
    and soft labels are learnt by ridge regression.

    Args:
        inputs: of all rows.
        rows: those to learn from, int64.
        labels: of all rows, in the form of the task.
        task: what is predicted.
        config: features and regularisation.
        class_weights: as `prior.class_weights` gives them; None: all the same.

    Raises:
        ConfigError: no n-gram stands in enough texts.

    Reference:
        Wang & Manning (2012), Baselines and bigrams: simple, good sentiment and topic classification, ACL: `nb_svm`,
        here with the loss of logistic regression.
    """
    model = _reading(inputs, rows, config)
    features, labels = _features(model, inputs, rows), labels[rows]
    c = _best_c(model, features, labels, task, config, class_weights)
    return _fitted(model, features, labels, task, c, class_weights)


def predict_linear(model: LinearModel, inputs: LinearInputs, rows: np.ndarray, task: Task) -> np.ndarray:
    """Return a model's outputs for rows, in the form of the task.

    The probabilities to be above a rank never rise from one rank to the next.

    Returns:
        `(rows, n_outputs)` float32.
    """
    return _predicted(model, _features(model, inputs, rows), task)


def _predicted(model: LinearModel, features: Matrix, task: Task) -> np.ndarray:
    from scipy.special import expit, softmax

    outputs = features @ model.coefficients + model.intercepts
    if task.kind == "regression":
        outputs = numbers(outputs, task)
    elif task.kind == "soft_labels":
        outputs = outputs.clip(_MOST_CERTAIN, 1 - _MOST_CERTAIN)
    elif task.kind == "multi_class" and model.is_tfidf:
        outputs = softmax(outputs, axis=1)
    else:
        outputs = expit(outputs)
    if task.kind == "ordinal":
        outputs = np.minimum.accumulate(outputs, axis=1)
    if task.activation == "softmax":
        outputs = outputs / outputs.sum(axis=1, keepdims=True)
    found: np.ndarray = outputs.astype(np.float32)
    return found


def mean_loss(outputs: np.ndarray, labels: np.ndarray, task: Task) -> float:
    """Return the mean over rows of the cross-entropy, or of the squared error of numbers; all rows weigh the same."""
    answers, smallest = targets(labels, task), np.finfo(np.float32).eps
    if task.kind == "regression":
        return float(np.square(answers - outputs).mean())
    likely = outputs.astype(np.float64).clip(smallest, 1 - smallest)
    losses = answers * np.log(likely)
    if task.activation != "softmax":
        losses = (losses + (1 - answers) * np.log1p(-likely)) / task.n_outputs
    return float(-losses.sum(axis=1).mean())


def log_count_ratios(features: Matrix, answers: np.ndarray) -> np.ndarray:
    """Return for each feature and question how much more often it stands in rows of yes than in those of no.

    Counts are smoothed by one: `log((1 + yes) / sum(1 + yes)) - log((1 + no) / sum(1 + no))`.

    Args:
        features: `(rows, features)`, none below 0.
        answers: `(rows, questions)` of 0 and 1.

    Returns:
        `(features, questions)` float64.

    Example:
        features [[1, 0], [1, 1]], answers [[1], [0]] -> [[log(2/3) - log(2/4)], [log(1/3) - log(2/4)]]

    Reference:
        Wang & Manning (2012), Baselines and bigrams, ACL, section 2.
    """
    yes, no = 1 + features.T @ answers, 1 + features.T @ (1 - answers)
    ratios: np.ndarray = np.log(yes / yes.sum(axis=0)) - np.log(no / no.sum(axis=0))
    return ratios


def save_linear(model: LinearModel, folder: Path) -> None:
    """Write a model: its numbers as `model.npz`, its n-grams as `terms.json`."""
    weights = {f"weights_{place}": values for place, values in enumerate(model.weights)}
    np.savez(
        folder / "model.npz",
        is_tfidf=model.is_tfidf,
        numbers=model.numbers,
        n_values=np.array(model.n_values, np.int64),
        coefficients=model.coefficients,
        intercepts=model.intercepts,
        **weights,  # type: ignore[arg-type]  # its allow_pickle is no array
    )
    (folder / "terms.json").write_text(json.dumps(model.terms, ensure_ascii=False), encoding="utf-8")


def load_linear(folder: Path) -> LinearModel:
    """Read a model that `save_linear` wrote."""
    terms = json.loads((folder / "terms.json").read_text(encoding="utf-8"))
    with np.load(folder / "model.npz", allow_pickle=False) as stored:
        return LinearModel(
            terms=tuple(terms),
            weights=tuple(stored[f"weights_{place}"] for place in range(len(terms))),
            is_tfidf=bool(stored["is_tfidf"]),
            numbers=stored["numbers"],
            n_values=tuple(stored["n_values"].tolist()),
            coefficients=stored["coefficients"],
            intercepts=stored["intercepts"],
        )


def _words(text: str, steps: Sequence[str]) -> list[str]:
    """The words of a text and the pairs of neighbours."""
    words = tokenize(text, steps)
    return words + list(map(" ".join, pairwise(words)))


def _character_analyser(steps: Sequence[str]) -> Analyser:
    from sklearn.feature_extraction.text import CountVectorizer

    split = CountVectorizer(analyzer="char_wb", ngram_range=_CHARACTERS, lowercase=False).build_analyzer()
    return lambda text: split(clean(text, steps))


def _counted(texts: Sequence[Sequence[str]], analyser: Analyser) -> Ngrams:
    """The n-grams of one column, or of two that share them."""
    from scipy.sparse import csr_array

    places = defaultdict[str, int](itertools.count().__next__)
    found, lengths = array("i"), array("q", [0])
    for text in itertools.chain.from_iterable(texts):
        terms = analyser(text)
        found.extend(map(places.__getitem__, terms))
        lengths.append(len(terms))
    data = np.ones(len(found), np.float32)
    counts = csr_array((data, np.array(found), np.cumsum(lengths)), shape=(len(lengths) - 1, len(places)))
    counts.sum_duplicates()
    n_rows = len(texts[0])
    parts = (counts[place * n_rows : (place + 1) * n_rows] for place in range(len(texts)))
    return Ngrams(tuple(parts), list(places))


def _reading(inputs: LinearInputs, rows: np.ndarray, config: LinearConfig) -> LinearModel:
    """A model that knows what it reads, and nothing yet of labels."""
    terms, weights = [], []
    for ngrams in inputs.ngrams:
        found = np.concatenate([counts[rows].indices for counts in ngrams.counts])
        seen = np.bincount(found, minlength=len(ngrams.terms))
        kept, n_texts = np.flatnonzero(seen >= config.min_texts), len(rows) * len(ngrams.counts)
        idf = 1 + np.log((1 + n_texts) / (1 + seen[kept]))
        terms.append([ngrams.terms[place] for place in kept])
        weights.append((idf if config.features == "tfidf" else np.ones(len(kept))).astype(np.float32))
    if not any(terms):
        raise ConfigError(f"no n-gram stands in model.linear.min_texts={config.min_texts} texts of a fold; lower it")
    return LinearModel(
        terms=tuple(terms),
        weights=tuple(weights),
        is_tfidf=config.features == "tfidf",
        numbers=np.array(scales(inputs.numbers[rows])),
        n_values=inputs.n_values,
        coefficients=np.empty((0, 0), np.float32),
        intercepts=np.empty(0),
    )


def _features(model: LinearModel, inputs: LinearInputs, rows: np.ndarray) -> Matrix:
    """What a model makes of rows: csr `(rows, features)` float32, the terms first."""
    from scipy.sparse import csr_array, hstack

    parts: list[Matrix] = []
    for ngrams, terms, weights in zip(inputs.ngrams, model.terms, model.weights, strict=True):
        texts = [_weighed(_columns(counts[rows], ngrams.terms, terms), weights, model) for counts in ngrams.counts]
        parts += _of_pair(*texts, symmetric=inputs.symmetric) if len(texts) == 2 else texts
    means, deviations = model.numbers
    parts.append(csr_array(np.nan_to_num((inputs.numbers[rows] - means) / deviations, nan=0.0)))
    for place, n_values in enumerate(model.n_values):
        ones, starts = np.ones(len(rows)), np.arange(len(rows) + 1)
        parts.append(csr_array((ones, inputs.categories[rows, place], starts), shape=(len(rows), n_values)))
    together = hstack(parts, format="csr", dtype=np.float32)
    if together.nnz < 2**31:  # half the bytes, and products take about as long as they are to read
        together.indices, together.indptr = together.indices.astype(np.int32), together.indptr.astype(np.int32)
    return together


def _of_pair(first: Matrix, second: Matrix, *, symmetric: bool) -> list[Matrix]:
    """How two texts meet; of a symmetric pair, so that their order changes nothing."""
    apart = abs(first - second)
    return [first + second, apart, first * second] if symmetric else [first, second, apart]


def _weighed(counts: Matrix, weights: np.ndarray, model: LinearModel) -> Matrix:
    from scipy.sparse import diags_array
    from sklearn.preprocessing import normalize

    if not model.is_tfidf:
        counts.data = np.ones_like(counts.data)
        return counts
    counts.data = 1 + np.log(counts.data)
    return normalize(counts @ diags_array(weights))


def _columns(counts: Matrix, found: Sequence[str], wanted: Sequence[str]) -> Matrix:
    """The columns of some terms, in their order; a term that was not found has an empty one."""
    from scipy.sparse import csr_array

    places = dict(zip(wanted, range(len(wanted)), strict=True))
    columns = np.array([places.get(term, -1) for term in found], np.int32)[counts.indices]
    is_wanted = columns >= 0
    starts = np.concatenate([[0], np.cumsum(is_wanted)])[counts.indptr]
    return csr_array((counts.data[is_wanted], columns[is_wanted], starts), shape=(counts.shape[0], len(wanted)))


def _n_beside(model: LinearModel) -> int:
    """How many features stand beside the terms."""
    return int(model.numbers.shape[1]) + sum(model.n_values)


def _row_weights(labels: np.ndarray, answers: np.ndarray, class_weights: np.ndarray | None) -> np.ndarray:
    """What each row weighs in each question, `(rows, n_outputs)`."""
    if class_weights is None:
        return np.ones_like(answers)
    if labels.ndim == 1:
        return np.broadcast_to(class_weights[labels][:, None], answers.shape)
    no, yes = class_weights.T
    cells: np.ndarray = np.where(answers > 0.5, yes, no)
    return cells


def _best_c(
    model: LinearModel,
    features: Matrix,
    labels: np.ndarray,
    task: Task,
    config: LinearConfig,
    class_weights: np.ndarray | None,
) -> float:
    """The value by which every fifth row is predicted best from the others; the first if rows are too few to tell."""
    if len(config.C) == 1 or len(labels) < 10:
        return config.C[0]
    is_held_out = np.arange(len(labels)) % 5 == 4
    losses = []
    for c in config.C:
        fitted = _fitted(model, features[~is_held_out], labels[~is_held_out], task, c, class_weights)
        outputs = _predicted(fitted, features[is_held_out], task)
        losses.append(mean_loss(outputs, labels[is_held_out], task))
    return config.C[int(np.argmin(losses))]


def _fitted(
    model: LinearModel,
    features: Matrix,
    labels: np.ndarray,
    task: Task,
    c: float,
    class_weights: np.ndarray | None,
) -> LinearModel:
    """A model that has learnt the labels of some rows from their features."""
    answers = targets(labels, task)
    weights = _row_weights(labels, answers, class_weights)
    if task.kind in ("regression", "soft_labels"):
        coefficients, intercepts = _ridge(features, answers, c)
    elif not model.is_tfidf:
        n_terms = features.shape[1] - _n_beside(model)
        ratios = log_count_ratios(features[:, :n_terms], answers)
        ratios = np.vstack([ratios, np.ones((_n_beside(model), answers.shape[1]))])
        coefficients, intercepts = _logistic(features, answers, weights, c, ratios=ratios)
    elif task.kind == "multi_class":
        coefficients, intercepts = _softmax(features, labels, task.n_outputs, weights, c)
    else:
        coefficients, intercepts = _logistic(features, answers, weights, c)
    return dataclasses.replace(model, coefficients=coefficients.astype(np.float32), intercepts=intercepts)


def _ridge(features: Matrix, answers: np.ndarray, c: float) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import Ridge

    ridge = Ridge(alpha=1 / c, solver="sparse_cg").fit(features, answers)
    return ridge.coef_.reshape(answers.shape[1], -1).T, np.asarray(ridge.intercept_).reshape(-1)


def _softmax(
    features: Matrix, classes: np.ndarray, n_classes: int, weights: np.ndarray, c: float
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of all classes together; a class that no row has is never predicted."""
    coefficients, intercepts = np.zeros((features.shape[1], n_classes)), np.full(n_classes, _NEVER)
    known = np.unique(classes)
    if len(known) == 1:
        intercepts[known] = 0.0
        return coefficients, intercepts
    model = _classifier(c).fit(features, classes, sample_weight=weights[:, 0])
    if len(known) == 2:  # of two classes scikit-learn keeps the coefficients of the second
        coefficients[:, known[1]], intercepts[known] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        coefficients[:, known], intercepts[known] = model.coef_.T, model.intercept_
    return coefficients, intercepts


def _logistic(
    features: Matrix, answers: np.ndarray, weights: np.ndarray, c: float, ratios: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of each question by itself, of features that are scaled for it; one without a choice has none."""
    from scipy.sparse import diags_array

    coefficients, intercepts = np.zeros((features.shape[1], answers.shape[1])), np.zeros(answers.shape[1])
    for place, (answer, of_rows) in enumerate(zip(answers.T, weights.T, strict=True)):
        if np.ptp(answer) == 0:
            intercepts[place] = _NEVER if answer[0] == 0 else -_NEVER
            continue
        scaled = features if ratios is None else features @ diags_array(ratios[:, place].astype(np.float32))
        model = _classifier(c).fit(scaled, answer, sample_weight=of_rows)
        coefficients[:, place] = model.coef_[0] if ratios is None else model.coef_[0] * ratios[:, place]
        intercepts[place] = model.intercept_[0]
    return coefficients, intercepts


def _classifier(c: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, max_iter=_MAX_ITERATIONS)
