"""fastText, from CSV files to a submission.

    python benchmarks/in_fasttext.py data/toxic submission.csv --folds 2 --seed 1

25 epochs of words and pairs of words, with all cores as threads, and one-vs-all where a row may
have several labels.
"""

import os
import re
import tempfile

import fasttext
import files
import numpy as np

_SPACE, _OTHER = re.compile(r"\s+"), re.compile(r"([^\w\s'])")


def prepare(data: files.Files) -> files.Predict:
    """Clean the texts: lower case, spaces around marks, one line."""
    train, test = (
        [_SPACE.sub(" ", _OTHER.sub(r" \1 ", text.lower())).strip() for text in texts]
        for texts in (data.train, data.test)
    )
    names = [f"__label__{place}" for place in range(len(data.names))]

    def predict(
        rows: np.ndarray, held_out: np.ndarray, *, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            for row in rows:
                labels = (
                    " ".join(names[place] for place in np.flatnonzero(data.labels[row]))
                    or "__label__none"
                )
                file.write(f"{labels} {train[row]}\n")
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
        return probabilities(model, [train[row] for row in held_out], names), probabilities(
            model, test, names
        )

    return predict


def probabilities(
    model: fasttext.FastText._FastText, texts: list[str], names: list[str]
) -> np.ndarray:
    """Return `(texts, names)`."""
    found = np.zeros((len(texts), len(names)), np.float32)
    for row, text in enumerate(texts):
        said = dict(zip(*model.predict(text, k=-1), strict=True))
        found[row] = [said.get(name, 0.0) for name in names]
    return found


if __name__ == "__main__":
    files.main(prepare, __doc__)
