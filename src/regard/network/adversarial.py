"""Adversarial training: a second loss for each batch, with its word vectors moved uphill.

For TensorFlow only: Keras has no interface to gradients that all backends share.

Reference:
    Miyato, Dai & Goodfellow (2017), Adversarial training methods for semi-supervised text
    classification, ICLR. There each text moves the vectors of its own words; here a batch moves the
    vectors of all its words together.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

Tensor = Any


def adversarial_step(model: keras.Model, epsilon: float) -> Callable[..., Tensor]:
    """Return a function that takes a training step along the summed gradients of two losses.

    The first is the loss of the batch. The second is the loss of the same batch with the embedding
    matrix moved by `epsilon` along the gradient of the first, scaled to length 1; the matrix is
    then restored exactly. Dropout is drawn again for the second loss, and batch normalisation
    counts both.

    Args:
        model: compiled, its optimizer built, with a trainable layer `embedding`.
        epsilon: the length of the move, as the root of the sum of squares.

    Returns:
        A function from inputs, labels and weights, as in `model.train_on_batch`, to the first loss.
    """
    matrix = model.get_layer("embedding").embeddings
    index = next(i for i, weight in enumerate(model.trainable_weights) if weight is matrix)

    def gradients(
        inputs: dict[str, Tensor], labels: Tensor, weights: Tensor
    ) -> tuple[Tensor, list[Any]]:
        with tf.GradientTape() as tape:
            outputs = model(inputs, training=True)
            loss = model.compute_loss(x=inputs, y=labels, y_pred=outputs, sample_weight=weights)
            scaled = model.optimizer.scale_loss(loss)
        return loss, tape.gradient(scaled, model.trainable_weights)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(inputs: dict[str, Tensor], labels: Tensor, weights: Tensor) -> Tensor:
        loss, clean = gradients(inputs, labels, weights)
        rows, direction = _rows(clean[index])
        before = tf.gather(matrix.value, rows)
        length = tf.norm(direction)
        # A loss that is scaled up for float16 overflows at times. The optimizer skips such a step,
        # but vectors of NaN would stay in the means of batch normalisation.
        away = tf.where(
            tf.math.is_finite(length),
            tf.math.divide_no_nan(direction, length),
            tf.zeros_like(direction),
        )
        moved = before + epsilon * away
        # The rows are moved in the matrix itself, so that the other vectors need not be copied.
        matrix.value.scatter_update(tf.IndexedSlices(moved, rows))
        _, moved_gradients = gradients(inputs, labels, weights)
        # Stored rows rather than a subtraction, which would leave rounding errors behind.
        matrix.value.scatter_update(tf.IndexedSlices(before, rows))
        model.optimizer.apply(list(map(_sum, clean, moved_gradients)), model.trainable_weights)
        return loss

    taken: Callable[..., Tensor] = step
    return taken


def _rows(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """The rows of a matrix that have a gradient, each once, and the gradient of each."""
    if not isinstance(gradient, tf.IndexedSlices):
        return tf.range(tf.shape(gradient)[0]), gradient
    rows, slots = tf.unique(gradient.indices)  # a token may occur more than once in a batch
    return rows, tf.math.unsorted_segment_sum(gradient.values, slots, tf.size(rows))


def _sum(one: Tensor, two: Tensor) -> Tensor:
    # Sparse gradients are added by naming their rows one after another.
    if isinstance(one, tf.IndexedSlices):
        values = tf.concat([one.values, two.values], 0)
        indices = tf.concat([one.indices, two.indices], 0)
        return tf.IndexedSlices(values, indices, one.dense_shape)
    return one + two
