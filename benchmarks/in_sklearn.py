"""Train a logistic regression on TF-IDF of words and pairs of words, from CSV to a submission.

    python benchmarks/in_sklearn.py data/toxic submission.csv --folds 2

The submission is the mean of the folds' predictions.
"""

import files
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression


def prepare(data: files.Files) -> files.Predict:
    """Return the function that trains a fold."""

    def predict(rows: np.ndarray, valid: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
        vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        features = vectorizer.fit_transform([data.train[row] for row in rows])
        valid_features = vectorizer.transform([data.train[row] for row in valid])
        test_features = vectorizer.transform(data.test)
        if data.exclusive:
            model = LogisticRegression(C=10, max_iter=1000)
            model.fit(features, data.labels[rows].argmax(axis=1))
            return model.predict_proba(valid_features), model.predict_proba(test_features)
        valid_outputs = np.zeros((len(valid), len(data.names)))
        test_outputs = np.zeros((len(data.test), len(data.names)))
        for column, labels in enumerate(data.labels[rows].T):
            # A column of only 0 or only 1 cannot be fitted, and keeps the probability 0.
            if len(np.unique(labels)) == 2:
                model = LogisticRegression(C=4, max_iter=1000).fit(features, labels)
                valid_outputs[:, column] = model.predict_proba(valid_features)[:, 1]
                test_outputs[:, column] = model.predict_proba(test_features)[:, 1]
        return valid_outputs, test_outputs

    return predict


if __name__ == "__main__":
    files.main(prepare, __doc__)
