"""Adam that leaves alone the word vectors which a batch does not hold.

Of ten thousands of words a batch holds some hundreds. Adam moves all vectors at every step, those
of the others by what is left of their momentum, and the moving average of the weights is brought up
to date as well: on a CPU that takes as long as the rest of the network. Here only the rows with a
gradient are touched, on TensorFlow; other backends have no gradients of rows, and compute
everything. There a row whose gradient is zero rests, where on TensorFlow one that the batch holds
goes on by its momentum: so it is with words that no maximum is taken from.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

Tensor = Any
Variable = Any


@keras.saving.register_keras_serializable(package="regard")
class LazyAdam(keras.optimizers.Adam):  # type: ignore[misc]
    """Adam whose moments of a row of an embedding matrix decay only in steps in which the row has a
    gradient.

    A gradient that is given as rows (`tf.IndexedSlices`) is summed over rows that are named more
    than once before its norm is taken, so that clipping does not depend on its form. The moving
    average of a row that rests is brought up to date when it is next needed: exactly what an update
    at every step would have come to.

    It reaches into what Keras calls private, `_clip_gradients` and the lists of averages and
    moments, and so into the Keras version that the requirements pin.

    Reference:
        Kingma & Ba (2015), Adam, ICLR; for rows as in `torch.optim.SparseAdam`.
    """

    def build(self, variables: Sequence[Variable]) -> None:
        """Make the optimizer's variables.

        Args:
            variables: that are trained; those named `embeddings` are matrices of rows.
        """
        super().build(variables)
        self._steps_of_averages: dict[int, Variable] = {}  # by the variable's place; of each row
        if not self.use_ema or keras.backend.backend() != "tensorflow":
            return
        for place, variable in enumerate(variables):
            if variable.name == "embeddings":
                steps = self.add_variable(
                    (variable.shape[0],), name="steps_of_average", dtype="int32"
                )
                self._steps_of_averages[place] = steps

    def apply(
        self, grads: Sequence[Tensor], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        """Take a step.

        Args:
            grads: of each variable, some of them perhaps `tf.IndexedSlices`.
            trainable_variables: these; None: those the optimizer was built with.
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
        """Move one variable.

        Args:
            gradient: of it, clipped.
            variable: of the model.
            learning_rate: of this step.
        """
        place = self._get_variable_index(variable)
        if self._trainable_variables[place].name != "embeddings":
            super().update_step(gradient, variable, learning_rate)
            return
        momentum, velocity = self._momentums[place], self._velocities[place]
        if keras.backend.backend() == "tensorflow":
            self._move_rows(place, gradient, variable, momentum, velocity, learning_rate)
            return
        gradient = ops.cast(gradient, variable.dtype)
        has_gradient = ops.any(ops.not_equal(gradient, 0), axis=-1, keepdims=True)
        moments = self._moments(gradient, momentum, velocity)
        change = ops.where(has_gradient, self._change(*moments, learning_rate), 0)
        for old, new in zip((momentum, velocity), moments, strict=True):
            self.assign(old, ops.where(has_gradient, new, ops.convert_to_tensor(old)))
        self.assign_sub(variable, change)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Put the averages in the place of the variables, if `use_ema`."""
        for place, steps in self._steps_of_averages.items():
            average = self._model_variables_moving_average[place]
            average.assign(self._average_now(average, self._trainable_variables[place], steps))
            steps.assign(ops.zeros_like(steps) + ops.cast(self.iterations, "int32"))
        super().finalize_variable_values(var_list)

    def _move_rows(
        self,
        place: int,
        gradient: Any,
        variable: Any,
        momentum: Variable,
        velocity: Variable,
        learning_rate: Tensor,
    ) -> None:
        """Move the rows of a matrix that have a gradient, and their averages; on TensorFlow."""
        import tensorflow as tf

        rows = gradient.indices
        before = tf.gather(variable, rows)
        values = tf.cast(gradient.values, before.dtype)
        moments = self._moments(
            values, tf.gather(momentum.value, rows), tf.gather(velocity.value, rows)
        )
        change = self._change(*moments, learning_rate)
        if place in self._steps_of_averages:
            average, steps = (
                self._model_variables_moving_average[place],
                self._steps_of_averages[place],
            )
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
        """The means of gradients and of their squares, this one among them."""
        return (
            self.beta_1 * momentum + (1 - self.beta_1) * gradient,
            self.beta_2 * velocity + (1 - self.beta_2) * ops.square(gradient),
        )

    def _change(self, momentum: Tensor, velocity: Tensor, learning_rate: Tensor) -> Tensor:
        """What Adam takes off."""
        step = ops.cast(self.iterations + 1, momentum.dtype)
        rate = ops.cast(learning_rate, momentum.dtype)
        rate = (
            rate * ops.sqrt(1 - ops.power(self.beta_2, step)) / (1 - ops.power(self.beta_1, step))
        )
        return rate * momentum / (ops.sqrt(velocity) + self.epsilon)

    def _average_now(self, average: Tensor, value: Tensor, steps: Tensor) -> Tensor:
        """The average of rows that have stood at a value since some step, 0 for never moved."""
        rested = ops.cast(ops.cast(self.iterations, "int32") - steps, value.dtype)[:, None]
        decayed = value + (average - value) * ops.power(
            ops.cast(self.ema_momentum, value.dtype), rested
        )
        return ops.where(ops.equal(steps, 0)[:, None], value, decayed)

    def _share_kept(self, dtype: str) -> Tensor:
        """What a step leaves of an average; nothing of what was there before the first."""
        return self.ema_momentum * ops.cast(ops.not_equal(self.iterations, 0), dtype)

    def _update_model_variables_moving_average(
        self, trainable_variables: Sequence[Variable]
    ) -> None:
        """Bring averages up to date, but of matrices of rows, whose rows are as they move."""
        if not self._steps_of_averages:
            super()._update_model_variables_moving_average(trainable_variables)
            return
        pairs = zip(trainable_variables, self._model_variables_moving_average, strict=True)
        for place, (variable, average) in enumerate(pairs):
            if place not in self._steps_of_averages:
                kept = self._share_kept(variable.dtype)
                average.assign(kept * average + (1 - kept) * variable)

    def _clip_gradients(self, grads: list[Tensor]) -> list[Tensor]:
        """Scale all gradients down to the global norm, as Keras does but without filling up the rows."""
        if not self.global_clipnorm:
            return list(super()._clip_gradients(grads))
        squares = [ops.sum(ops.square(_values(gradient))) for gradient in grads]
        # Not finite where the norm is not: such a step must be seen, not hidden.
        scale = self.global_clipnorm / ops.maximum(
            ops.sqrt(ops.sum(ops.stack(squares))), self.global_clipnorm
        )
        return [_scaled(gradient, scale) for gradient in grads]


def _by_row(gradient: Tensor) -> Any:
    """A gradient as rows, each once: those that it names, or those of a full one that are not zero."""
    import tensorflow as tf

    if not isinstance(gradient, tf.IndexedSlices):
        rows = tf.where(tf.reduce_any(tf.not_equal(gradient, 0), axis=-1))[:, 0]
        return tf.IndexedSlices(tf.gather(gradient, rows), rows, tf.shape(gradient))
    rows, places = tf.unique(gradient.indices)
    values = tf.math.unsorted_segment_sum(gradient.values, places, tf.size(rows))
    return tf.IndexedSlices(values, rows, gradient.dense_shape)


def _values(gradient: Tensor) -> Tensor:
    return gradient.values if hasattr(gradient, "dense_shape") else gradient


def _scaled(gradient: Tensor, scale: Tensor) -> Tensor:
    if not hasattr(gradient, "dense_shape"):
        return gradient * ops.cast(scale, gradient.dtype)
    import tensorflow as tf

    return tf.IndexedSlices(
        gradient.values * tf.cast(scale, gradient.values.dtype), gradient.indices
    )
