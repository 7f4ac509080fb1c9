"""Train fastText, from CSV files to a submission.

    python benchmarks/in_fasttext.py data/toxic submission.csv --folds 2 --seed 1

Trains for 25 epochs on words and pairs of words with a thread on each core; one-vs-all if a row may
have several labels.
"""

import os
import re
import tempfile

import fasttext
import files
import numpy as np

_SPACE = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"([^\w\s'])")


def prepare(data: files.Files) -> files.Predict:
    """Clean the texts and return the function that trains a fold."""
    train = [clean(text) for text in data.train]
    test = [clean(text) for text in data.test]
    names = [f"__label__{label}" for label in range(len(data.names))]

    def predict(rows: np.ndarray, valid: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            for row in rows:
                labels = " ".join(names[label] for label in np.flatnonzero(data.labels[row]))
                file.write(f"{labels or '__label__none'} {train[row]}\n")
            file.flush()
            model = fasttext.train_supervised(
                file.name,
                epoch=25,
                lr=0.5,
                wordNgrams=2,
                loss="softmax" if data.exclusive else "ova",
                seed=seed,
                thread=os.cpu_count(),
                verbose=0,
            )
        valid_texts = [train[row] for row in valid]
        return predict_texts(model, valid_texts, names), predict_texts(model, test, names)

    return predict


def clean(text: str) -> str:
    """Return a text in lower case and on one line, with blanks around punctuation."""
    return _SPACE.sub(" ", _PUNCTUATION.sub(r" \1 ", text.lower())).strip()


def predict_texts(
    model: fasttext.FastText._FastText, texts: list[str], names: list[str]
) -> np.ndarray:
    """Return probabilities, `(texts, names)` float32."""
    probabilities = np.zeros((len(texts), len(names)), np.float32)
    for row, text in enumerate(texts):
        # In the order of the probabilities, and without labels that no train row has.
        by_name = dict(zip(*model.predict(text, k=-1), strict=True))
        probabilities[row] = [by_name.get(name, 0.0) for name in names]
    return probabilities


if __name__ == "__main__":
    files.main(prepare, __doc__)
