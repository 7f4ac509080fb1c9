"""How fast CSV files become token ids, and in how much memory.

    python benchmarks/encoding.py                             # some minutes, 2 GB of memory, 500 MB
    of disk python benchmarks/encoding.py --rows 10000 100000

First against the path of the Kaggle notebooks of 2017: two dozen regular expressions a text, then
Keras' Tokenizer. Then how the time of reading and encoding grows with the rows, and the most memory
that takes, in a process of its own. The texts are those of generated.py.
"""

import argparse
import itertools
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from generated import toxic_like, write_competition

from regard import text
from regard.config import CompetitionConfig
from regard.data import csv_files

DEFAULT = ("html_unescape", "lower_case")
LIKE_THE_NOTEBOOKS = ("lower_case", "contractions", "numbers", "strip_special_characters")
VOCABULARY_SIZE, MIN_COUNT = 100_000, 2

_SUBSTITUTIONS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"what's", "what is "),
        (r"it's", "it is "),
        (r"\'s", " "),
        (r"\'ve", " have "),
        (r"can't", "cannot "),
        (r"n't", " not "),
        (r"i'm", "i am "),
        (r"\'re", " are "),
        (r"\'d", " would "),
        (r"\'ll", " will "),
        (r"[^a-z0-9^,!.\/'+\-=]", " "),
        (r",", " "),
        (r"\.", " "),
        (r"!", " ! "),
        (r"\/", " "),
        (r"\^", " ^ "),
        (r"\+", " + "),
        (r"\-", " - "),
        (r"\=", " = "),
        (r"'", " "),
        (r"(\d+)(k)", r"\g<1>000"),
        (r":", " : "),
        (r" e g ", " eg "),
        (r"\d+", " number "),
        (r"\s{2,}", " "),
    )
]


def by_the_notebooks(texts: Sequence[str]) -> list[list[int]]:
    """Clean by substitutions, one after another, and number the words by Keras' Tokenizer."""
    from keras.src.legacy.preprocessing.text import Tokenizer

    cleaned = []
    for raw in texts:
        lowered = raw.lower()
        for pattern, replacement in _SUBSTITUTIONS:
            lowered = pattern.sub(replacement, lowered)
        cleaned.append(lowered)
    tokenizer = Tokenizer(num_words=VOCABULARY_SIZE)
    tokenizer.fit_on_texts(cleaned)
    return tokenizer.texts_to_sequences(cleaned)


def by_us(texts: Iterable[str], steps: Sequence[str] = DEFAULT) -> text.RaggedTokens:
    """Clean, index, choose the vocabulary, renumber."""
    indexed = text.index_texts(texts, steps)
    counts = text.token_counts(indexed, slice(None))
    vocabulary = text.build_vocabulary(
        indexed.tokens, counts, max_size=VOCABULARY_SIZE, min_count=MIN_COUNT
    )
    return text.to_vocabulary(indexed, vocabulary)


def csv_to_ids(folder: Path) -> tuple[float, float, int]:
    """Read the files and encode their texts; return the processor's seconds for each and the number of tokens."""
    competition = _competition()
    start = time.process_time()
    tables = csv_files.read_tables(competition, folder)
    read = time.process_time()
    frames = (tables.train, tables.test)
    ids = by_us(
        itertools.chain.from_iterable(csv_files.each_text(frame, competition) for frame in frames)
    )
    return read - start, time.process_time() - read, len(ids.token_ids)


def _competition() -> CompetitionConfig:
    import yaml

    base = Path(__file__).resolve().parent.parent / "conf" / "competition" / "base.yaml"
    settings = {
        "name": "generated",
        "task": "multi_label",
        "label_columns": ["toxic"],
        "text_columns": ["comment_text"],
    }
    return CompetitionConfig(**{**yaml.safe_load(base.read_text(encoding="utf-8")), **settings})


def index_generated(n_rows: int) -> int:
    """Index texts that are made as they are needed; return the number of tokens."""
    texts = (row[1] for rows in toxic_like(n_rows, 0) for row in rows)
    return len(text.index_texts(texts, DEFAULT).ragged.token_ids)


