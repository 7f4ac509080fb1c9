"""Compare a finished run with TF-IDF and a linear model on the same folds and test rows.

    python benchmarks/against_tfidf.py                          # the latest run on bbc_news
    python benchmarks/against_tfidf.py --run outputs/bbc_news/runs/<run>

Prints the accuracy out of fold and on the test rows. The folder of the competition needs the labels
of the test rows in solution.csv.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def read(path: Path) -> pd.DataFrame:
    """Read a CSV file as text, indexed by its first column."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return frame.set_index(frame.columns[0])


def build_model():
    """Build a logistic regression on TF-IDF of words and pairs of words."""
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=10, max_iter=1000),
    )


def main() -> None:
    """Print a table of accuracies."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", type=Path, default=Path("outputs/bbc_news/latest"))
    parser.add_argument("--data", type=Path, default=Path("data/bbc_news"))
    arguments = parser.parse_args()
    if not (arguments.run / "submission.csv").exists():
        sys.exit(
            f"{arguments.run} has no submission.csv; make train first, or name another with --run"
        )
    train, test, solution = (
        read(arguments.data / f"{name}.csv") for name in ("train", "test", "solution")
    )
    texts = train["text"]
    labels = train["category"]
    oof = read(arguments.run / "oof.csv").loc[train.index]
    our_labels = oof.drop(columns="fold").astype(float).idxmax(axis=1)
    # The folds of the run: both models learn from the same rows.
    tfidf_labels = pd.Series("", index=train.index)
    for fold in sorted(oof["fold"].unique()):
        is_valid = oof["fold"] == fold
        model = build_model().fit(texts[~is_valid], labels[~is_valid])
        tfidf_labels[is_valid] = model.predict(texts[is_valid])
    submission = read(arguments.run / "submission.csv").loc[solution.index]["category"]
    test_texts = test.loc[solution.index]["text"]
    tfidf_submission = build_model().fit(texts, labels).predict(test_texts)
    print(f"{'':24} out of fold   test")
    for name, oof_labels, test_labels in (
        ("this run", our_labels, submission),
        ("TF-IDF(1,2) + logistic", tfidf_labels, tfidf_submission),
    ):
        oof_accuracy = (oof_labels == labels).mean()
        test_accuracy = (test_labels == solution["category"]).mean()
        print(f"{name:24} {oof_accuracy:11.4f} {test_accuracy:6.4f}")


if __name__ == "__main__":
    main()
