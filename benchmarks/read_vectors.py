"""How fast the vectors a vocabulary needs are read out of a large file, and in how much memory.

    python benchmarks/read_vectors.py                           # 400,000 words, 50-d, 30,000 of them wanted
    python benchmarks/read_vectors.py --words 50000 --repeats 3

Against two plain loops over the lines, and gensim, which all read the whole file. All must give the same vectors.
Needs about a gigabyte of memory (for the others) and 300 MB of disk.
"""

import argparse
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

from regard.embeddings.files import read_vectors

Vectors = dict[str, np.ndarray]


def write_files(folder: Path, n_words: int, embedding_dim: int) -> tuple[Path, Path]:
    """Write the same random vectors as GloVe text and as word2vec binary."""
    text, binary = folder / "vectors.txt", folder / "vectors.bin"
    generator = np.random.default_rng(0)
    with text.open("w") as text_file, binary.open("wb") as binary_file:
        binary_file.write(f"{n_words} {embedding_dim}\n".encode())
        for number in range(n_words):
            numbers = " ".join(f"{value:.5f}" for value in generator.standard_normal(embedding_dim))
            text_file.write(f"word{number} {numbers}\n")
            binary_file.write(f"word{number} ".encode() + np.array(numbers.split(), np.float32).tobytes() + b"\n")
    return text, binary


def float_loop(path: Path, wanted: set[str]) -> Vectors:
    """Read every line into a dictionary, number by number."""
    vectors = {}
    with path.open(encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.split()
            vectors[word] = np.array([float(number) for number in numbers], np.float32)
    return {word: vectors[word] for word in wanted if word in vectors}


def asarray_loop(path: Path, wanted: set[str]) -> Vectors:
    """Read every line into a dictionary, as Kaggle's kernels do: numpy turns the strings into numbers."""
    with path.open(encoding="utf-8") as file:
        lines = (line.rstrip().split(" ") for line in file)
        vectors = {word: np.asarray(numbers, dtype="float32") for word, *numbers in lines}
    return {word: vectors[word] for word in wanted if word in vectors}


def by_gensim(path: Path, wanted: set[str]) -> Vectors:
    """Read the whole file by gensim."""
    from gensim.models import KeyedVectors

    is_binary = path.suffix == ".bin"
    vectors = KeyedVectors.load_word2vec_format(path, binary=is_binary, no_header=not is_binary)
    return {word: vectors[word] for word in wanted if word in vectors}


def timed(read: Callable[[Path, set[str]], Vectors], path: Path, wanted: set[str], repeats: int) -> float:
    """Return the median of some readings, in seconds, and hold the vectors to ours."""
    expected = read_vectors(path, wanted)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        found = read(path, wanted)
        seconds.append(time.perf_counter() - start)
    if found.keys() != expected.keys() or any((found[word] != expected[word]).any() for word in wanted):
        sys.exit(f"{read.__name__} gives other vectors of {path.name} than read_vectors")
    return statistics.median(seconds)


def peak_memory(path: Path, wanted: set[str]) -> float:
    """Return the most memory that our reading holds at once, the vectors included, in MB."""
    tracemalloc.start()
    read_vectors(path, wanted)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 2**20


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=400_000)
    parser.add_argument("--dim", type=int, default=50)
    parser.add_argument("--wanted", type=int, default=30_000)
    parser.add_argument("--repeats", type=int, default=5, help="of which the median counts; the slow ones run once")
    arguments = parser.parse_args()
    chosen = np.random.default_rng(1).choice(arguments.words, min(arguments.wanted, arguments.words), replace=False)
    wanted = {f"word{number}" for number in chosen}
    with tempfile.TemporaryDirectory() as folder:
        text, binary = write_files(Path(folder), arguments.words, arguments.dim)
        print(f"{arguments.words:,} x {arguments.dim}, {len(wanted):,} wanted")
        for path, others in ((text, (float_loop, asarray_loop, by_gensim)), (binary, (by_gensim,))):
            ours = timed(read_vectors, path, wanted, arguments.repeats)
            print(f"{path.name:12}  read_vectors {ours:7.2f} s           peak {peak_memory(path, wanted):.0f} MB")
            for other in others:
                seconds = timed(other, path, wanted, 1)
                print(f"{path.name:12}  {other.__name__:12} {seconds:7.2f} s  {seconds / ours:5.1f} x")


if __name__ == "__main__":
    main()
