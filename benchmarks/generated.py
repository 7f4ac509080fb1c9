"""Generate a competition of any size, with texts as long and untidy as those of Toxic comments.

    python benchmarks/generated.py folder --rows 1000000

The texts have 36 tokens in the median and 230 at the 95th percentile, from a vocabulary of 200,000
words whose frequencies follow Zipf's law. They contain punctuation, capitals, contractions,
numbers, URLs, HTML entities, quotes and line breaks; one text in 15 has letters beyond ASCII. Rows
with a label contain words of that label, so it can be learned.
"""

import argparse
import csv
import itertools
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

N_WORDS = 200_000
MEDIAN_LENGTH = 36  # in tokens, like the next two
P95_LENGTH = 230
MAX_LENGTH = 1250
RATES = {
    "toxic": 0.096,
    "severe_toxic": 0.01,
    "obscene": 0.053,
    "threat": 0.003,
    "insult": 0.049,
    "identity_hate": 0.009,
}
HEADER = ["id", "comment_text", *RATES]

_BLOCK_ROWS = 5000
_TOKENS_PER_WORD = 1.2  # the word, and the punctuation after it
_N_LABEL_WORDS = 40
_FREQUENT = (
    "the to of and a I is you that in it for this not on be as have are with if was or but page my "
    "article from"
)
_CONTRACTED = (
    "don't it's I'm can't that's doesn't you're I've didn't isn't what's won't I'll he'd couldn't "
    "they're"
)
_SEPARATORS = [
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
_SEPARATOR_SHARES = [
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
    """Yield rows in blocks: a unique id, a text and the six labels, `(6,)` int64."""
    rng = np.random.default_rng(seed)
    words, capitals = _words()
    for start in range(0, n_rows, _BLOCK_ROWS):
        n = min(_BLOCK_ROWS, n_rows - start)
        labels = _draw_labels(rng, n)
        ids = [f"{seed:04x}{row:012x}" for row in range(start, start + n)]
        yield list(zip(ids, _draw_texts(rng, labels, words, capitals), labels, strict=True))


def write_competition(
    folder: Path, n_train: int, n_test: int, seed: int = 0, *, solution: bool = False
) -> None:
    """Write train.csv, test.csv and sample_submission.csv.

    Args:
        folder: the folder to write to.
        n_train: the number of train rows.
        n_test: the number of test rows.
        seed: the seed of the texts and labels.
        solution: whether to write solution.csv, the labels of the test rows.
    """
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
        test_writer = csv.writer(test, lineterminator="\n")
        sample_writer = csv.writer(sample, lineterminator="\n")
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
    """Return the words by rank, and the same words with a capital letter."""
    rng = np.random.default_rng(0)
    syllables = np.array(
        [
            first + vowel
            for first in "bcdfghklmnprstvw"
            for vowel in ("a", "e", "i", "o", "u", "ee", "y")
        ]
    )
    distinct = dict.fromkeys([*_FREQUENT.split(), *_CONTRACTED.split()])
    for n_syllables, n_words in ((1, 120), (2, 6000), (3, N_WORDS)):  # frequent words are short
        while len(distinct) < n_words:
            drawn = syllables[rng.integers(len(syllables), size=(n_words // 8, n_syllables))]
            distinct |= dict.fromkeys("".join(parts) for parts in drawn.tolist())
    words = np.array(list(distinct)[:N_WORDS], object)
    return words, np.array([word.capitalize() for word in words], object)


def _draw_labels(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw the labels, `(n, 6)` int64.

    As in most Toxic comments, only toxic rows have other labels.
    """
    rates = np.array(list(RATES.values()))
    toxic = rng.random(n) < rates[0]
    # RATES are shares of all rows; divided by the share of toxic rows, they hold among those.
    others = (rng.random((n, len(rates) - 1)) < rates[1:] / rates[0]) & toxic[:, None]
    return np.column_stack([toxic, others]).astype(np.int64)


def _draw_texts(
    rng: np.random.Generator, labels: np.ndarray, words: np.ndarray, capitals: np.ndarray
) -> list[str]:
    """Draw a text for each row of labels."""
    # 1.6449 standard deviations above the mean lies the 95th percentile of a normal distribution.
    std = math.log(P95_LENGTH / MEDIAN_LENGTH) / 1.6449
    n_tokens = np.minimum(rng.lognormal(math.log(MEDIAN_LENGTH), std, len(labels)), MAX_LENGTH)
    n_words = np.ceil(n_tokens / _TOKENS_PER_WORD).astype(int)
    # All words of all texts are drawn at once. With texts of 2 and 3 words:
    #   ends 2 5, rows 0 0 1 1 1, ranks 7 0 3 52 1
    ends = np.cumsum(n_words)
    rows = np.repeat(np.arange(len(labels)), n_words)
    # By Zipf's law, the logarithm of the rank is uniform.
    ranks = (N_WORDS ** rng.random(ends[-1])).astype(int) - 1
    _put_label_words(rng, labels, rows, ranks)
    separators = rng.choice(len(_SEPARATORS), len(ranks), p=_SEPARATOR_SHARES)
    # A capital follows a full stop, an exclamation or question mark and a line break.
    ends_sentence = np.isin(separators[:-1], [2, 3, 4, 5, 6])
    is_capital = np.insert(ends_sentence, 0, True) | (rng.random(len(ranks)) < 0.04)
    tokens = np.where(is_capital, capitals[ranks], words[ranks])
    _replace(rng, tokens, np.flatnonzero(rng.random(len(ranks)) < 0.006), _UNTIDY)
    is_foreign = (rng.random(len(labels)) < 1 / 15)[rows] & (rng.random(len(ranks)) < 0.05)
    _replace(rng, tokens, np.flatnonzero(is_foreign), _BEYOND_ASCII)
    # Words and separators alternate: text i spans the pieces bounds[i] to bounds[i + 1], of which
    # the last separator is left out.
    pieces = np.stack([tokens, np.array(_SEPARATORS, object)[separators]], axis=1)
    pieces = pieces.reshape(-1).tolist()
    bounds = [0, *(2 * ends).tolist()]
    return ["".join(pieces[start : stop - 1]) for start, stop in itertools.pairwise(bounds)]


def _put_label_words(
    rng: np.random.Generator, labels: np.ndarray, rows: np.ndarray, ranks: np.ndarray
) -> None:
    """Replace an eighth of the words of a row with a label by words that are rare elsewhere."""
    for label in range(labels.shape[1]):
        selected = np.flatnonzero((labels[rows, label] == 1) & (rng.random(len(ranks)) < 0.125))
        first_rank = 1000 + label * _N_LABEL_WORDS
        ranks[selected] = first_rank + rng.integers(_N_LABEL_WORDS, size=len(selected))


def _replace(
    rng: np.random.Generator, tokens: np.ndarray, positions: np.ndarray, others: list[str]
) -> None:
    """Replace the tokens at some positions by random other ones."""
    tokens[positions] = np.array(others, object)[rng.integers(len(others), size=len(positions))]


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
