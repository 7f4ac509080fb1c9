"""A linear model: the n-grams it reads, the features of rows, and its storage."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.artefacts import open_arrays, read_json
from regard.data.features import means_and_stds
from regard.errors import ArtefactError, ConfigError
from regard.linear.ngrams import Matrix, Ngrams

if TYPE_CHECKING:
    from regard.config import LinearConfig


_N_OF_PAIR = 3  # the features that `_combine_pair` makes of each n-gram
_BROKEN = (OSError, ValueError, KeyError, TypeError, IndexError)


@dataclass(frozen=True, eq=False)
class LinearInputs:
    """The inputs of a linear model for some rows.

    Attributes:
        ngrams: from `count_ngrams`; empty for a model that reads none.
        numbers: `(rows, numbers)` float32; NaN where a number is missing. The states of an encoder
            are numbers too.
        categories: `(rows, categorical columns)` int32.
        n_values: the number of categories of each of these columns.
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
        terms: the n-grams that it reads, for each of `LinearInputs.ngrams`.
        weights: the weight of each of these n-grams, float32: its idf, or one.
        is_tfidf: whether counts are weighted and rows scaled to length one; else a feature is one
            where the n-gram occurs.
        numbers: `(2, numbers)` the means and standard deviations of the numbers.
        n_values: the number of categories of each categorical column.
        coefficients: `(features, n_outputs)` float32.
        intercepts: `(n_outputs,)` float64.
        shift: weights that correct probabilities for the positive rate of the test set; None for no
            correction.
    """

    terms: tuple[list[str], ...]
    weights: tuple[np.ndarray, ...]
    is_tfidf: bool
    numbers: np.ndarray
    n_values: tuple[int, ...]
    coefficients: np.ndarray
    intercepts: np.ndarray
    shift: tuple[float, float] | None = None

    @functools.cached_property
    def indices(self) -> tuple[dict[str, int], ...]:
        """The column of each n-gram among those of its kind."""
        return tuple({term: index for index, term in enumerate(kept)} for kept in self.terms)


def choose_features(inputs: LinearInputs, rows: np.ndarray, config: LinearConfig) -> LinearModel:
    """Build a model without coefficients: it knows its n-grams and the scales of the numbers.

    Args:
        inputs: of all rows.
        rows: the rows to learn from, int64.
        config: the form of the features, and the least number of texts with an n-gram.

    Raises:
        ConfigError: no n-gram occurs in enough texts.
    """
    is_tfidf = config.features == "tfidf"
    terms, weights = [], []
    for ngrams in inputs.ngrams:
        # A matrix of counts has one entry for each n-gram of a text, however often it occurs.
        # Of these rows only: n-grams that are chosen by held-out rows would flatter the score.
        indices = np.concatenate([counts[rows].indices for counts in ngrams.counts])
        n_texts_with = np.bincount(indices, minlength=len(ngrams.terms))
        kept = np.flatnonzero(n_texts_with >= config.min_df)
        n_texts = len(rows) * len(ngrams.counts)
        # The smoothed idf of scikit-learn's TfidfTransformer.
        idf = 1 + np.log((1 + n_texts) / (1 + n_texts_with[kept]))
        terms.append([ngrams.terms[index] for index in kept])
        weights.append((idf if is_tfidf else np.ones(len(kept))).astype(np.float32))
    if inputs.ngrams and not any(terms):
        raise ConfigError(
            f"no n-gram occurs in model.min_df={config.min_df} texts of a fold; lower it"
        )
    return LinearModel(
        terms=tuple(terms),
        weights=tuple(weights),
        is_tfidf=is_tfidf,
        numbers=np.array(means_and_stds(inputs.numbers[rows])),
        n_values=inputs.n_values,
        coefficients=np.empty((0, 0), np.float32),
        intercepts=np.empty(0),
    )


def features_of(model: LinearModel, inputs: LinearInputs, rows: np.ndarray) -> Matrix:
    """Return the features of rows: csr `(rows, features)` float32, n-grams first.

    Without n-grams they are a plain array, since few of them are zero.
    """
    from scipy.sparse import csr_array, hstack

    parts: list[Matrix] = []
    for texts in ngram_features(model, inputs, rows):
        parts += _combine_pair(*texts, symmetric=inputs.symmetric) if len(texts) == 2 else texts
    means, stds = model.numbers
    # A missing number becomes the mean, which is 0 after scaling.
    numbers = np.nan_to_num((inputs.numbers[rows] - means) / stds, nan=0.0)
    one_hots: list[Matrix] = []
    for column, n_values in enumerate(model.n_values):
        # Categories [2, 0] of three values: ones in the columns [2, 0], one entry in each row, so
        # the rows start at [0, 1, 2] -> [[0, 0, 1], [1, 0, 0]].
        ones, starts = np.ones(len(rows)), np.arange(len(rows) + 1)
        one_hot = (ones, inputs.categories[rows, column], starts)
        one_hots.append(csr_array(one_hot, shape=(len(rows), n_values)))
    if not inputs.ngrams:
        return np.hstack([numbers, *(part.toarray() for part in one_hots)]).astype(np.float32)
    parts += [csr_array(numbers), *one_hots]
    features = hstack(parts, format="csr", dtype=np.float32)
    # hstack makes int64 indices. int32 are half the bytes, and reading bytes is most of a product.
    if features.nnz < 2**31:
        features.indices = features.indices.astype(np.int32)
        features.indptr = features.indptr.astype(np.int32)
    return features


def ngram_features(
    model: LinearModel, inputs: LinearInputs, rows: np.ndarray
) -> Iterator[list[Matrix]]:
    """Yield the weighted n-grams of each kind: csr `(rows, n-grams)` for its one or two texts."""
    for ngrams, index_of, weights in zip(inputs.ngrams, model.indices, model.weights, strict=True):
        yield [
            _weighted(_columns(counts[rows], ngrams.terms, index_of), weights, model)
            for counts in ngrams.counts
        ]


def n_other_features(model: LinearModel) -> int:
    """Return the number of features that are no n-grams."""
    return int(model.numbers.shape[1]) + sum(model.n_values)


def save_linear(model: LinearModel, folder: Path) -> None:
    """Write a model: its arrays as `model.npz`, its n-grams as `terms.json`."""
    weights = {f"weights_{index}": values for index, values in enumerate(model.weights)}
    np.savez(
        folder / "model.npz",
        is_tfidf=model.is_tfidf,
        numbers=model.numbers,
        n_values=np.array(model.n_values, np.int64),
        coefficients=model.coefficients,
        intercepts=model.intercepts,
        shift=np.array(model.shift or ()),
        **weights,  # type: ignore[arg-type]  # mypy takes them for allow_pickle
    )
    # Not in the npz: numpy pads every string of an array to the length of the longest.
    terms = json.dumps(model.terms, ensure_ascii=False)
    (folder / "terms.json").write_text(terms, encoding="utf-8")


def load_linear(folder: Path) -> LinearModel:
    """Read a model that `save_linear` wrote.

    Raises:
        ArtefactError: a file is missing or broken.
    """
    terms = read_json(folder / "terms.json")
    path = folder / "model.npz"
    try:
        with open_arrays(path) as stored:
            shift = stored["shift"].tolist()
            return LinearModel(
                terms=tuple(list(map(str, names)) for names in terms),
                weights=tuple(stored[f"weights_{index}"] for index in range(len(terms))),
                is_tfidf=bool(stored["is_tfidf"]),
                numbers=stored["numbers"],
                n_values=tuple(stored["n_values"].tolist()),
                coefficients=stored["coefficients"],
                intercepts=stored["intercepts"],
                shift=(shift[0], shift[1]) if shift else None,
            )
    except _BROKEN as error:
        raise ArtefactError(
            f"{path}: not a linear model ({error}); copy the run again, or delete it and train "
            "again"
        ) from error


def misfit(model: LinearModel, inputs: LinearInputs, n_outputs: int) -> str:
    """Return why a model cannot predict rows, if its file is that of another run; empty if it can.

    Args:
        model: the model.
        inputs: of the rows.
        n_outputs: the number of outputs of the task.
    """
    if len(model.terms) != len(inputs.ngrams):
        return f"it reads {len(model.terms)} kinds of n-grams, not {len(inputs.ngrams)}"
    if [len(weights) for weights in model.weights] != [len(terms) for terms in model.terms]:
        return "its n-grams and their weights are not as many"
    if model.numbers.shape != (2, inputs.numbers.shape[1]) or model.n_values != inputs.n_values:
        return "it reads other numbers or categories"
    n_ngrams = sum(
        len(terms) * (_N_OF_PAIR if len(ngrams.counts) == 2 else 1)
        for terms, ngrams in zip(model.terms, inputs.ngrams, strict=True)
    )
    expected = n_ngrams + n_other_features(model), n_outputs
    if model.coefficients.shape != expected or model.intercepts.shape != expected[1:]:
        return f"its coefficients are of the shape {model.coefficients.shape}, not {expected}"
    return ""


def _combine_pair(first: Matrix, second: Matrix, *, symmetric: bool) -> list[Matrix]:
    """Return the features of a pair; of a symmetric one, those that a swap leaves unchanged."""
    difference = abs(first - second)
    if symmetric:
        return [first + second, difference, first * second]
    return [first, second, difference]


def _weighted(counts: Matrix, weights: np.ndarray, model: LinearModel) -> Matrix:
    """Turn counts into features: ones, or `(1 + log(count)) * idf` in rows of length one."""
    from scipy.sparse import diags_array
    from sklearn.preprocessing import normalize

    if not model.is_tfidf:
        # Changed in place, as _columns has made a new matrix.
        counts.data = np.ones_like(counts.data)
        return counts
    if not len(weights):  # scikit-learn refuses a matrix without columns
        return counts
    counts.data = 1 + np.log(counts.data)
    return normalize(counts @ diags_array(weights))


def _columns(counts: Matrix, terms: Sequence[str], index_of: Mapping[str, int]) -> Matrix:
    """Return the columns of the kept terms, in their order, empty for terms without counts.

    Example:
        counts [[1, 2]] of ("a", "b"), index_of {"b": 0, "c": 1} -> [[2, 0]]
    """
    from scipy.sparse import csr_array

    # Each count gets its new column, or -1 if its term is not kept, and those are dropped:
    # columns [-1, 0], counts [1, 2] -> columns [0], counts [2].
    columns = np.array([index_of.get(term, -1) for term in terms], np.int32)[counts.indices]
    is_kept = columns >= 0
    starts = np.concatenate([[0], np.cumsum(is_kept)])[counts.indptr]
    shape = (counts.shape[0], len(index_of))
    return csr_array((counts.data[is_kept], columns[is_kept], starts), shape=shape)
