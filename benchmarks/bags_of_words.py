"""What needs no order of words, from CSV files to a submission: fastText, and TF-IDF with logistic regression.

    python benchmarks/bags_of_words.py fasttext data/toxic submission.csv --folds 2
    python benchmarks/bags_of_words.py tfidf data/toxic submission.csv --folds 2

The mean of the folds' predictions, as of the networks. fastText trains 25 epochs of words and pairs of words, with all
cores as threads, and one-vs-all where a row may have several labels.
"""

import argparse
import os
import re
import tempfile
from pathlib import Path

import files
import numpy as np

_SPACE, _OTHER = re.compile(r"\s+"), re.compile(r"([^\w\s'])")


def by_fasttext(data: files.Files, rows: np.ndarray, held_out: np.ndarray, *, seed: int) -> list[np.ndarray]:
    """Return the probabilities of the held-out and of the test rows."""
    import fasttext

    train, test = _cleaned(data.train), _cleaned(data.test)
    names = [f"__label__{place}" for place in range(len(data.names))]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for row in rows:
            labels = " ".join(names[place] for place in np.flatnonzero(data.labels[row])) or "__label__none"
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
    found = []
    for texts in ([train[row] for row in held_out], test):
        probabilities = np.zeros((len(texts), len(names)), np.float32)
        for row, text in enumerate(texts):
            said = dict(zip(*model.predict(text, k=-1), strict=True))
            probabilities[row] = [said.get(name, 0.0) for name in names]
        found.append(probabilities)
    return found


def by_tfidf(data: files.Files, rows: np.ndarray, held_out: np.ndarray, *, seed: int) -> list[np.ndarray]:
    """Return the probabilities of the held-out and of the test rows."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    features = vectorizer.fit_transform([data.train[row] for row in rows])
    others = [vectorizer.transform(texts) for texts in ([data.train[row] for row in held_out], data.test)]
    if data.exclusive:
        model = LogisticRegression(C=10, max_iter=1000).fit(features, data.labels[rows].argmax(axis=1))
        return [model.predict_proba(texts) for texts in others]
    found = [np.zeros((texts.shape[0], len(data.names))) for texts in others]
    for label, is_so in enumerate(data.labels[rows].T):
        if len(np.unique(is_so)) == 2:
            model = LogisticRegression(C=4, max_iter=1000).fit(features, is_so)
            for probabilities, texts in zip(found, others, strict=True):
                probabilities[:, label] = model.predict_proba(texts)[:, 1]
    return found


def _cleaned(texts: list[str]) -> list[str]:
    """Lower case, spaces around marks, one line."""
    return [_SPACE.sub(" ", _OTHER.sub(r" \1 ", text.lower())).strip() for text in texts]


def main() -> None:
    """Train every fold and write the mean of their predictions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=["fasttext", "tfidf"])
    parser.add_argument("data", type=Path)
    parser.add_argument("submission", type=Path)
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    data = files.read(arguments.data)
    predict = {"fasttext": by_fasttext, "tfidf": by_tfidf}[arguments.model]
    folds = files.folds(len(data.train), arguments.folds)
    by_fold = [
        predict(data, np.flatnonzero(folds != fold), np.flatnonzero(folds == fold), seed=arguments.seed + fold)[1]
        for fold in range(arguments.folds)
    ]
    files.write(arguments.submission, data, np.mean(by_fold, axis=0))


if __name__ == "__main__":
    main()
