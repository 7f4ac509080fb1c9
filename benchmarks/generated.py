"""A made-up competition of any size, with texts as long and as untidy as those of Toxic comments.

    python benchmarks/generated.py folder --rows 1000000

A text has 36 tokens in the median and 230 at the 95th percentile, of a vocabulary of 200,000 words
whose frequencies fall by Zipf's law, with punctuation, capitals, contractions, numbers, addresses,
HTML entities, quotes, line breaks and, in one text of 15, letters beyond ASCII. Rows with a label
hold words of that label, so it can be learned.
"""

import argparse
import csv
import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

N_WORDS = 200_000
MEDIAN_LENGTH, P95_LENGTH, LONGEST = 36, 230, 1250  # in tokens
RATES = {
    "toxic": 0.096,
    "severe_toxic": 0.01,
    "obscene": 0.053,
    "threat": 0.003,
    "insult": 0.049,
    "identity_hate": 0.009,
}
HEADER = ["id", "comment_text", *RATES]

_ROWS_AT_ONCE = 5000
_TOKENS_A_WORD = 1.2  # with what stands between words
_N_LABEL_WORDS = 40
_FREQUENT = "the to of and a I is you that in it for this not on be as have are with if was or but page my article from"
_CONTRACTED = "don't it's I'm can't that's doesn't you're I've didn't isn't what's won't I'll he'd couldn't they're"
_BETWEEN = [
    " ",
    ", ",
    ". ",
    "! ",
    "? ",
    "\n",
    "\n\n",
    ' "',
    '" ',
    " (",
    ") ",
    "...",
    " - ",
    "; ",
    "!!!!! ",
]
_SHARES = [
    0.822,
    0.06,
    0.055,
    0.004,
    0.008,
    0.006,
    0.006,
    0.008,
    0.008,
    0.004,
    0.004,
    0.003,
    0.006,
    0.003,
    0.003,
]
_UNTIDY = [
    "&amp;",
    "&lt;b&gt;",
    "&quot;",
    "http://www.example.org/wiki?id=7",
    "1,000",
    "2006",
    "12:30",
    "==",
    "~~~~",
]
_BEYOND_ASCII = [
    "caf\u00e9",
    "dog\u2019s",
    "na\u00efve",
    "\u201cso\u201d",
    "\u041f\u0440\u0438\u0432\u0435\u0442",
    "\u2764\ufe0f",
    "\u4f60\u597d",
]

Row = tuple[str, str, np.ndarray]


def toxic_like(n_rows: int, seed: int) -> Iterator[list[Row]]:
    """Yield rows in blocks: an id, a text and the six labels, `(6,)` int64; the ids differ within a seed."""
    random = np.random.default_rng(seed)
    words, capitals = _words()
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        n = min(_ROWS_AT_ONCE, n_rows - start)
        labels = _labels(random, n)
        ids = [f"{seed:04x}{row:012x}" for row in range(start, start + n)]
        yield list(zip(ids, _texts(random, labels, words, capitals), labels, strict=True))


