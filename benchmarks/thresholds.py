r"""Measure tuned thresholds against the default ones, by test scores of runs of few rows.

    python benchmarks/thresholds.py path/to/sets
    python benchmarks/thresholds.py path/to/sets --only mr hate_speech --rows 1000 --draws 1 2 3

Each folder of `sets` holds train.csv, test.csv, sample_submission.csv and solution.csv, the labels
of the test rows. For each draw of train rows a linear model is trained once; its out-of-fold
predictions tune the thresholds of every metric below that suits the task.

Prints a line for each set and metric, with means over the draws: the test score at the default
thresholds, at tuned ones, and where they are tuned only if the out-of-fold gain is greater than
so many of its standard errors (0, 0.5, 1 and 2). The last lines are means over all sets.
"""

import argparse
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))

from competitions import find_sets, read_competition, read_solution, set_up, train

import regard
from regard.metrics.registry import METRICS, score
from regard.metrics.thresholds import is_tuned, tune_over_folds
from regard.tasks import Targets

FACTORS = (0.0, 0.5, 1.0, 2.0)
NAMES = ("accuracy", "balanced_accuracy", "f1", "f1_macro", "f1_micro", "mcc", "qwk")


def draw(files: Path, n_rows: int, seed: int, sets: Path) -> Path:
    """Draw train rows of a set, and return the folder of the new set."""
    folder = sets / f"{files.name}_{seed}"
    folder.mkdir(parents=True)
    for path in files.glob("*.csv"):
        (folder / path.name).symlink_to(path.resolve())
    (folder / "train.csv").unlink()
    rows = pd.read_csv(files / "train.csv", dtype=str, keep_default_na=False)
    rows.sample(min(n_rows, len(rows)), random_state=seed).to_csv(folder / "train.csv", index=False)
    return folder


def test_scores(run: "regard.Run", targets: Targets) -> dict[str, list[float]]:
    """Return the test scores of each metric: default, tuned, and tuned where it pays."""
    found = {}
    folds = np.where(np.isnan(run.oof_outputs[:, 0]), -1, run.folds)
    for name in NAMES:
        if name not in METRICS or not METRICS[name].suits(run.task) or not is_tuned(name, run.task):
            continue
        tuned = tune_over_folds(name, run.task, run.targets, run.oof_outputs, folds, per_label=True)
        default = score(name, run.task, targets, run.outputs)
        best = score(name, run.task, targets, run.outputs, tuned.thresholds)
        pays = [tuned.gain > factor * tuned.standard_error for factor in FACTORS]
        found[name] = [default, best, *(best if one else default for one in pays)]
    return found


def show(name: str, metric: str, scores: list[list[float]]) -> None:
    """Print a line of means."""
    means = np.mean(scores, axis=0)
    print(f"{name:16}{metric:20}{''.join(f'{value:>10.4f}' for value in means)}", flush=True)


def main() -> None:
    """Print a line for each set and metric, then means."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--rows", type=int, default=1000, help="train rows of a draw")
    parser.add_argument("--draws", nargs="*", type=int, default=[1, 2, 3], help="their seeds")
    parser.add_argument("--args", nargs="*", default=[], help="settings of the model")
    options = parser.parse_args()
    heads = ("default", "tuned", *(f"> {factor:g} SE" for factor in FACTORS))
    print(f"{'set':16}{'metric':20}{''.join(f'{head:>10}' for head in heads)}")
    by_metric = defaultdict(list)
    for name in options.only or find_sets(options.sets):
        of_set = defaultdict(list)
        for seed in options.draws:
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary)
                files = draw(options.sets / name, options.rows, seed, folder / "sets")
                page = set_up(files.name, files.parent, folder)
                words = ["model=tfidf_linear", "report.n_explained_rows=0", *options.args]
                run = regard.load(train(files.name, folder, words))
                test = folder / "data" / files.name / "test.csv"
                solution = files / "solution.csv"
                labels = read_solution(read_competition(page), run.task, test, solution)
                for metric, scores in test_scores(run, Targets(labels)).items():
                    of_set[metric].append(scores)
        for metric, scores in of_set.items():
            show(name, metric, scores)
            by_metric[metric].append(np.mean(scores, axis=0))
    for metric, means in by_metric.items():
        show(f"mean of {len(means)}", metric, means)


if __name__ == "__main__":
    main()
