"""Train on a folder of data sets with nothing but the page that `make new` writes.

    python benchmarks/competitions.py path/to/sets    # every folder with a solution.csv
    python benchmarks/competitions.py path/to/sets --only mr sst1 --args training.epochs=3

Prints the guessed settings, the out-of-fold score, the score on the test rows and the seconds from
the CSV files to the submission. Pages and outputs go to a temporary folder.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from regard.competitions.discovery import new_page
from regard.config import CompetitionConfig
from regard.metrics.registry import score
from regard.tasks import Targets, Task, task_from

ROOT = Path(__file__).resolve().parent.parent
FILES = ("train.csv", "test.csv", "sample_submission.csv")


def main() -> None:
    """Print a line for each set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--args", nargs="*", default=[], help="overrides of settings")
    arguments = parser.parse_args()
    names = arguments.only or find_sets(arguments.sets)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        print(f"{'set':14}{'task':17}{'metric':26}{'submit':15}{'oof':>8}{'test':>8}{'seconds':>9}")
        for name in names:
            page = set_up(name, arguments.sets, folder)
            started = time.perf_counter()
            run = train(name, folder, arguments.args)
            seconds = time.perf_counter() - started
            competition = read_competition(page)
            oof, test = read_scores(competition, run, arguments.sets / name / "solution.csv")
            task = f"{competition.task}{', pair' if competition.texts == 'pair' else ''}"
            guessed = f"{name:14}{task:17}{competition.metric:26}{competition.submit:15}"
            print(f"{guessed}{oof:8.4f}{test:8.4f}{seconds:9.0f}", flush=True)


def find_sets(folder: Path) -> list[str]:
    """Return the names of the sets in a folder that have the labels of their test rows."""
    names = sorted(path.parent.name for path in folder.glob("*/solution.csv"))
    if not names:
        sys.exit(f"{folder} has no folder with a solution.csv")
    return names


def set_up(name: str, sets: Path, folder: Path) -> Path:
    """Link a set's files into a folder and write its page there, unless that was done before."""
    if not (folder / "conf").exists():
        shutil.copytree(ROOT / "conf" / "competition", folder / "conf" / "competition")
    page = folder / "conf" / "competition" / f"{name}.yaml"
    if (folder / "data" / name).exists():
        return page
    (folder / "data" / name).mkdir(parents=True)
    for file in FILES:
        (folder / "data" / name / file).symlink_to((sets / name / file).resolve())
    page.unlink(missing_ok=True)  # a shipped page would be an advantage
    new_page(name, folder / "data", folder / "conf")
    return page


def train(name: str, folder: Path, overrides: list[str], *, script: str = "train.py") -> Path:
    """Run a script, by default all stages, and return the folder of the latest run."""
    folders = [f"data_dir={folder / 'data'}", f"output_dir={folder / 'outputs'}"]
    command = [sys.executable, str(ROOT / "scripts" / script), "--config-dir", str(folder / "conf")]
    done = subprocess.run(
        [*command, f"competition={name}", *folders, *overrides],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{name}: {done.stderr}")
    return (folder / "outputs" / name / "latest").resolve()


def read_competition(page: Path) -> CompetitionConfig:
    """Return the settings of a page that `make new` wrote."""
    settings = {
        **yaml.safe_load((page.parent / "base.yaml").read_text(encoding="utf-8")),
        **yaml.safe_load(page.read_text(encoding="utf-8")),
    }
    del settings["defaults"]
    return CompetitionConfig(**settings)


def newest(stage: Path) -> Path:
    """Return the newest artefact of a stage; older ones come from older code."""
    return max(stage.glob("[!.]*"), key=lambda path: path.stat().st_mtime)


def read_task(prepared: Path) -> Task:
    """Return the task in an artefact of prepare."""
    return task_from(json.loads((prepared / "task.json").read_text(encoding="utf-8")))


def read_scores(competition: CompetitionConfig, run: Path, solution: Path) -> tuple[float, float]:
    """Return the out-of-fold score and the score on the test rows."""
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    task = read_task(newest(run.parent.parent / "prepare"))
    # A new run has a single folder of predictions.
    (outputs,) = run.glob("predict/**/outputs.npy")
    thresholds = metrics["thresholds"] and np.array(metrics["thresholds"]["all_rows"])
    test = run.parents[3] / "data" / competition.name / "test.csv"
    targets = Targets(read_solution(competition, task, test, solution))
    test_score = score(competition.metric, task, targets, np.load(outputs), thresholds)
    return metrics["oof_score"], test_score


def read_solution(
    competition: CompetitionConfig, task: Task, test: Path, solution: Path
) -> np.ndarray:
    """Return the labels of the test rows, in the order of test.csv."""
    rows = pd.read_csv(solution, dtype=str, keep_default_na=False)
    test_id = competition.id_column_of_test
    ids = pd.read_csv(test, dtype=str, keep_default_na=False)[test_id]
    rows = rows.set_index(test_id).loc[ids].reset_index()
    # `encode_labels` expects the columns of train.
    rows[competition.id_column] = rows[test_id]
    return task.encode_labels(rows, competition)


if __name__ == "__main__":
    main()
