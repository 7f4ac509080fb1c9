"""Whether the words that a method points at are those that the prediction rests on.

Words are removed from the raw texts, and the run predicts what is left: if a method is faithful,
the prediction falls faster without its words than without as many words drawn at random.

Reference:
    DeYoung et al. (2020), ERASER: a benchmark to evaluate rationalized NLP models, ACL.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.data.rows import Rows
from regard.runs.explaining.explanation import weigh
from regard.runs.explaining.overlap import agreement_of_methods
from regard.runs.explaining.prediction import Prediction
from regard.runs.explaining.words import ColumnWord, WordWeights, without_all, words_of_rows
from regard.runs.explaining.words import aligned as aligned_weights
from regard.runs.forms import as_frame

if TYPE_CHECKING:
    from regard.runs.run import Run

SHARES = (0.05, 0.1, 0.2, 0.5)  # of the words of a row that are removed
MAIN_SHARE = 0.2  # of these, the one for the ratio
RANDOM = "random"
N_DRAWS = 5
_AT_ONCE = 2000  # variants of rows that are predicted together


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """How faithful some methods are on some rows.

    Attributes:
        table: a row for each method, and one for words drawn at random, with the columns
            `comprehensiveness`: how much less the outputs agree with the prediction without the
            20 % of words with the most weight, and `ratio`: how many times more that is than at
            random; `sufficiency`: the same loss if only these words are left, the less the better;
            `area`: the mean loss while 0 to 50 % are removed, and `area_ratio`; `seconds`: to
            weigh a row. Random words have no seconds.
        curves: the mean loss for each method, a column for each share of the words removed.
        agreement: for each pair of methods, the mean over rows of Kendall's tau and of the share
            of their 20 % of words with the most weight that they have in common.
        n_rows: the number of rows that were measured: those with words.
    """

    table: pd.DataFrame
    curves: pd.DataFrame
    agreement: pd.DataFrame
    n_rows: int

    @property
    def most_faithful(self) -> str:
        """The method whose words matter most, by comprehensiveness."""
        methods = self.table.drop(index=RANDOM)
        return str(methods["comprehensiveness"].idxmax())

    def to_dict(self) -> dict[str, Any]:
        """Return the figures for JSON; what is not known is None."""
        tables = {"table": self.table, "curves": self.curves, "agreement": self.agreement}
        values = {
            name: table.astype(object).where(table.notna(), None).reset_index().to_dict("records")
            for name, table in tables.items()
        }
        return {"n_rows": self.n_rows, **values}


def measure_faithfulness(
    run: Run,
    frame: pd.DataFrame,
    methods: Sequence[str],
    *,
    models: str | None = None,
    seed: int = 0,
) -> Faithfulness:
    """Measure how faithful methods are on some rows.

    Args:
        run: a trained run.
        frame: the rows; 50 to 200 are enough.
        methods: names in `METHODS`.
        models: see `Run.model_folders`.
        seed: of the words drawn at random.

    Raises:
        ConfigError: a method does not suit the models.
        DataError: the rows lack a column.
    """
    predictor = run.predictor(models)
    frame = as_frame(frame, run.input_columns, run.joined)
    words = words_of_rows(run, frame)
    kept = [row for row, of_row in enumerate(words) if of_row]
    frame = frame.iloc[kept].reset_index(drop=True)
    words = [words[row] for row in kept]
    prediction = Prediction(run, predictor, frame)
    weights: dict[str, list[np.ndarray]] = {}
    seconds = {}
    for method in methods:
        started = time.perf_counter()
        found = weigh(run, predictor, frame, method)
        seconds[method] = (time.perf_counter() - started) / max(1, len(frame))
        weights[method] = [_on(one, of_row) for one, of_row in zip(found, words, strict=True)]
    orders = {method: [[_order(one)] for one in rows] for method, rows in weights.items()}
    rng = np.random.default_rng(seed)
    orders[RANDOM] = [[rng.permutation(len(of_row)) for _ in range(N_DRAWS)] for of_row in words]
    removed = _losses(prediction, words, orders, keep=False)
    left = _losses(prediction, words, orders, keep=True)
    table, curves = _summary(removed, left)
    table["seconds"] = pd.Series(seconds)
    return Faithfulness(table, curves, agreement_of_methods(weights, MAIN_SHARE), len(frame))


def _on(found: WordWeights, words: list[ColumnWord]) -> np.ndarray:
    """Return the weights of words; 0 for words that cannot be found in the text."""
    weights = aligned_weights(found, words)
    return np.zeros(len(words)) if weights is None else weights


def _order(weights: np.ndarray) -> np.ndarray:
    """Return the words from the most positive weight down; of equal weights, the first words."""
    return np.argsort(-weights, kind="stable")


def _losses(
    prediction: Prediction,
    words: Sequence[list[ColumnWord]],
    orders: dict[str, list[list[np.ndarray]]],
    *,
    keep: bool,
) -> dict[str, np.ndarray]:
    """Return the mean loss of agreement of each row without its first words, by method.

    Args:
        prediction: the rows.
        words: the words of each row.
        orders: for each method and row, one or more orders of its words.
        keep: whether the first words are kept, and all others removed.

    Returns:
        For each method `(rows, shares)`.
    """
    losses = {method: np.zeros((len(words), len(SHARES))) for method in orders}
    jobs = [
        (method, row, slot, order)
        for method, rows in orders.items()
        for row, of_row in enumerate(rows)
        for order in of_row
        for slot in range(len(SHARES))
    ]
    rows_of_cells = prediction.frame.to_dict("records")
    for some in _parts(jobs, _AT_ONCE):
        variants = [
            _variant(rows_of_cells[row], words[row], _first(order, SHARES[slot]), keep=keep)
            for _, row, slot, order in some
        ]
        rows = Rows(pd.DataFrame(variants, columns=prediction.frame.columns, dtype="str"))
        outputs = prediction.predictor.outputs(rows)
        for (method, row, slot, _), output in zip(some, outputs, strict=True):
            pair = np.stack([prediction.outputs[row], output])
            full, less = prediction.agreement(row, pair)
            losses[method][row, slot] += (full - less) / len(orders[method][row])
    return losses


def _first(order: np.ndarray, share: float) -> np.ndarray:
    """Return the first words of an order, at least one.

    Example:
        order [2, 0, 1, 3, 4], share 0.5 -> [2, 0]
    """
    return order[: max(1, round(share * len(order)))]


def _variant(
    cells: dict[Hashable, str], words: list[ColumnWord], first: np.ndarray, *, keep: bool
) -> dict[Hashable, str]:
    """Return the cells of a row without some words, or with nothing but these words."""
    cells = dict(cells)
    is_first = np.zeros(len(words), bool)
    is_first[first] = True
    for name in {name for name, _ in words}:
        removed = [
            word
            for (column, word), chosen in zip(words, is_first, strict=True)
            if column == name and chosen != keep
        ]
        cells[name] = without_all(cells[name], removed)
    return cells


def _parts(jobs: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(jobs), size):
        yield jobs[start : start + size]


def _curves(losses: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return the mean over rows, by method and share; NaN without any row."""
    nothing = np.full(len(SHARES), np.nan)
    means = [of_rows.mean(axis=0) if len(of_rows) else nothing for of_rows in losses.values()]
    index = pd.Index(list(losses), name="method")
    return pd.DataFrame(np.stack(means), index, pd.Index(SHARES, name="share"))


def _summary(
    removed: dict[str, np.ndarray], left: dict[str, np.ndarray]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of `Faithfulness`, without seconds, and its curves."""
    curves = _curves(removed)
    # The mean height of the curve, which begins at 0: trapezoids, over the greatest share.
    starts = np.concatenate([[0.0], SHARES])
    heights = np.column_stack([np.zeros(len(curves)), curves.to_numpy()])
    area = np.trapezoid(heights, starts, axis=1) / SHARES[-1]
    table = pd.DataFrame(
        {
            "comprehensiveness": curves[MAIN_SHARE],
            "sufficiency": _curves(left)[MAIN_SHARE],
            "area": area,
        },
        index=curves.index,
    )
    for name, of in (("ratio", "comprehensiveness"), ("area_ratio", "area")):
        at_random = float(table[of][RANDOM])
        table[name] = table[of] / at_random if at_random > 0 else np.nan
    return table, curves
