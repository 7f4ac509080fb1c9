"""From CSV files to a submission: Regard against the 2017 kernels and against the same network in PyTorch.

    python benchmarks/whole_way.py                        # 10,000 rows like Toxic's, 2 folds, 3 epochs, 5 repeats
    python benchmarks/whole_way.py --rows 2000 --repeats 1

All train the same network (experiment=seed_toxic, LSTM(300) on frozen GloVe 6B 50-d vectors; Regard's and PyTorch's
without recurrent dropout, which loses cuDNN) for the same folds and epochs, each started anew, one after another. What
is printed are medians of the ratios of each repeat, since machines are noisy.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generated import write_competition

HERE = Path(__file__).resolve().parent


def commands(folder: Path, *, folds: int, epochs: int) -> dict[str, list[str]]:
    """What is run, by name; each writes into a folder of its own."""
    data, settings = folder / "data" / "toxic_like", ["--folds", str(folds), "--epochs", str(epochs)]
    ours = [
        "competition=toxic",
        "competition.name=toxic_like",
        "experiment=seed_toxic",
        "embeddings=glove_6b_50d",
        "model.rnn.recurrent_dropout=0",
        f"folds.n_folds={folds}",
        f"training.epochs={epochs}",
        f"data_dir={folder / 'data'}",
        f"output_dir={folder / 'out'}",
    ]
    return {
        "Regard": [str(HERE.parent / "scripts" / "train.py"), *ours],
        "PyTorch": [str(HERE / "in_torch.py"), str(data), str(folder / "out" / "torch.csv"), *settings],
        "ancestor": [str(HERE / "ancestor.py"), str(data), str(folder / "out" / "ancestor.csv"), *settings],
    }


def measure(*, rows: int, folds: int, epochs: int, repeats: int) -> dict[str, list[float]]:
    """Return the seconds of each repeat, by name."""
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data" / "toxic_like"
        write_competition(data, rows, rows // 4, seed=1)
        for _ in range(repeats):
            for name, command in commands(Path(place), folds=folds, epochs=epochs).items():
                with tempfile.TemporaryDirectory(dir=place) as out:
                    words = [word.replace(f"{place}/out", out) for word in command]
                    started = time.perf_counter()
                    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
                    seconds.setdefault(name, []).append(time.perf_counter() - started)
                    if done.returncode:
                        sys.exit(f"{name} failed:\n{done.stderr[-3000:]}")
            print({name: round(values[-1], 1) for name, values in seconds.items()}, flush=True)
    return seconds


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("rows", 10_000), ("folds", 2), ("epochs", 3), ("repeats", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    seconds = measure(**vars(parser.parse_args()))
    for name, values in seconds.items():
        ratios = [other / ours for other, ours in zip(values, seconds["Regard"], strict=True)]
        print(f"{name:10} {statistics.median(values):7.1f} s, {statistics.median(ratios):5.2f} times Regard's time")


if __name__ == "__main__":
    main()
