"""A linear model as it is kept: which n-grams it reads, and the features it makes of rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.data.features import means_and_stds
from regard.errors import ConfigError
from regard.linear.ngrams import Matrix, Ngrams

if TYPE_CHECKING:
    from regard.config import LinearConfig


@dataclass(frozen=True, eq=False)
class LinearInputs:
    """What a linear model reads of some rows.

    Attributes:
        ngrams: those of words, then those of characters if any, of the first text; of the next text
            ...
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
        is_tfidf: whether counts are weighed and rows brought to length one; else an n-gram is there
            or not.
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


def reading(inputs: LinearInputs, rows: np.ndarray, config: LinearConfig) -> LinearModel:
    """A model that knows what it reads, and nothing yet of labels."""
    terms, weights = [], []
    for ngrams in inputs.ngrams:
        found = np.concatenate([counts[rows].indices for counts in ngrams.counts])
        seen = np.bincount(found, minlength=len(ngrams.terms))
        kept, n_texts = np.flatnonzero(seen >= config.min_df), len(rows) * len(ngrams.counts)
        idf = 1 + np.log((1 + n_texts) / (1 + seen[kept]))
        terms.append([ngrams.terms[place] for place in kept])
        weights.append(
            (idf if config.features == "tfidf" else np.ones(len(kept))).astype(np.float32)
        )
    if not any(terms):
        raise ConfigError(
            f"no n-gram occurs in model.min_df={config.min_df} texts of a fold; lower it"
        )
    return LinearModel(
        terms=tuple(terms),
        weights=tuple(weights),
        is_tfidf=config.features == "tfidf",
        numbers=np.array(means_and_stds(inputs.numbers[rows])),
        n_values=inputs.n_values,
        coefficients=np.empty((0, 0), np.float32),
        intercepts=np.empty(0),
    )


def features_of(model: LinearModel, inputs: LinearInputs, rows: np.ndarray) -> Matrix:
    """What a model makes of rows: csr `(rows, features)` float32, the terms first."""
    from scipy.sparse import csr_array, hstack

    parts: list[Matrix] = []
    for ngrams, terms, weights in zip(inputs.ngrams, model.terms, model.weights, strict=True):
        texts = [
            _weighed(_columns(counts[rows], ngrams.terms, terms), weights, model)
            for counts in ngrams.counts
        ]
        parts += _of_pair(*texts, symmetric=inputs.symmetric) if len(texts) == 2 else texts
    means, deviations = model.numbers
    parts.append(csr_array(np.nan_to_num((inputs.numbers[rows] - means) / deviations, nan=0.0)))
    for place, n_values in enumerate(model.n_values):
        ones, starts = np.ones(len(rows)), np.arange(len(rows) + 1)
        parts.append(
            csr_array((ones, inputs.categories[rows, place], starts), shape=(len(rows), n_values))
        )
    together = hstack(parts, format="csr", dtype=np.float32)
    if together.nnz < 2**31:  # half the bytes, and products take about as long as they are to read
        together.indices, together.indptr = (
            together.indices.astype(np.int32),
            together.indptr.astype(np.int32),
        )
    return together


def n_beside(model: LinearModel) -> int:
    """How many features stand beside the terms."""
    return int(model.numbers.shape[1]) + sum(model.n_values)


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
    (folder / "terms.json").write_text(
        json.dumps(model.terms, ensure_ascii=False), encoding="utf-8"
    )


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
    if not len(weights):  # scikit-learn refuses a matrix without columns
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
    return csr_array(
        (counts.data[is_wanted], columns[is_wanted], starts), shape=(counts.shape[0], len(wanted))
    )
