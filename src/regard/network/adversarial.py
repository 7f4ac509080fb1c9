"""Adversarial training: each batch is learnt a second time with its word vectors moved to where the
loss is greater.

For TensorFlow only: Keras has no gradients that are written alike for all backends.

Reference:
    Miyato, Dai & Goodfellow (2017), Adversarial training methods for semi-supervised text
    classification, ICLR. There each text moves the vectors of its own words; here a batch moves the
    vectors of all its words at once.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

Tensor = Any


def adversarial_step(model: keras.Model, epsilon: float) -> Callable[..., Tensor]:
    """Return a function that takes a training step by the gradients of two losses, summed.

    The first loss is that of the batch. The second is that of the same batch with the embedding
    matrix moved by `epsilon` along the first's gradient, scaled to the length 1; the matrix is then
    put back exactly. Dropout is drawn anew for the second, and batch normalisation sees both.

    Args:
        model: compiled, its optimizer built, with a trainable layer `embedding`.
        epsilon: how far the matrix is moved, as the root of the sum of the squares.

    Returns:
        From inputs, labels and weights, as `model.train_on_batch` takes them, to the first loss.
    """
    matrix = model.get_layer("embedding").embeddings
    place = next(
        number for number, weight in enumerate(model.trainable_weights) if weight is matrix
    )

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
        rows, direction = _rows(clean[place])
        before = tf.gather(matrix.value, rows)
        length = tf.norm(direction)
        # A loss that is scaled up for float16 overflows at times; the optimizer passes over such a
        # step, but vectors that are no numbers would stay in the means of batch normalisation.
        away = tf.where(
            tf.math.is_finite(length),
            tf.math.divide_no_nan(direction, length),
            tf.zeros_like(direction),
        )
        moved = before + epsilon * away
        matrix.value.scatter_update(tf.IndexedSlices(moved, rows))
        _, moved_gradients = gradients(inputs, labels, weights)
        matrix.value.scatter_update(tf.IndexedSlices(before, rows))
        model.optimizer.apply(list(map(_sum, clean, moved_gradients)), model.trainable_weights)
        return loss

    taken: Callable[..., Tensor] = step
    return taken


def _rows(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """The rows of a matrix that a gradient is about, each once, and the gradient of each."""
    if not isinstance(gradient, tf.IndexedSlices):
        return tf.range(tf.shape(gradient)[0]), gradient
    rows, places = tf.unique(gradient.indices)  # a token stands in a batch more than once
    return rows, tf.math.unsorted_segment_sum(gradient.values, places, tf.size(rows))


def _sum(one: Tensor, two: Tensor) -> Tensor:
    if isinstance(one, tf.IndexedSlices):
        values, indices = (
            tf.concat([one.values, two.values], 0),
            tf.concat([one.indices, two.indices], 0),
        )
        return tf.IndexedSlices(values, indices, one.dense_shape)
    return one + two
