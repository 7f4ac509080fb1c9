"""A trained model in memory: the interface, and a model whose probabilities are calibrated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from regard.tasks import Task
from regard.tasks.calibration import scale, slopes_before

if TYPE_CHECKING:
    from regard.data.rows import Rows
    from regard.text import Tokenizer


@dataclass(frozen=True, eq=False)
class TokenWeights:
    """A weight for each token that a model reads of some rows.

    Attributes:
        tokenizer: makes the tokens of a text.
        texts: for each text of a row, for each row, `(tokens,)` float64. There may be fewer or more
            weights than tokens: tokens that are not read have none, padding has zeros.
    """

    tokenizer: Tokenizer
    texts: list[list[np.ndarray]]


class FittedModel(ABC):
    """A trained model in memory: that of a fold, or of all rows."""

    @abstractmethod
    def predict(self, rows: Rows) -> np.ndarray:
        """Return the final outputs of rows, `(rows, n_outputs)` float32.

        Raises:
            DataError: a cell of a numeric column is not a number.
        """

    def attention(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the attention weights of each text column; None for a model without attention.

        Returns:
            For each column `(rows, timesteps)` float32: a weight for each token, in order, then
            zeros; texts that are longer were cut. With several heads, the mean of theirs.
        """
        return None

    def attention_by_head(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the attention weights of each head, see `attention`.

        Returns:
            For each column `(rows, heads, timesteps)` float32, or None.
        """
        return None

    def outputs_along(self, rows: Rows, scales: np.ndarray) -> np.ndarray | None:
        """Return the outputs of rows whose word vectors are scaled; None without word vectors.

        Args:
            rows: the rows.
            scales: `(scales,)` the factors of all word vectors: 1 for the rows as they are, 0 for
                zero vectors in their place.

        Returns:
            `(scales, rows, n_outputs)` float32.
        """
        return None

    def word_gradients(
        self, rows: Rows, scales: np.ndarray, slopes: np.ndarray
    ) -> TokenWeights | None:
        """Return the products of word vectors with gradients; None without word vectors.

        Args:
            rows: the rows.
            scales: see `outputs_along`.
            slopes: `(scales, rows, n_outputs)`.

        Returns:
            For each token, its vector times the gradient of `sum(slopes * outputs)` with respect to
            it, summed over the scales at which the gradient is taken.
        """
        return None

    def contributions(self, rows: Rows, slopes: np.ndarray) -> TokenWeights | None:
        """Return the parts of a sum over tokens; None for a model that is no such sum.

        Args:
            rows: the rows.
            slopes: `(rows, n_outputs)`.

        Returns:
            For each token its part of `sum(slopes * logits)`, or of numbers that have no logits.
            Intercepts, numbers and categories belong to no token.
        """
        return None


class CalibratedModel(FittedModel):
    """A model whose log odds are divided by the temperature of its run.

    Args:
        model: the model.
        task: the task.
        temperature: see `tasks.calibration`.
    """

    def __init__(self, model: FittedModel, task: Task, temperature: float) -> None:
        self.uncalibrated = model
        self._task = task
        self._temperature = temperature

    def predict(self, rows: Rows) -> np.ndarray:
        """Return the calibrated outputs of rows, see `FittedModel.predict`."""
        return scale(self._task, self.uncalibrated.predict(rows), self._temperature)

    def attention(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the weights of the model, see `FittedModel.attention`."""
        return self.uncalibrated.attention(rows)

    def attention_by_head(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the weights of the model, see `FittedModel.attention_by_head`."""
        return self.uncalibrated.attention_by_head(rows)

    def outputs_along(self, rows: Rows, scales: np.ndarray) -> np.ndarray | None:
        """Return the calibrated outputs, see `FittedModel.outputs_along`."""
        found = self.uncalibrated.outputs_along(rows, scales)
        return None if found is None else scale(self._task, found, self._temperature)

    def word_gradients(
        self, rows: Rows, scales: np.ndarray, slopes: np.ndarray
    ) -> TokenWeights | None:
        """Return the products of the calibrated outputs, see `FittedModel.word_gradients`."""
        found = self.uncalibrated.outputs_along(rows, scales)
        if found is None:
            return None
        before = slopes_before(self._task, found, slopes, self._temperature)
        return self.uncalibrated.word_gradients(rows, scales, before)

    def contributions(self, rows: Rows, slopes: np.ndarray) -> TokenWeights | None:
        """Return the parts of the calibrated logits, see `FittedModel.contributions`."""
        return self.uncalibrated.contributions(rows, slopes / self._temperature)
