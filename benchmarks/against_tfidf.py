"""How a finished run compares with TF-IDF and a linear model, on the same folds and the same test
rows.

    python benchmarks/against_tfidf.py                          # the last run on bbc_news
    python benchmarks/against_tfidf.py --run outputs/bbc_news/runs/<run>

Accuracy out of fold, and on the test rows where the competition's folder has a solution.csv.
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


def linear_model():
    """TF-IDF of words and pairs of words, logistic regression."""
    return make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=10, max_iter=1000),
    )


def main() -> None:
    """Print a table."""
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
    oof = read(arguments.run / "oof.csv").loc[train.index]
    texts, labels = train["text"], train["category"]
    ours = oof.drop(columns="fold").astype(float).idxmax(axis=1)
    theirs = pd.Series("", index=train.index)
    for fold in sorted(oof["fold"].unique()):
        held_out = oof["fold"] == fold
        theirs[held_out] = (
            linear_model().fit(texts[~held_out], labels[~held_out]).predict(texts[held_out])
        )
    submission = read(arguments.run / "submission.csv").loc[solution.index]["category"]
    refitted = linear_model().fit(texts, labels).predict(test.loc[solution.index]["text"])
    print(f"{'':24} out of fold   test")
    for name, held, predicted in (
        ("this run", ours, submission),
        ("TF-IDF(1,2) + logistic", theirs, refitted),
    ):
        print(
            f"{name:24} {(held == labels).mean():11.4f} {(predicted == solution['category']).mean():6.4f}"
        )


if __name__ == "__main__":
    main()
