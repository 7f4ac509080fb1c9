"""Explanations of predictions by any method, for one row or many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.config.checks import choice
from regard.errors import ConfigError, DataError
from regard.runs.explaining.methods import METHODS
from regard.runs.explaining.methods.base import Method
from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import WordWeights, aligned
from regard.runs.forms import as_frame

if TYPE_CHECKING:
    from regard.runs.learner import Predictor
    from regard.runs.run import Run

AUTO = "auto"
# The methods that auto tries, in order. The last suits everything.
AUTO_METHODS = ("coefficients", "integrated_gradients", "leave_one_out")


def explain(
    run: Run, row: str | Mapping[str, Any], *, method: str = AUTO, models: str | None = None
) -> pd.DataFrame:
    """Weigh the words of one text, or of the texts of one row.

    Args:
        run: a trained run.
        row: a text, if the models read a single column; else the cells by column.
        method: a name in `METHODS`; or "auto": coefficients for linear models,
            integrated_gradients for networks, leave_one_out for blends and others.
        models: see `Run.model_folders`.

    Returns:
        The columns `column`, `word` and `weight`, a row for each word, in order; empty if there is
        no word. Its `attrs["method"]` is the method.

    Raises:
        ConfigError: there is no such method, or it does not suit the models.
        DataError: the row lacks a column.

    Example:
        explain(run, "A great film") -> words A, great, film with the weights 0.1, 0.6, -0.1
    """
    choice("method", method, (AUTO, *METHODS))
    frame = as_row(run, row)
    predictor = run.predictor(models)
    for name in AUTO_METHODS if method == AUTO else (method,):
        if method == AUTO and predictor.members() and not METHODS[name].asks_blends:
            continue  # it would explain some of the members
        if found := weigh_if_suited(run, predictor, frame, name):
            return _table(found[0], name)
    raise refusal(run, method)


def weigh(run: Run, predictor: Predictor, frame: pd.DataFrame, method: str) -> list[WordWeights]:
    """Weigh the words of many rows.

    Several models are averaged. Of a blend, the mean is over those members that suit the method,
    by their shares in the blend.

    Args:
        run: a trained run.
        predictor: its models.
        frame: the rows, every column str.
        method: a name in `METHODS`.

    Returns:
        For each row its words, each with the name of its column, and their weights `(words,)`
        float64.

    Raises:
        ConfigError: the method does not suit the models.
    """
    choice("method", method, METHODS)
    found = weigh_if_suited(run, predictor, frame, method) if len(frame) else []
    if found is None:
        raise refusal(run, method)
    return found


def auto_method(run: Run, models: str | None = None) -> str:
    """Return the method that `explain` chooses for a run."""
    if run.predictor(models).members():
        return AUTO_METHODS[-1]
    return next(name for name in AUTO_METHODS if METHODS[name].suits(run, models))


def weigh_if_suited(
    run: Run,
    predictor: Predictor,
    frame: pd.DataFrame,
    method: str,
    decided: Prediction | None = None,
) -> list[WordWeights] | None:
    """Weigh the words of one or more rows; None if the method does not suit the models.

    Args:
        run: a trained run.
        predictor: its models.
        frame: the rows.
        method: a name in `METHODS`.
        decided: the predictions to explain; None: those of these models.
    """
    entry = METHODS[method]
    prediction = Prediction(run, predictor, frame, decided)
    members = [] if entry.asks_blends else predictor.members()
    if not members:
        return entry.weigh(prediction)
    found = []
    shares = []
    for share, member, own in members:
        weighed = entry.weigh(prediction.as_member(member, own)) if share else None
        if weighed is not None:
            found.append(weighed)
            shares.append(share)
    return _mean_of_members(found, np.array(shares)) if found else None


def _mean_of_members(found: list[list[WordWeights]], shares: np.ndarray) -> list[WordWeights]:
    """Return the weighted mean of the members, for the words of the first of them."""
    rows: list[WordWeights] = []
    for of_row in zip(*found, strict=True):
        words = of_row[0][0]
        weights = [aligned(one, words) for one in of_row]
        pairs = zip(weights, shares, strict=True)
        known = [(one, share) for one, share in pairs if one is not None]
        total = sum(share for _, share in known)
        rows.append((words, np.sum([one * (share / total) for one, share in known], axis=0)))
    return rows


def refusal(run: Run, method: str) -> ConfigError:
    """Return the error that a method does not suit the models of a run."""
    entry: Method = METHODS[method]
    return ConfigError(
        f"method={method} is for {entry.needs}, which run {run.name} has not; explain by "
        "method=leave_one_out"
    )


def _table(found: WordWeights, method: str) -> pd.DataFrame:
    words, weights = found
    table = pd.DataFrame(
        {
            "column": pd.Series([column for column, _ in words], dtype="str"),
            "word": pd.Series([word.text for _, word in words], dtype="str"),
            "weight": weights,
        }
    )
    table.attrs["method"] = method
    return table


def as_row(run: Run, row: str | Mapping[str, Any]) -> pd.DataFrame:
    """Return the row as a frame of one row."""
    columns = run.input_columns
    if isinstance(row, str):
        if len(columns) != 1:
            raise DataError(
                f"the models of run {run.name} read {len(columns)} columns; give a row with "
                f"{', '.join(columns)} instead of a text"
            )
        row = {columns[0]: row}
    return as_frame(pd.DataFrame([dict(row)], dtype="object"), columns, run.joined)
