"""Measure the time and memory to read the vectors of a vocabulary from a large file.

    python benchmarks/read_vectors.py    # 30,000 of 400,000 words, 50-d
    python benchmarks/read_vectors.py --words 50000 --repeats 3

The alternatives read the whole file: two loops over the lines, and gensim. They take turns, and all
must return the same vectors. Needs a gigabyte of memory (for the alternatives) and 300 MB of disk.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from regard.embeddings.files import read_vectors

Vectors = dict[str, np.ndarray]


def write_files(folder: Path, n_words: int, embedding_dim: int) -> tuple[Path, Path]:
    """Write the same random vectors as GloVe text and as word2vec binary."""
    text = folder / "vectors.txt"
    binary = folder / "vectors.bin"
    rng = np.random.default_rng(0)
    with text.open("w") as text_file, binary.open("wb") as binary_file:
        binary_file.write(f"{n_words} {embedding_dim}\n".encode())
        for number in range(n_words):
            numbers = " ".join(f"{value:.5f}" for value in rng.standard_normal(embedding_dim))
            text_file.write(f"word{number} {numbers}\n")
            binary_file.write(
                f"word{number} ".encode() + np.array(numbers.split(), np.float32).tobytes() + b"\n"
            )
    return text, binary


def float_loop(path: Path, needed: set[str]) -> Vectors:
    """Read every line into a dictionary, and convert each number in Python."""
    vectors = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.split()
            vectors[word] = np.array([float(number) for number in numbers], np.float32)
    return {word: vectors[word] for word in needed if word in vectors}


def asarray_loop(path: Path, needed: set[str]) -> Vectors:
    """Read every line into a dictionary, converted by numpy, as Kaggle's kernels do."""
    with path.open(encoding="utf-8") as file:
        lines = (line.rstrip().split(" ") for line in file)
        vectors = {word: np.asarray(numbers, dtype="float32") for word, *numbers in lines}
    return {word: vectors[word] for word in needed if word in vectors}


def by_gensim(path: Path, needed: set[str]) -> Vectors:
    """Read the whole file with gensim."""
    from gensim.models import KeyedVectors

    is_binary = path.suffix == ".bin"
    vectors = KeyedVectors.load_word2vec_format(path, binary=is_binary, no_header=not is_binary)
    return {word: vectors[word] for word in needed if word in vectors}


def seconds(
    read: Callable[[Path, set[str]], Vectors], path: Path, needed: set[str], expected: Vectors
) -> float:
    """Return the time that a reader takes; exit if its vectors are wrong."""
    start = time.perf_counter()
    found = read(path, needed)
    taken = time.perf_counter() - start
    if found.keys() != expected.keys() or any(
        (found[word] != expected[word]).any() for word in expected
    ):
        sys.exit(f"{read.__name__} gives other vectors of {path.name} than read_vectors")
    return taken


def peak_memory(path: Path, n_words: int, n_needed: int) -> float:
    """Return the peak memory in MB of a process that imports Regard and reads the vectors."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})\n"
        "import read_vectors, resource\nfrom pathlib import Path\n"
        f"words = read_vectors.draw_words({n_words}, {n_needed})\n"
        f"read_vectors.read_vectors(Path({str(path)!r}), words)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(done.stdout) / (2**20 if sys.platform == "darwin" else 2**10)


def draw_words(n_words: int, n_needed: int) -> set[str]:
    """Draw the words whose vectors are read."""
    numbers = np.random.default_rng(1).choice(n_words, min(n_needed, n_words), replace=False)
    return {f"word{number}" for number in numbers}


def measure(
    n_words: int = 400_000, embedding_dim: int = 50, n_needed: int = 30_000, repeats: int = 5
) -> dict[str, dict[str, float]]:
    """Time all readers in turns; gensim's loader of text, which is slow, only once.

    Returns:
        By file and reader: the median `seconds`, and the median `ratio` to `read_vectors` in the
        same turn; for `read_vectors` also `peak_mb`.
    """
    needed = draw_words(n_words, n_needed)
    table = {}
    with tempfile.TemporaryDirectory() as folder:
        text, binary = write_files(Path(folder), n_words, embedding_dim)
        # Before this process grows: the peak of a new process includes the memory of its parent.
        peaks = {path: peak_memory(path, n_words, n_needed) for path in (text, binary)}
        for path, others in ((text, (float_loop, asarray_loop, by_gensim)), (binary, (by_gensim,))):
            expected = read_vectors(path, needed)
            times: dict[str, list[tuple[float, float]]] = {}
            # Each reader is timed next to ours, so that both meet the same load of the machine.
            for repeat in range(repeats):
                for other in others:
                    if path == text and other is by_gensim and repeat:
                        continue  # it takes a minute
                    ours = seconds(read_vectors, path, needed, expected)
                    theirs = seconds(other, path, needed, expected)
                    times.setdefault("read_vectors", []).append((ours, 1.0))
                    times.setdefault(other.__name__, []).append((theirs, theirs / ours))
            for name, values in times.items():
                medians = (statistics.median(column) for column in zip(*values, strict=True))
                table[f"{path.suffix[1:]} {name}"] = dict(
                    zip(("seconds", "ratio"), medians, strict=True)
                )
            table[f"{path.suffix[1:]} read_vectors"]["peak_mb"] = peaks[path]
    return table


def rows_of(found: dict[str, dict[str, float]]) -> list[tuple[str, str, str]]:
    """Return the rows of the table: the measurement, the speed-up and the alternative."""
    names = {
        "float_loop": "a loop over the lines",
        "asarray_loop": "the same, with numpy",
        "by_gensim": "gensim",
    }
    rows = []
    for key, row in found.items():
        kind, name = key.split()
        if name in names:
            ours = found[f"{kind} read_vectors"]
            measurement = (
                f"Vectors of 30,000 words out of a {kind} file of 400,000 x 50: "
                f"{ours['seconds']:.2f} s"
            )
            rows.append((measurement, f"{row['ratio']:.1f}", names[name]))
    return rows


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--dim", type=int, default=50)
    parser.add_argument("--needed", type=int, default=30_000, help="words whose vectors are read")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    table = measure(arguments.words, arguments.dim, arguments.needed, arguments.repeats)
    for name, row in table.items():
        peak = f"  peak {row['peak_mb']:.0f} MB" if "peak_mb" in row else ""
        print(f"{name:20} {row['seconds']:7.2f} s  {row['ratio']:5.1f} x{peak}")


if __name__ == "__main__":
    main()
