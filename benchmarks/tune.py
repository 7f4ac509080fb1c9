r"""Measure what some minutes of `make tune` are worth, on data sets with known test labels.

    python benchmarks/tune.py path/to/sets --minutes 30                     # every set
    python benchmarks/tune.py path/to/sets --only mr --rows 1000 --minutes 1 --tune nb_svm
    python benchmarks/tune.py path/to/sets --against experiment=medal

Each folder of `sets` holds train.csv, test.csv, sample_submission.csv and solution.csv, the labels
of the test rows. For each set the settings of `--against` are trained, by default those of the
space's own model; then the search runs, and its best settings are trained.

Prints a line for each set: out-of-fold and test score of both, the number of trials, and the
minutes of each. The out-of-fold score of the search is that of its best trial, so it looks a little
better than it is; the test score does not.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from competitions import find_sets, read_competition, read_scores, set_up
from results import draw_rows

REGARD = (sys.executable, "-c", "from regard.cli import main; main()")
COUNT = re.compile(r"^tune: (\d+) trials", re.MULTILINE)


def run(folder: Path, *words: str) -> tuple[str, float]:
    """Run `regard` in a folder, and return its output and its minutes."""
    started = time.monotonic()
    done = subprocess.run(
        [*REGARD, *words], cwd=folder, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr}")
    return done.stdout, (time.monotonic() - started) / 60


def train(name: str, folder: Path, solution: Path, words: list[str]) -> tuple[float, float, float]:
    """Train some settings; return the out-of-fold score, the test score and the minutes."""
    _, minutes = run(folder, "train", f"competition={name}", *words)
    page = folder / "conf" / "competition" / f"{name}.yaml"
    latest = (folder / "outputs" / name / "latest").resolve()
    return *read_scores(read_competition(page), latest, solution), minutes


def measure(name: str, folder: Path, solution: Path, options: argparse.Namespace) -> str:
    """Return the line of a set."""
    words = list(options.args)
    against = train(
        name, folder, solution, [*(options.against or [f"tune={options.tune}"]), *words]
    )
    search = ["tune", f"competition={name}", f"tune={options.tune}"]
    output, minutes = run(folder, *search, f"tune.minutes={options.minutes}", *words)
    trials = (COUNT.findall(output) or ["0"])[-1]
    if "none complete" in output:
        return f"{name:20}no trial was complete in {minutes:.1f} minutes"
    found = train(name, folder, solution, [f"experiment={name}_{options.tune}", *words])
    scores = (*against[:2], *found[:2])
    return (
        f"{name:20}{''.join(f'{score:>10.4f}' for score in scores)}{trials:>8}"
        f"{against[2]:>9.1f}{minutes:>9.1f}"
    )


def main() -> None:
    """Print a line for each set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--rows", type=int, help="train rows to draw from each set")
    parser.add_argument("--tune", default="bigru_pool", help="page of conf/tune")
    parser.add_argument("--minutes", type=float, default=30.0, help="of each search")
    parser.add_argument("--against", nargs="*", help="settings to compare with")
    parser.add_argument("--args", nargs="*", default=[], help="settings of all trainings")
    options = parser.parse_args()
    heads = ("oof", "test", "tuned oof", "test")
    print(f"{'set':20}{''.join(f'{head:>10}' for head in heads)}  trials  minutes  search")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in options.only or find_sets(options.sets):
            files = options.sets / name
            if options.rows:
                files = draw_rows(files, options.rows, folder / "sets")
            set_up(files.name, files.parent, folder)
            print(measure(files.name, folder, files / "solution.csv", options), flush=True)


if __name__ == "__main__":
    main()
