"""Adam that updates only the word vectors of the words in the batch.

A batch has some hundreds of the vocabulary's tens of thousands of words. Adam moves all vectors at
every step, those of other words along their remaining momentum, and updates the moving average of
all weights: on a CPU that takes as long as the rest of the network. On TensorFlow this optimizer
touches only the rows that have a gradient. Other backends have no sparse gradients, so all rows
are computed, and rows with a gradient of zero are left as they are. TensorFlow differs there in
words of the batch whose gradient is zero, such as words from which no maximum is taken: they move
on along their momentum.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

Tensor = Any
Variable = Any


@keras.saving.register_keras_serializable(package="regard")
class LazyAdam(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam that updates a row of an embedding matrix only in steps where the row has a gradient.

    The moments of a row decay only in these steps. Repeated rows of a sparse gradient
    (`tf.IndexedSlices`) are summed before the norm is computed, so that clipping does not depend on
    the form of the gradient. The moving average of a row without a gradient is computed when it is
    next needed, and equals that of an update at every step.

    It overrides private methods of Keras, `_clip_gradients` and the lists of averages and moments,
    so it depends on the version that the requirements pin.

    Reference:
        Kingma & Ba (2015), Adam, ICLR; for rows as in `torch.optim.SparseAdam`.
    """

    def build(self, variables: Sequence[Variable]) -> None:
        """Create the optimizer's variables.

        Args:
            variables: the trained variables; those named `embeddings` are matrices of rows.
        """
        super().build(variables)
        # By the index of the variable: the step in which each row's average was last computed.
        self._steps_of_averages: dict[int, Variable] = {}
        if not self.use_ema or keras.backend.backend() != "tensorflow":
            return
        for index, variable in enumerate(variables):
            if variable.name == "embeddings":
                steps = self.add_variable(
                    (variable.shape[0],), name="steps_of_average", dtype="int32"
                )
                self._steps_of_averages[index] = steps

    def apply(
        self, grads: Sequence[Tensor], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Take a step.

        Args:
            grads: the gradient of each variable; some may be `tf.IndexedSlices`.
            trainable_variables: the variables; None for those that the optimizer was built with.
        """
        variables = (
            self._trainable_variables if trainable_variables is None else list(trainable_variables)
        )
        if keras.backend.backend() == "tensorflow":
            grads = [
                _by_row(gradient)
                if variable.name == "embeddings" and gradient is not None
                else gradient
                for gradient, variable in zip(grads, variables, strict=True)
            ]
        super().apply(grads, variables)

    def update_step(self, gradient: Tensor, variable: Variable, learning_rate: Tensor) -> None:
        """Update one variable.

        Args:
            gradient: its gradient, clipped.
            variable: a variable of the model.
            learning_rate: the rate of this step.
        """
        index = self._get_variable_index(variable)
        if self._trainable_variables[index].name != "embeddings":
            super().update_step(gradient, variable, learning_rate)
            return
        momentum, velocity = self._momentums[index], self._velocities[index]
        if keras.backend.backend() == "tensorflow":
            self._move_rows(index, gradient, variable, momentum, velocity, learning_rate)
            return
        gradient = ops.cast(gradient, variable.dtype)
        has_gradient = ops.any(ops.not_equal(gradient, 0), axis=-1, keepdims=True)
        moments = self._moments(gradient, momentum, velocity)
        change = ops.where(has_gradient, self._change(*moments, learning_rate), 0)
        for old, new in zip((momentum, velocity), moments, strict=True):
            self.assign(old, ops.where(has_gradient, new, ops.convert_to_tensor(old)))
        self.assign_sub(variable, change)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Replace the variables by their averages, if `use_ema`."""
        # Rows that have rested first catch up with the steps since.
        for index, steps in self._steps_of_averages.items():
            average = self._model_variables_moving_average[index]
            average.assign(self._average_now(average, self._trainable_variables[index], steps))
            steps.assign(ops.zeros_like(steps) + ops.cast(self.iterations, "int32"))
        super().finalize_variable_values(var_list)

    def _move_rows(
        self,
        index: int,
        gradient: Any,
        variable: Any,
        momentum: Variable,
        velocity: Variable,
        learning_rate: Tensor,
    ) -> None:
        """Update the rows of a matrix that have a gradient, and their averages; on TensorFlow."""
        import tensorflow as tf

        rows = gradient.indices
        before = tf.gather(variable, rows)
        values = tf.cast(gradient.values, before.dtype)
        moments = self._moments(
            values, tf.gather(momentum.value, rows), tf.gather(velocity.value, rows)
        )
        change = self._change(*moments, learning_rate)
        if index in self._steps_of_averages:
            average = self._model_variables_moving_average[index]
            steps = self._steps_of_averages[index]
            current = self._average_now(
                tf.gather(average.value, rows), before, tf.gather(steps.value, rows)
            )
            kept = self._share_kept(before.dtype)
            self.assign(
                average, tf.IndexedSlices(kept * current + (1 - kept) * (before - change), rows)
            )
            this_step = tf.fill(tf.shape(rows), tf.cast(self.iterations + 1, steps.dtype))
            self.assign(steps, tf.IndexedSlices(this_step, rows))
        self.assign(momentum, tf.IndexedSlices(moments[0], rows))
        self.assign(velocity, tf.IndexedSlices(moments[1], rows))
        self.assign_sub(variable, tf.IndexedSlices(change, rows))

    def _moments(
        self, gradient: Tensor, momentum: Tensor, velocity: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The means of gradients and of their squares, including this one."""
        return (
            self.beta_1 * momentum + (1 - self.beta_1) * gradient,
            self.beta_2 * velocity + (1 - self.beta_2) * ops.square(gradient),
        )

    def _change(self, momentum: Tensor, velocity: Tensor, learning_rate: Tensor) -> Tensor:
        """The change that Adam subtracts."""
        # The moments start at zero, so they are too small in the first steps; the factor undoes
        # that. It counts the steps of the optimizer, also for rows that moved in few of them.
        step = ops.cast(self.iterations + 1, momentum.dtype)
        rate = ops.cast(learning_rate, momentum.dtype)
        rate = (
            rate * ops.sqrt(1 - ops.power(self.beta_2, step)) / (1 - ops.power(self.beta_1, step))
        )
        return rate * momentum / (ops.sqrt(velocity) + self.epsilon)

    def _average_now(self, average: Tensor, value: Tensor, steps: Tensor) -> Tensor:
        """The average of rows that have kept a value since some step; 0 for never moved."""
        # An average of 1 and a value of 3 that rested for 2 steps, momentum 0.9: two updates give
        # 0.9 * 1 + 0.1 * 3 = 1.2 and 0.9 * 1.2 + 0.1 * 3 = 1.38, as does 3 + (1 - 3) * 0.9 ** 2.
        rested = ops.cast(ops.cast(self.iterations, "int32") - steps, value.dtype)[:, None]
        decayed = value + (average - value) * ops.power(
            ops.cast(self.ema_momentum, value.dtype), rested
        )
        return ops.where(ops.equal(steps, 0)[:, None], value, decayed)

    def _share_kept(self, dtype: str) -> Tensor:
        """The share of an average that a step keeps; 0 in the first step."""
        return self.ema_momentum * ops.cast(ops.not_equal(self.iterations, 0), dtype)

    def _update_model_variables_moving_average(
        self, trainable_variables: Sequence[Variable]
    ) -> None:
        """Update the averages, except of matrices of rows: `_move_rows` updates those."""
        if not self._steps_of_averages:
            super()._update_model_variables_moving_average(trainable_variables)
            return
        pairs = zip(trainable_variables, self._model_variables_moving_average, strict=True)
        for index, (variable, average) in enumerate(pairs):
            if index not in self._steps_of_averages:
                kept = self._share_kept(variable.dtype)
                average.assign(kept * average + (1 - kept) * variable)

    def _clip_gradients(self, grads: list[Tensor]) -> list[Tensor]:
        """Scale all gradients down to the global norm, as Keras does, but keep them sparse."""
        if not self.global_clipnorm:
            return list(super()._clip_gradients(grads))
        squares = [ops.sum(ops.square(_values(gradient))) for gradient in grads]
        # Where the norm is not finite, the scale is not either: such a step must not be hidden.
        scale = self.global_clipnorm / ops.maximum(
            ops.sqrt(ops.sum(ops.stack(squares))), self.global_clipnorm
        )
        return [_scaled(gradient, scale) for gradient in grads]


def _by_row(gradient: Tensor) -> Any:
    """A sparse gradient without repeated rows; of a dense one, the rows that are not zero.

    Example:
        rows [5, 2, 5] with gradients [1], [2], [3] -> rows [5, 2] with gradients [4], [2]
    """
    import tensorflow as tf

    if not isinstance(gradient, tf.IndexedSlices):
        rows = tf.where(tf.reduce_any(tf.not_equal(gradient, 0), axis=-1))[:, 0]
        return tf.IndexedSlices(tf.gather(gradient, rows), rows, tf.shape(gradient))
    rows, slots = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, slots, tf.size(rows))
    return tf.IndexedSlices(values, rows, gradient.dense_shape)


def _values(gradient: Tensor) -> Tensor:
    return gradient.values if hasattr(gradient, "dense_shape") else gradient


def _scaled(gradient: Tensor, scale: Tensor) -> Tensor:
    if not hasattr(gradient, "dense_shape"):
        return gradient * ops.cast(scale, gradient.dtype)
    import tensorflow as tf

    scaled = gradient.values * tf.cast(scale, gradient.values.dtype)
    return tf.IndexedSlices(scaled, gradient.indices, gradient.dense_shape)