def write_competition(
    folder: Path, n_train: int, n_test: int, seed: int = 0, *, solution: bool = False
) -> None:
    """Write train.csv, test.csv and sample_submission.csv; if asked also solution.csv, the true labels of test."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "train.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for rows in toxic_like(n_train, 2 * seed):
            writer.writerows([row_id, text, *labels.tolist()] for row_id, text, labels in rows)
    with (
        (folder / "test.csv").open("w", encoding="utf-8", newline="") as test,
        (folder / "sample_submission.csv").open("w", encoding="utf-8", newline="") as sample,
    ):
        test_writer, sample_writer = (
            csv.writer(test, lineterminator="\n"),
            csv.writer(sample, lineterminator="\n"),
        )
        test_writer.writerow(HEADER[:2])
        sample_writer.writerow([HEADER[0], *RATES])
        for rows in toxic_like(n_test, 2 * seed + 1):
            test_writer.writerows(row[:2] for row in rows)
            sample_writer.writerows([row[0], *[0.5] * len(RATES)] for row in rows)
    if solution:
        with (folder / "solution.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([HEADER[0], *RATES])
            for rows in toxic_like(n_test, 2 * seed + 1):
                writer.writerows([row_id, *labels.tolist()] for row_id, _, labels in rows)


def _words() -> tuple[np.ndarray, np.ndarray]:
    """The words by rank, and the same words with a capital."""
    random = np.random.default_rng(0)
    syllables = np.array(
        [
            first + vowel
            for first in "bcdfghklmnprstvw"
            for vowel in ("a", "e", "i", "o", "u", "ee", "y")
        ]
    )
    made = dict.fromkeys([*_FREQUENT.split(), *_CONTRACTED.split()])
    for n_syllables, n_words in ((1, 120), (2, 6000), (3, N_WORDS)):  # frequent words are short
        while len(made) < n_words:
            drawn = syllables[random.integers(len(syllables), size=(n_words // 8, n_syllables))]
            made |= dict.fromkeys("".join(parts) for parts in drawn.tolist())
    words = np.array(list(made)[:N_WORDS], object)
    return words, np.array([word.capitalize() for word in words], object)


def _labels(random: np.random.Generator, n: int) -> np.ndarray:
    """The labels, `(n, 6)`: those after the first stand only with the first, as they mostly do in Toxic comments."""
    rates = np.array(list(RATES.values()))
    toxic = random.random(n) < rates[0]
    others = (random.random((n, len(rates) - 1)) < rates[1:] / rates[0]) & toxic[:, None]
    return np.column_stack([toxic, others]).astype(np.int64)


def _texts(
    random: np.random.Generator, labels: np.ndarray, words: np.ndarray, capitals: np.ndarray
) -> list[str]:
    # the normal distribution's 95th percentile
    spread = math.log(P95_LENGTH / MEDIAN_LENGTH) / 1.6449
    n_tokens = np.minimum(random.lognormal(math.log(MEDIAN_LENGTH), spread, len(labels)), LONGEST)
    lengths = np.ceil(n_tokens / _TOKENS_A_WORD).astype(int)
    ends = np.cumsum(lengths)
    # Zipf's law: the logarithm of the rank is uniform
    ranks = (N_WORDS ** random.random(ends[-1])).astype(int) - 1
    rows = np.repeat(np.arange(len(labels)), lengths)
    _put_label_words(random, labels, rows, ranks)
    between = random.choice(len(_BETWEEN), len(ranks), p=_SHARES)
    is_start = np.insert(np.isin(between[:-1], [2, 3, 4, 5, 6]), 0, True) | (
        random.random(len(ranks)) < 0.04
    )
    chosen = np.where(is_start, capitals[ranks], words[ranks])
    _sprinkle(random, chosen, np.flatnonzero(random.random(len(ranks)) < 0.006), _UNTIDY)
    foreign = (random.random(len(labels)) < 1 / 15)[rows] & (random.random(len(ranks)) < 0.05)
    _sprinkle(random, chosen, np.flatnonzero(foreign), _BEYOND_ASCII)
    pieces = np.stack([chosen, np.array(_BETWEEN, object)[between]], axis=1).reshape(-1).tolist()
    bounds = [0, *(2 * ends).tolist()]
    return ["".join(pieces[start : stop - 1]) for start, stop in itertools.pairwise(bounds)]


def _put_label_words(
    random: np.random.Generator, labels: np.ndarray, rows: np.ndarray, ranks: np.ndarray
) -> None:
    """Make an eighth of the words of a row with a label words of that label; they are rare elsewhere."""
    for label in range(labels.shape[1]):
        chosen = np.flatnonzero((labels[rows, label] == 1) & (random.random(len(ranks)) < 0.125))
        ranks[chosen] = (
            1000 + label * _N_LABEL_WORDS + random.integers(_N_LABEL_WORDS, size=len(chosen))
        )


def _sprinkle(
    random: np.random.Generator, chosen: np.ndarray, places: np.ndarray, others: list[str]
) -> None:
    chosen[places] = np.array(others, object)[random.integers(len(others), size=len(places))]


def main() -> None:
    """Write a competition."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--rows", type=int, default=100_000, help="of train; test has a tenth of them"
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    write_competition(arguments.folder, arguments.rows, arguments.rows // 10, arguments.seed)
    print(
        f"{arguments.rows:,} train rows, {arguments.rows // 10:,} test rows in {arguments.folder}"
    )


if __name__ == "__main__":
    main()
