"""TF-IDF of words and pairs of words with logistic regression, from CSV files to a submission.

python benchmarks/in_sklearn.py data/toxic submission.csv --folds 2

Trained fold by fold; the mean of the folds' predictions is submitted.
"""

import files
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression


def prepare(data: files.Files) -> files.Predict:
    """What trains a fold."""

    def predict(
        rows: np.ndarray, held_out: np.ndarray, *, seed: int
    ) -> tuple[np.ndarray, np.ndarray]:
        vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        features = vectorizer.fit_transform([data.train[row] for row in rows])
        others = [
            vectorizer.transform(texts)
            for texts in ([data.train[row] for row in held_out], data.test)
        ]
        if data.exclusive:
            model = LogisticRegression(C=10, max_iter=1000).fit(
                features, data.labels[rows].argmax(axis=1)
            )
            first, second = (model.predict_proba(texts) for texts in others)
            return first, second
        found = [np.zeros((texts.shape[0], len(data.names))) for texts in others]
        for label, is_so in enumerate(data.labels[rows].T):
            if len(np.unique(is_so)) == 2:
                model = LogisticRegression(C=4, max_iter=1000).fit(features, is_so)
                for probabilities, texts in zip(found, others, strict=True):
                    probabilities[:, label] = model.predict_proba(texts)[:, 1]
        return found[0], found[1]

    return predict


if __name__ == "__main__":
    files.main(prepare, __doc__)
