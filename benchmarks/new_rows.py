"""Predict rows that come after training: the same bytes as the submission, in constant memory.

    python benchmarks/new_rows.py same path/to/sets --only trec6 sick_r
    python benchmarks/new_rows.py many outputs/bbc_news/runs/<name> --rows 1000000

`same` trains each model on bbc_news and on sets, predicts test.csv again and single rows of it, and
compares them with the submission. `many` predicts generated texts of the run's own words, and
prints the rows a second and the most memory of all processes together (the sum of their
proportional set sizes, sampled twice a second).
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import competitions
import numpy as np
import pandas as pd

from regard.config import compose_settings
from regard.pipeline import load
from regard.pipeline.source_files import ensure_files
from regard.runs.run import Run

EXPERIMENTS = {
    "network": ["experiment=network"],
    "linear": ["model=tfidf_linear"],
    "medal": ["experiment=medal"],
}
QUICK = ["folds.n_folds=2", "training.epochs=2"]
N_SINGLE = 5


def main() -> None:
    """Run one of the two benchmarks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("which", choices=("same", "many"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--args", nargs="*", default=QUICK, help="overrides of settings")
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    if arguments.which == "many":
        predict_many(arguments.path, arguments.rows)
        return
    names = arguments.only or competitions.find_sets(arguments.path)
    with tempfile.TemporaryDirectory() as temporary:
        print(f"{'set':14}{'model':10}{'test.csv again':18}{'single rows differ by at most'}")
        for name in ["bbc_news", *names]:
            set_up(name, arguments.path, Path(temporary))
            for experiment, words in EXPERIMENTS.items():
                found = compare(name, [*words, *arguments.args], Path(temporary))
                print(f"{name:14}{experiment:10}{found}", flush=True)


def set_up(name: str, sets: Path, folder: Path) -> None:
    """Write the files and the page of a set into a folder; bbc_news is shipped."""
    if name != "bbc_news":
        competitions.set_up(name, sets, folder)
        return
    words = [f"data_dir={folder / 'data'}", "competition=bbc_news"]
    ensure_files(compose_settings(words, {}))


def compare(name: str, words: list[str], folder: Path) -> str:
    """Train, predict test.csv and single rows of it, and describe the differences."""
    run_regard(["train", f"competition={name}", *words], folder)
    home = folder / "outputs" / name
    test = folder / "data" / name / "test.csv"
    again = folder / "again.csv"
    run_regard(["predict", f"competition={name}", f"input={test}", f"output={again}"], folder)
    is_same = again.read_bytes() == (home / "latest" / "submission.csv").read_bytes()
    run = load(home / "latest")
    frame = pd.read_csv(test, dtype=str, keep_default_na=False)
    together = outputs(run, frame)
    alone = [outputs(run, frame.iloc[[row]])[0] for row in range(N_SINGLE)]
    difference = np.abs(np.array(alone) - together[:N_SINGLE]).max()
    return f"{'the same bytes' if is_same else 'OTHER BYTES':18}{difference:.1e}"


def outputs(run: Run, frame: pd.DataFrame) -> np.ndarray:
    """Return the outputs of rows, `(rows, n_outputs)`."""
    return run.predict(frame, form="probabilities").iloc[:, 1:].to_numpy(np.float64)


def predict_many(run: Path, n_rows: int) -> None:
    """Predict generated texts by a run, and print the speed and the memory."""
    vocabulary = (run / "inputs" / "vocabulary.txt").read_text(encoding="utf-8").split()[2:20_000]
    column = load(run).config.competition.text_columns[0]
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "new.csv"
        write_texts(source, column, vocabulary, n_rows)
        output = Path(temporary) / "predictions.csv"
        started = time.perf_counter()
        process = subprocess.Popen(
            command(["predict", f"run={run}", f"input={source}", f"output={output}"])
        )
        peak = peak_memory_mb(process)
        seconds = time.perf_counter() - started
        n_predicted = sum(1 for _ in output.open(encoding="utf-8")) - 1
    print(
        f"{n_predicted:,} rows in {seconds:.0f} s: {n_predicted / seconds:,.0f} rows/s, at most "
        f"{peak:,.0f} MB"
    )


def write_texts(path: Path, column: str, vocabulary: list[str], n_rows: int) -> None:
    """Write texts of 5 to 30 words."""
    rng = random.Random(1)
    words = [word for word in vocabulary if word.isalnum()]
    with path.open("w", encoding="utf-8") as file:
        file.write(f"id,{column}\n")
        for row in range(n_rows):
            file.write(f"{row},{' '.join(rng.choices(words, k=rng.randint(5, 30)))}\n")


def peak_memory_mb(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process and return the most memory that it and its children held together."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(memory_kb, processes_of(process.pid))))
        time.sleep(0.5)
    if process.returncode:
        sys.exit("the command failed")
    return peak / 1024


def processes_of(process: int) -> Iterator[int]:
    """Yield a process and all of its children."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:  # it ended meanwhile
            continue
        for child in found:
            yield from processes_of(int(child))


def memory_kb(process: int) -> int:
    """Return the proportional set size of a process: pages that are shared count in parts."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def command(words: list[str]) -> list[str]:
    """Return the command line of regard, as this Python has it installed."""
    return [shutil.which("regard", path=str(Path(sys.executable).parent)) or "regard", *words]


def run_regard(words: list[str], folder: Path) -> None:
    """Run a command in a folder."""
    done = subprocess.run(command(words), cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"regard {' '.join(words)} failed: {done.stderr.strip()}")


if __name__ == "__main__":
    main()
