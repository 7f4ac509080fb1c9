"""The training losses: one for each form of outputs, with weights of classes.

A loss gives a number for each row. Rows are averaged by their sample weights, so a batch that is
filled up with rows of weight 0 is a smaller batch, not a weaker one.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from regard.tasks import Task

Tensor = Any  # of whichever backend


class TaskLoss(keras.losses.Loss):  # type: ignore[misc]
    """The base class of the losses.

    Args:
        n_outputs: the number of outputs of a row.
        class_weights: from `class_weights.training_weights`; None: all classes weigh the same.
        stds: the standard deviation of each label column, `(columns,)`, for numbers.
        label_smoothing: the share of each label that is spread evenly over its possible values
            (Szegedy et al. 2016, Rethinking the inception architecture for computer vision, CVPR).
        focal_gamma: above 0, rows count less the surer and more correct they are (Lin et al. 2017,
            Focal loss for dense object detection, ICCV): a label of probability p counts `(1 - p)
            ** focal_gamma` times its cross-entropy.
    """

    def __init__(
        self,
        n_outputs: int,
        *,
        class_weights: np.ndarray | None = None,
        stds: np.ndarray | None = None,
        label_smoothing: float = 0.0,
        focal_gamma: float = 0.0,
    ) -> None:
        super().__init__(name="loss", reduction="mean_with_sample_weight")
        self.n_outputs = n_outputs
        self.class_weights = class_weights
        self.stds = stds
        self.label_smoothing = label_smoothing
        self.focal_gamma = focal_gamma

    def focal(self, probabilities: Tensor) -> Tensor:
        """Return the focal loss of labels that have these probabilities."""
        return -((1.0 - probabilities) ** self.focal_gamma) * ops.log(probabilities)

    def row_weights(self, y_true: Tensor) -> Tensor:
        """Return the weight of each row's class; for probabilities the expected weight."""
        if self.class_weights is None:
            return 1.0
        weights = ops.convert_to_tensor(self.class_weights)
        if _is_hard(y_true):
            return ops.take(weights, ops.cast(y_true, "int32"))
        return self.expected_weights(y_true, weights)

    def expected_weights(self, y_true: Tensor, weights: Tensor) -> Tensor:
        """Return the expected class weight of each row, `(batch,)`, by its probabilities."""
        raise TypeError("the loss has no weights of rows")


class SquaredError(TaskLoss):
    """The squared error in standard deviations, so that columns of any unit count alike.

    Example:
        label [3.0], output [2.0], stds [0.5] -> ((3 - 2) / 0.5) ** 2 = 4
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each row, `(batch,)`, of two `(batch, columns)`."""
        return ops.mean(ops.square((y_true - y_pred) / self.stds), axis=-1)


class BinaryCrossEntropy(TaskLoss):
    """The mean cross-entropy of positive and negative labels, or of shares from 0 to 1.

    Example:
        labels [1, 0], probabilities [0.8, 0.4] -> -(log(0.8) + log(0.6)) / 2
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each row, `(batch,)`, of two `(batch, columns)`."""
        # Weights go by the true labels, not by the smoothed ones.
        losses = self.of_cells(y_true, y_pred)
        if self.class_weights is not None:
            negative, positive = np.transpose(self.class_weights)
            losses = losses * (y_true * positive + (1 - y_true) * negative)
        return ops.mean(losses, axis=-1)

    def of_cells(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each label, without weights."""
        if self.label_smoothing:
            # A smoothing of 0.1: labels [1, 0] -> [0.95, 0.05].
            y_true = y_true * (1.0 - self.label_smoothing) + self.label_smoothing / 2
        if not self.focal_gamma:
            return ops.binary_crossentropy(y_true, y_pred)
        y_pred = _inside(y_pred)
        return y_true * self.focal(y_pred) + (1.0 - y_true) * self.focal(1.0 - y_pred)


class OrdinalCrossEntropy(BinaryCrossEntropy):
    """The mean cross-entropy of the questions: is the rank above 0, above 1, ...

    Example:
        rank 1 of three, probabilities [0.8, 0.4] -> that of the labels [1, 0], see above
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each row.

        Args:
            y_true: `(batch,)` ranks, or `(batch, n_outputs)` probabilities of being above each.
            y_pred: `(batch, n_outputs)`.

        Returns:
            `(batch,)` float32.
        """
        above = y_true
        if _is_hard(y_true):
            ranks = ops.cast(y_true, "int32")
            steps = ops.arange(self.n_outputs, dtype="int32")
            above = ops.cast(ranks[:, None] > steps, y_pred.dtype)
        return self.row_weights(y_true) * ops.mean(self.of_cells(above, y_pred), axis=-1)

    def expected_weights(self, y_true: Tensor, weights: Tensor) -> Tensor:
        """Return the expected weight of each row's rank."""
        # Weights [1, 2, 5], above [0.9, 0.4]: 1 + 0.9 * (2 - 1) + 0.4 * (5 - 2) = 3.1, which is
        # also 0.1 * 1 + 0.5 * 2 + 0.4 * 5, by the probabilities of the ranks.
        return weights[0] + ops.sum(y_true * (weights[1:] - weights[:-1]), axis=-1)


class CategoricalCrossEntropy(TaskLoss):
    """The cross-entropy of classes that exclude one another.

    Example:
        class 0, probabilities [0.8, 0.2], focal_gamma=2 -> 0.2 ** 2 * -log(0.8)
    """

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each row.

        Args:
            y_true: `(batch,)` classes, or `(batch, classes)` probabilities.
            y_pred: `(batch, classes)`.

        Returns:
            `(batch,)` float32.
        """
        return self.row_weights(y_true) * self._of_rows(y_true, y_pred)

    def _of_rows(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Return the loss of each row without its weight."""
        if _is_hard(y_true):
            classes = ops.cast(y_true, "int32")
            if not self.label_smoothing and not self.focal_gamma:
                return ops.sparse_categorical_crossentropy(classes, y_pred)
            # Smoothing and focusing need a label for each class.
            y_true = ops.one_hot(classes, self.n_outputs, dtype=y_pred.dtype)
        if self.label_smoothing:
            y_true = y_true * (1.0 - self.label_smoothing) + self.label_smoothing / self.n_outputs
        if not self.focal_gamma:
            return ops.categorical_crossentropy(y_true, y_pred)
        return ops.sum(y_true * self.focal(_inside(y_pred)), axis=-1)

    def expected_weights(self, y_true: Tensor, weights: Tensor) -> Tensor:
        """Return the expected weight of each row's class."""
        return ops.sum(y_true * weights, axis=-1)


LOSSES: dict[str, type[TaskLoss]] = {
    "binary_cross_entropy": BinaryCrossEntropy,
    "categorical_cross_entropy": CategoricalCrossEntropy,
    "ordinal_cross_entropy": OrdinalCrossEntropy,
    "squared_error": SquaredError,
}


def build_loss(task: Task, **settings: Any) -> TaskLoss:
    """Build the loss of a task.

    Args:
        task: chooses the loss by `task.loss`.
        settings: the other arguments of `TaskLoss`.
    """
    return LOSSES[task.loss](task.n_outputs, **settings)


def _is_hard(y_true: Tensor) -> bool:
    # By the shape, as a compiled function knows it, but not the values.
    return len(y_true.shape) == 1


def _inside(probabilities: Tensor) -> Tensor:
    """Move probabilities away from 0 and 1, where a logarithm or its gradient is infinite."""
    # Keras does so in its own cross-entropies, but the focal loss is not among them.
    epsilon = keras.config.epsilon()
    return ops.clip(probabilities, epsilon, 1.0 - epsilon)
