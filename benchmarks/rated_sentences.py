"""Write three sets that none of Regard's settings were chosen on, for `results.py`.

    python benchmarks/rated_sentences.py path/to/sets
    python benchmarks/results.py path/to/sets --only amazon_sign nyt_tone tweets_rating --systems
    "TF-IDF + LR" medal

Sentences with the mean of what twenty people said of each, from very negative to very positive, -4
to 4; they come with the source of vaderSentiment 2.5 (MIT licence), which pip downloads. A fifth of
the different texts are test rows.

    amazon_sign     reviews of products: positive or not; those within half a point of 0 are left
    out nyt_tone        sentences of editorials: negative, neutral or positive, from half a point on
    tweets_rating   tweets: the mean itself

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
EDGE = 0.5  # of a rating, from which on it is not neutral


def download() -> dict[str, pd.DataFrame]:
    """The sentences and ratings of each source of texts."""
    with tempfile.TemporaryDirectory() as place:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--no-binary",
            ":all:",
        ]
        subprocess.run([*command, "--dest", place, SOURCE], check=True)
        (archive,) = Path(place).glob("*.tar.gz")
        with tarfile.open(archive) as outer:
            (inner,) = (
                name for name in outer.getnames() if name.endswith("hutto_ICWSM_2014.tar.gz")
            )
            content = outer.extractfile(inner)
            assert content is not None
            with tarfile.open(fileobj=io.BytesIO(content.read())) as files:
                return {
                    name: rated(files, FILES.format(name))
                    for name in ("amazonReviewSnippets", "nytEditorialSnippets", "tweets")
                }


def rated(files: tarfile.TarFile, name: str) -> pd.DataFrame:
    """The rows of a file: id, rating and text, with tabs between."""
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
    """Write a set's four files; a text that stands there twice is in train or in test, not in both."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = rows["text"].str.lower()
    different = np.random.default_rng(1).permutation(texts.unique())
    is_test = texts.isin(different[: len(different) // 5])
    train, test = rows[~is_test], rows[is_test]
    train[["id", "text", label]].to_csv(folder / "train.csv", index=False)
    test[["id", "text"]].to_csv(folder / "test.csv", index=False)
    test[["id", label]].to_csv(folder / "solution.csv", index=False)
    test[["id"]].assign(**{label: rows[label].iloc[0]}).to_csv(
        folder / "sample_submission.csv", index=False
    )
    print(f"{folder}: {len(train):,} train rows, {len(test):,} test rows")


def main() -> None:
    """Write the three."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    sets, found = parser.parse_args().sets, download()
    reviews = found["amazonReviewSnippets"].query("abs(rating) > @EDGE")
    write(
        sets / "amazon_sign",
        reviews.assign(positive=(reviews["rating"] > 0).astype(int)),
        "positive",
    )
    editorials, tones = found["nytEditorialSnippets"], ("negative", "neutral", "positive")
    tone = np.array(tones)[np.digitize(editorials["rating"], [-EDGE, EDGE])]
    write(sets / "nyt_tone", editorials.assign(tone=tone), "tone")
    write(sets / "tweets_rating", found["tweets"], "rating")


if __name__ == "__main__":
    main()
