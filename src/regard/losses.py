"""What training makes small: one loss for each kind of task, with the weights of its classes.

A loss gives a number for each row. Rows are averaged by their sample weights, so that a batch filled up with rows of
weight 0 is a smaller batch, not a weaker one.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from regard.task import Task

Tensor = Any  # of whichever backend


class TaskLoss(keras.losses.Loss):  # type: ignore[misc]
    """The loss of a task: cross-entropies of classes, labels and ranks; the squared error of numbers.

    Ordinal ranks are learnt as a stack of yes-or-no questions, one for each step (Frank & Hall 2001, A simple approach
    to ordinal classification, ECML): is it above 0, above 1, ...

    Args:
        task: what is predicted.
        class_weights: as `prior.class_weights` gives them; None: all the same.
        deviations: regression: `(columns,)` the standard deviation of each column, so that columns count alike and the
            loss does not depend on their unit.
    """

    def __init__(
        self, task: Task, *, class_weights: np.ndarray | None = None, deviations: np.ndarray | None = None
    ) -> None:
        super().__init__(name="loss", reduction="mean_with_sample_weight")
        self.task = task
        self.class_weights = class_weights
        self.deviations = deviations

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each row.

        Args:
            y_true: `(batch,)` classes or ranks, or `(batch, columns)`.
            y_pred: `(batch, outputs)`.

        Returns:
            `(batch,)` float32.
        """
        kind = self.task.kind
        if kind == "regression":
            return ops.mean(ops.square((y_true - y_pred) / self.deviations), axis=-1)
        if kind == "multi_class":
            classes = ops.cast(y_true, "int32")
            return self._of_class(classes) * ops.sparse_categorical_crossentropy(classes, y_pred)
        if kind == "ordinal":
            ranks = ops.cast(y_true, "int32")
            above = ops.cast(ranks[:, None] > ops.arange(self.task.n_outputs, dtype="int32"), y_pred.dtype)
            return self._of_class(ranks) * ops.mean(ops.binary_crossentropy(above, y_pred), axis=-1)
        if self.task.exclusive:
            return ops.categorical_crossentropy(y_true, y_pred)
        cells = ops.binary_crossentropy(y_true, y_pred)
        if self.class_weights is not None:
            no, yes = np.transpose(self.class_weights)
            cells = cells * (y_true * yes + (1 - y_true) * no)
        return ops.mean(cells, axis=-1)

    def _of_class(self, classes: Tensor) -> Tensor:
        """What each row's class weighs."""
        if self.class_weights is None:
            return 1.0
        return ops.take(ops.convert_to_tensor(self.class_weights), classes)
