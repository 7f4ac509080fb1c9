"""What training makes small: one loss for each kind of task, with the weights of its classes.

A loss gives a number for each row. Rows are averaged by their sample weights, so that a batch
filled up with rows of weight 0 is a smaller batch, not a weaker one.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from regard.tasks import Task

Tensor = Any  # of whichever backend


class TaskLoss(keras.losses.Loss):  # type: ignore[misc]
    """The loss of a task: cross-entropies of classes, labels and ranks; the squared error of
    numbers.

    Ordinal ranks are learnt as a stack of yes-or-no questions, one for each step (Frank & Hall
    2001, A simple approach to ordinal classification, ECML): is it above 0, above 1, ...

    Args:
        task: what is predicted.
        class_weights: as `prior.class_weights` gives them; None: all the same.
        deviations: regression: `(columns,)` the standard deviation of each column, so that columns
            count alike and the loss does not depend on their unit.
        label_smoothing: the share of each label that is spread evenly over its possible values
            (Szegedy et al. 2016, Rethinking the inception architecture for computer vision, CVPR).
        focal_gamma: above 0, rows weigh the less the surer and righter they are (Lin et al. 2017,
            Focal loss for dense object detection, ICCV): a value of probability p counts `(1 - p)
            ** focal_gamma` times its cross-entropy.

    Example:
        multi_class: class 0, probabilities [0.8, 0.2], focal_gamma=2 -> 0.2 ** 2 * -log(0.8)
    """

    def __init__(
        self,
        task: Task,
        *,
        class_weights: np.ndarray | None = None,
        deviations: np.ndarray | None = None,
        label_smoothing: float = 0.0,
        focal_gamma: float = 0.0,
    ) -> None:
        super().__init__(name="loss", reduction="mean_with_sample_weight")
        self.task = task
        self.class_weights = class_weights
        self.deviations = deviations
        self.label_smoothing = label_smoothing
        self.focal_gamma = focal_gamma

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each row.

        Args:
            y_true: `(batch,)` classes or ranks, or `(batch, columns)`; or, of classes and ranks
                too, what a network might have said of them, `(batch, outputs)`.
            y_pred: `(batch, outputs)`.

        Returns:
            `(batch,)` float32.
        """
        kind = self.task.kind
        if kind == "regression":
            return ops.mean(ops.square((y_true - y_pred) / self.deviations), axis=-1)
        if kind == "multi_class":
            return self._weights_of_rows(y_true) * self._of_classes(y_true, y_pred)
        if kind == "ordinal":
            above = y_true
            if _is_hard(y_true):
                ranks = ops.cast(y_true, "int32")
                above = ops.cast(
                    ranks[:, None] > ops.arange(self.task.n_outputs, dtype="int32"), y_pred.dtype
                )
            return self._weights_of_rows(y_true) * ops.mean(self._of_cells(above, y_pred), axis=-1)
        if self.task.exclusive:
            return ops.categorical_crossentropy(y_true, y_pred)
        cells = self._of_cells(y_true, y_pred)
        if self.class_weights is not None:
            no, yes = np.transpose(self.class_weights)
            cells = cells * (y_true * yes + (1 - y_true) * no)
        return ops.mean(cells, axis=-1)

    def _of_classes(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss of each row of a task of classes."""
        if _is_hard(y_true):
            classes = ops.cast(y_true, "int32")
            if not self.label_smoothing and not self.focal_gamma:
                return ops.sparse_categorical_crossentropy(classes, y_pred)
            y_true = ops.one_hot(classes, self.task.n_outputs, dtype=y_pred.dtype)
        y_true = y_true * (1.0 - self.label_smoothing) + self.label_smoothing / self.task.n_outputs
        if not self.focal_gamma:
            return ops.categorical_crossentropy(y_true, y_pred)
        return ops.sum(y_true * self._focal(_inside(y_pred)), axis=-1)

    def _of_cells(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss of each answer of yes or no."""
        if self.label_smoothing:
            y_true = y_true * (1.0 - self.label_smoothing) + self.label_smoothing / 2
        if not self.focal_gamma:
            return ops.binary_crossentropy(y_true, y_pred)
        y_pred = _inside(y_pred)
        return y_true * self._focal(y_pred) + (1.0 - y_true) * self._focal(1.0 - y_pred)

    def _focal(self, probabilities: Tensor) -> Tensor:
        """The focal loss of what has come true with these probabilities."""
        return -((1.0 - probabilities) ** self.focal_gamma) * ops.log(probabilities)

    def _weights_of_rows(self, y_true: Tensor) -> Tensor:
        """What each row's class weighs; of probabilities, the expected weight."""
        if self.class_weights is None:
            return 1.0
        weights = ops.convert_to_tensor(self.class_weights)
        if _is_hard(y_true):
            return ops.take(weights, ops.cast(y_true, "int32"))
        if self.task.kind == "multi_class":
            return ops.sum(y_true * weights, axis=-1)
        return weights[0] + ops.sum(y_true * (weights[1:] - weights[:-1]), axis=-1)


def _is_hard(y_true: Tensor) -> bool:
    return len(y_true.shape) == 1


def _inside(probabilities: Tensor) -> Tensor:
    """Probabilities a little away from 0 and 1, where a logarithm or its gradient is infinite."""
    epsilon = keras.config.epsilon()
    return ops.clip(probabilities, epsilon, 1.0 - epsilon)
