"""Measure the time and memory that it takes to turn CSV files into token ids.

    python benchmarks/encoding.py    # some minutes, 2 GB of memory, 500 MB of disk
    python benchmarks/encoding.py --rows 10000 100000

The first measurement compares Regard with the Kaggle notebooks of 2017, which apply two dozen
regular expressions to each text, then Keras's Tokenizer. The second one shows the growth of time
and peak memory with the number of rows. The texts are those of generated.py.
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
from regard.data.tables import each_text, read_tables

DEFAULT = ("html_unescape", "lower_case")
LIKE_THE_NOTEBOOKS = ("lower_case", "contractions", "numbers", "strip_special_characters")
VOCABULARY_SIZE = 100_000
MIN_COUNT = 2

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


def encode_like_notebooks(texts: Sequence[str]) -> list[list[int]]:
    """Clean by one substitution after another, then number the words with Keras's Tokenizer."""
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


def encode(texts: Iterable[str], steps: Sequence[str] = DEFAULT) -> text.RaggedTokens:
    """Clean and index the texts, build the vocabulary and return the token ids."""
    indexed = text.index_texts(texts, steps)
    counts = text.token_counts(indexed)
    vocabulary = text.build_vocabulary(
        indexed.tokens, counts, max_size=VOCABULARY_SIZE, min_count=MIN_COUNT
    )
    return text.to_vocabulary(indexed, text.known_tokens(vocabulary))


def csv_to_ids(folder: Path) -> tuple[float, float, int]:
    """Read the files and encode their texts.

    Returns:
        The seconds of CPU time for reading and for encoding, and the number of tokens.
    """
    competition = _competition()
    start = time.process_time()
    tables = read_tables(competition, folder)
    read = time.process_time()
    frames = (tables.train, tables.test)
    ids = encode(itertools.chain.from_iterable(each_text(frame, competition) for frame in frames))
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
    """Index texts that are generated on demand; return the number of tokens."""
    texts = (row[1] for rows in toxic_like(n_rows, 0) for row in rows)
    return len(text.index_texts(texts, DEFAULT).ragged.token_ids)


def run_in_new_process(call: str) -> tuple[Any, float]:
    """Run a call of this module in a new process; return its result and peak memory in MB."""
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
    """Time the notebooks and Regard in turns; return medians of the times and of the ratios."""
    encoders: dict[str, Callable[[], object]] = {
        "default cleaning": lambda: encode(texts),
        "the notebooks' cleaning": lambda: encode(texts, LIKE_THE_NOTEBOOKS),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ("the notebooks", *encoders)}
    encode_like_notebooks(texts[:10])  # imports Keras
    # In turns: a busy moment of the machine slows all of them.
    for _ in range(repeats):
        seconds["the notebooks"].append(_seconds(lambda: encode_like_notebooks(texts)))
        for name, run in encoders.items():
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
        `against_the_notebooks`: microseconds per row and the ratio, by way of cleaning;
        `growth`: rows, tokens, microseconds per row and peak memory of CSV -> ids, for each size;
        `index_texts_peak_mb`: peak memory for the largest size, with texts from an iterator.
    """
    # Before this process grows: the peak of a new process includes the memory of its parent.
    growth = [measure_rows(size) for size in sizes]
    index_peak = run_in_new_process(f"index_generated({max(sizes)})")[1]
    texts = [row[1] for rows in toxic_like(10_000, 0) for row in rows]
    return {
        "against_the_notebooks": ratios(texts, repeats),
        "growth": growth,
        "index_texts_peak_mb": index_peak,
    }


def measure_rows(n_rows: int) -> dict[str, float]:
    """Measure CSV -> ids of so many rows, a tenth of them test.

    The fastest of several runs counts, because other programs only ever slow a run down.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_competition(Path(folder), n_rows - n_rows // 10, n_rows // 10)
        runs = [
            run_in_new_process(f"csv_to_ids(Path({folder!r}))")
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
        reading = row["reading_microseconds_per_row"]
        encoding = row["encoding_microseconds_per_row"]
        print(
            f"{row['rows']:>9,} rows  {row['tokens']:>11,} tokens  "
            f"reading {reading:5.1f} us a row  encoding {encoding:5.1f} us a row  "
            f"peak {row['peak_mb']:,.0f} MB"
        )
    print(f"index_texts alone, texts from an iterator: peak {found['index_texts_peak_mb']:,.0f} MB")


if __name__ == "__main__":
    main()