def in_a_fresh_process(call: str) -> tuple[Any, float]:
    """Run a call of this module in a process of its own; return its result and the most memory it had, in MB."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})\n"
        "import json, resource, encoding\nfrom pathlib import Path\n"
        f"result = encoding.{call}\n"
        "print(json.dumps([result, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    result, peak = json.loads(output)
    return result, peak / (2**20 if sys.platform == "darwin" else 2**10)


def ratios(texts: Sequence[str], repeats: int) -> dict[str, dict[str, float]]:
    """Time the notebooks' way and ours in turn; return medians of the seconds and of the ratios."""
    ours: dict[str, Callable[[], object]] = {
        "default cleaning": lambda: by_us(texts),
        "the notebooks' cleaning": lambda: by_us(texts, LIKE_THE_NOTEBOOKS),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ("the notebooks", *ours)}
    by_the_notebooks(texts[:10])  # imports Keras
    for _ in range(repeats):
        seconds["the notebooks"].append(_seconds(lambda: by_the_notebooks(texts)))
        for name, run in ours.items():
            seconds[name].append(_seconds(run))
    return {
        name: {
            "microseconds_per_row": statistics.median(taken) / len(texts) * 1e6,
            "ratio": statistics.median(map(float.__truediv__, seconds["the notebooks"], taken)),
        }
        for name, taken in seconds.items()
    }


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure(
    sizes: Sequence[int] = (10_000, 100_000, 1_000_000), repeats: int = 5
) -> dict[str, Any]:
    """Measure everything.

    Returns:
        `against_the_notebooks`: by way of cleaning the microseconds per row and the ratio;
        `growth`: for each size the rows, tokens, microseconds per row and the peak memory of CSV ->
        ids; `index_texts_peak_mb`: of the largest size, with texts that come from an iterator.
    """
    # first: a process counts the memory of the one that starts it as its own
    grown = [growth(size) for size in sizes]
    index_peak = in_a_fresh_process(f"index_generated({max(sizes)})")[1]
    texts = [row[1] for rows in toxic_like(10_000, 0) for row in rows]
    return {
        "against_the_notebooks": ratios(texts, repeats),
        "growth": grown,
        "index_texts_peak_mb": index_peak,
    }


def growth(n_rows: int) -> dict[str, float]:
    """Time CSV -> ids of so many rows, a tenth of them test: the fastest of some runs, as other programs slow it."""
    with tempfile.TemporaryDirectory() as folder:
        write_competition(Path(folder), n_rows - n_rows // 10, n_rows // 10)
        runs = [
            in_a_fresh_process(f"csv_to_ids(Path({folder!r}))")
            for _ in range(5 if n_rows < 500_000 else 2)
        ]
    (reading, encoding, n_tokens), _ = min(runs, key=lambda run: sum(run[0][:2]))
    return {
        "rows": n_rows,
        "tokens": n_tokens,
        "reading_microseconds_per_row": reading / n_rows * 1e6,
        "encoding_microseconds_per_row": encoding / n_rows * 1e6,
        "peak_mb": max(peak for _, peak in runs),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    found = measure(arguments.rows, arguments.repeats)
    for name, figures in found["against_the_notebooks"].items():
        print(
            f"{name:24} {figures['microseconds_per_row']:7.1f} us a row  {figures['ratio']:5.1f} x"
        )
    for row in found["growth"]:
        reading, encoding = (
            row["reading_microseconds_per_row"],
            row["encoding_microseconds_per_row"],
        )
        print(
            f"{row['rows']:>9,} rows  {row['tokens']:>11,} tokens  reading {reading:5.1f} us a row  "
            f"encoding {encoding:5.1f} us a row  peak {row['peak_mb']:,.0f} MB"
        )
    print(f"index_texts alone, texts from an iterator: peak {found['index_texts_peak_mb']:,.0f} MB")


if __name__ == "__main__":
    main()
