"""Compare predictions by the models of the folds, by one model of all rows, and by both.

    python benchmarks/refit.py path/to/sets --only trec6 mr sick_r
    python benchmarks/refit.py path/to/sets --only trec6 --seeds 1 2 3 --args model=text_cnn

Trains each set once for each seed with training.refit=true, and prints the mean score of the test
rows by predict.models. Nothing is chosen by the test rows: they only measure.
"""

import argparse
import tempfile
from pathlib import Path

import competitions
import numpy as np
import pandas as pd

from regard.data.rows import Rows
from regard.metrics.registry import score
from regard.pipeline import load
from regard.runs.run import Run
from regard.tasks import Targets

MODELS = ("folds", "refit", "both")


def main() -> None:
    """Print a line for each set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--args", nargs="*", default=["experiment=network"], help="settings")
    parser.add_argument("--seeds", nargs="*", type=int, default=[1])
    arguments = parser.parse_args()
    print(f"{'set':14}{'metric':26}{'oof':>8}" + "".join(f"{name:>9}" for name in MODELS))
    for name in arguments.only or competitions.find_sets(arguments.sets):
        with tempfile.TemporaryDirectory() as temporary:
            print(measure(name, arguments.sets, Path(temporary), arguments), flush=True)


def measure(name: str, sets: Path, folder: Path, arguments: argparse.Namespace) -> str:
    """Train a set with each seed and return its line."""
    competition = competitions.read_competition(competitions.set_up(name, sets, folder))
    oof, scores = [], []
    for seed in arguments.seeds:
        words = [*arguments.args, "training.refit=true", f"seed={seed}"]
        run = load(competitions.train(name, folder, words))
        oof.append(run.scores["oof_score"])
        scores.append([test_score(run, models, sets / name) for models in MODELS])
    figures = "".join(f"{score:9.4f}" for score in np.mean(scores, axis=0))
    return f"{name:14}{competition.metric:26}{np.mean(oof):8.4f}{figures}"


def test_score(run: Run, models: str, files: Path) -> float:
    """Return the score of the test rows by some of a run's models."""
    competition = run.config.competition
    test = pd.read_csv(files / "test.csv", dtype=str, keep_default_na=False)
    outputs = run.predictor(models).outputs(Rows(test))
    labels = competitions.read_solution(
        competition, run.task, files / "test.csv", files / "solution.csv"
    )
    return float(score(competition.metric, run.task, Targets(labels), outputs, run.thresholds))


if __name__ == "__main__":
    main()
