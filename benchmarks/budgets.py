"""Train within budgets of minutes, and note whether each command ended in time with a submission.

    python benchmarks/budgets.py data/trec6 data/sick_r data/hate_speech
    python benchmarks/budgets.py data/trec6 --minutes 1 3 --experiment fast --output budgets.json

Each budget of each set is a whole command in a new process and a new output folder. A set is a
folder with train.csv, test.csv, sample_submission.csv and, for a test score, solution.csv. Its page
is written by `regard new` from these files alone.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
MINUTES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0)
_CODE = "from regard.cli import main\nif __name__ == '__main__': main()\n"


def run_budget(data: Path, minutes: float, experiment: str) -> dict[str, Any]:
    """Return the row of one budget of one set.

    Args:
        data: the folder of the set.
        minutes: the budget.
        experiment: the page of `conf/experiment`.
    """
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary)
        (project / "data").mkdir()
        (project / "data" / data.name).symlink_to(data.resolve())
        script = project / "regard_command.py"  # workers import the main script again
        script.write_text(_CODE)
        _command(script, "new", data.name)
        started = time.perf_counter()
        done = _command(
            script, "train", f"competition={data.name}", f"experiment={experiment}",
            f"compute.budget_minutes={minutes}",
        )  # fmt: skip
        seconds = time.perf_counter() - started
        row = {
            "set": data.name,
            "experiment": experiment,
            "minutes": minutes,
            "seconds": round(seconds, 1),
            "late_percent": round(max(100 * (seconds / (60 * minutes) - 1), 0.0), 1),
            "returned": done.returncode,
        }
        latest = project / "outputs" / data.name / "latest"
        return row | _result(latest, data) | ({"log": done.stderr} if done.returncode else {})


def _command(script: Path, *words: str) -> subprocess.CompletedProcess[str]:
    source = str(HERE.parent / "src")
    path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH", "")]))
    return subprocess.run(
        [sys.executable, str(script), *words],
        cwd=script.parent,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def _result(run: Path, data: Path) -> dict[str, Any]:
    """Return the columns on the run that a command has left."""
    try:
        scores = json.loads((run / "metrics.json").read_text())
    except OSError:
        return {"run": "", "oof": None, "test": None, "cut": [], "result": "", "is_valid": False}
    note = run / "test_score.json"
    budget = scores.get("budget", {})
    return {
        "run": run.resolve().name,
        "oof": scores["oof_score"],
        "test": json.loads(note.read_text())["score"] if note.exists() else None,
        "cut": budget.get("cut", []),
        "result": budget.get("result", ""),
        "is_valid": is_valid(run / "submission.csv", data / "sample_submission.csv"),
    }


def is_valid(submission: Path, sample: Path) -> bool:
    """Return whether a submission has the columns and ids of the sample, and no empty cell."""
    if not submission.exists():
        return False
    found, expected = (
        pd.read_csv(path, dtype=str, keep_default_na=False) for path in (submission, sample)
    )
    same = list(found) == list(expected) and len(found) == len(expected)
    has_ids = same and set(found.iloc[:, 0]) == set(expected.iloc[:, 0])
    return has_ids and bool((found != "").to_numpy().all())


def line(row: dict[str, Any]) -> str:
    """Return a row of the table."""
    known = [row[key] for key in ("oof", "test")]
    scores = " ".join(8 * " " if score is None else f"{score:8.4f}" for score in known)
    valid = "valid" if row["is_valid"] else "NONE"
    cuts = "; ".join(row["cut"]) or "nothing"
    return (
        f"{row['set']:12} {row['minutes']:5g} min {row['seconds']:7.1f} s "
        f"{row['late_percent']:5.1f} % late {scores}  {valid:5}  {row['result']}; cut: {cuts}"
    )


def measure(
    sets: list[Path], minutes: list[float], experiment: str, output: Path
) -> list[dict[str, Any]]:
    """Run every budget of every set, and store the rows so far after each."""
    rows = []
    for data in sets:
        for budget in minutes:
            rows.append(run_budget(data, budget, experiment))
            output.write_text(json.dumps(rows, indent=2) + "\n")
            print(line(rows[-1]), flush=True)
    return rows


def main() -> None:
    """Print a table, and store it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path, nargs="+", help="folders with the files of a set")
    parser.add_argument("--minutes", type=float, nargs="+", default=list(MINUTES))
    parser.add_argument("--experiment", default="network")
    parser.add_argument("--output", type=Path, default=Path("budgets.json"))
    rows = measure(**vars(parser.parse_args()))
    late = max(row["late_percent"] for row in rows)
    n_valid = sum(row["is_valid"] for row in rows)
    print(f"{len(rows)} commands: {n_valid} valid submissions, at most {late:.1f} % late")


if __name__ == "__main__":
    main()
