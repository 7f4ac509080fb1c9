"""Recurrent layers as loops that convert into the recurrent operators of ONNX.

The converter knows a recurrent layer by the operations in its loop. It knows Keras's LSTM, but not
Keras's GRU, which it would write as a general loop: right, and many times slower. `LoopGRU` is the
same layer with the operations that the converter expects.
"""

from typing import Any, TypeAlias

import keras

Tensor: TypeAlias = Any  # of TensorFlow, or a KerasTensor


def exportable(layer: keras.layers.Layer) -> keras.layers.Layer:
    """Return an LSTM or GRU for prediction in float32, with the same weights.

    Dropout is left out: Keras takes other operations for a layer with recurrent dropout. So is
    cuDNN, whose operators no other program can run.
    """
    settings = {"dtype": "float32", "dropout": 0.0, "recurrent_dropout": 0.0}
    plain = type(layer).from_config({**layer.get_config(), **settings})
    plain.use_cudnn = False
    plain.build_from_config(layer.get_build_config())
    plain.set_weights(layer.get_weights())
    return LoopGRU(plain) if _is_usual_gru(plain) else plain


def is_recurrent(layer: Any) -> bool:
    """Return whether a layer is one of Keras's that `exportable` builds again."""
    # Not isinstance: a layer of a plugin may inherit from them and compute something else.
    return type(layer) in (keras.layers.LSTM, keras.layers.GRU)


class LoopGRU(keras.layers.Layer):  # type: ignore[misc]
    """A GRU in the operations that the converter of ONNX knows; for TensorFlow only.

    Args:
        gru: the built layer, of Keras's usual activations, with a bias; it returns all timesteps.

    Call arguments:
        sequence: `(batch, timesteps, features)` float32.
        mask: `(batch, timesteps)` bool; with it the GRU runs as Keras's loop.

    Returns:
        `(batch, timesteps, units)` float32.
    """

    def __init__(self, gru: keras.layers.GRU) -> None:
        super().__init__(name=gru.name, dtype="float32")
        self.gru = gru
        self.supports_masking = True

    def call(self, sequence: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the state after each timestep."""
        return self._loop(sequence) if mask is None else self.gru(sequence, mask=mask)

    def compute_output_spec(
        self, sequence: Tensor, mask: Tensor | None = None
    ) -> keras.KerasTensor:
        """Return the shape of the states; the loop itself runs in TensorFlow only."""
        return keras.KerasTensor((*sequence.shape[:2], self.gru.units), dtype="float32")

    def _loop(self, sequence: Tensor) -> Tensor:
        import tensorflow as tf

        cell = self.gru.cell
        # The converter looks for these as constants that are passed into the loop.
        kernel, recurrent_kernel = map(tf.convert_to_tensor, (cell.kernel, cell.recurrent_kernel))
        bias, recurrent_bias = tf.unstack(tf.convert_to_tensor(cell.bias))
        by_time = tf.transpose(sequence, (1, 0, 2))
        n_steps = tf.shape(by_time)[0]
        vectors = tf.TensorArray(tf.float32, n_steps).unstack(by_time)
        states = tf.TensorArray(tf.float32, n_steps, element_shape=(None, cell.units))

        def step(time: Tensor, states: Any, state: Tensor) -> tuple[Tensor, Any, Tensor]:
            inner = tf.nn.bias_add(tf.matmul(vectors.read(time), kernel), bias)
            update, reset, candidate = tf.split(inner, 3, axis=1)
            recurrent = tf.nn.bias_add(tf.matmul(state, recurrent_kernel), recurrent_bias)
            old_update, old_reset, old_candidate = tf.split(recurrent, 3, axis=1)
            update = tf.sigmoid(update + old_update)
            candidate = tf.tanh(candidate + tf.sigmoid(reset + old_reset) * old_candidate)
            state = update * state + (1 - update) * candidate
            return time + 1, states.write(time, state), state

        start = tf.zeros((tf.shape(sequence)[0], cell.units))
        loop = tf.while_loop(lambda time, *_: time < n_steps, step, (0, states, start))
        return tf.transpose(loop[1].stack(), (1, 0, 2))


def _is_usual_gru(layer: keras.layers.Layer) -> bool:
    """Return whether a layer is a GRU that `LoopGRU` computes."""
    return (
        isinstance(layer, keras.layers.GRU)
        and layer.activation is keras.activations.tanh
        and layer.recurrent_activation is keras.activations.sigmoid
        and layer.use_bias
        and layer.reset_after
        and layer.return_sequences
        and not (layer.go_backwards or layer.stateful)
    )
