"""Score Regard and other systems on public data sets: `make results SETS=path/to/sets`, hours.

    python benchmarks/results.py path/to/sets    # every set, every column of the table
    python benchmarks/results.py path/to/sets --only mr trec6 --systems fast fastText --seeds 1 2 3
    python benchmarks/results.py path/to/sets --only mr --systems network "no EMA" --untimed
    python benchmarks/results.py path/to/sets --only trec6 --rows 500    # measured as trec6_500

Each folder of `sets` holds train.csv, test.csv, sample_submission.csv and solution.csv, the labels
of the test rows. Results are kept in benchmarks/results.json, one for each set, system and seed,
and are not measured again; delete an entry to measure it anew. The tables in docs/pages/results.md
show the means over seeds; minutes are the means over the runs that were timed. All systems train on
the same folds. Regard runs with the page that `make new` writes and the named experiment, the same
for all sets. The ancestor and fastText only support classes of one text.
"""

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, stdev
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import pandas as pd
from competitions import names_of, newest, read_competition, scores, set_up, solution_labels, train

from regard.config import CompetitionConfig
from regard.metrics.registry import score
from regard.metrics.thresholds import is_tuned, tune, tune_over_folds
from regard.tasks import TASKS, Targets, Task, task_from

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "pages" / "results.md"
NETWORK = "experiment=network"
PLAIN = [NETWORK, "training.min_steps=0"]
RUNS = {
    "defaults": [],
    "fast": ["experiment=fast"],
    "network": [NETWORK],
    "text_cnn": [NETWORK, "model=text_cnn"],
    "bag_of_vectors": [NETWORK, "model=bag_of_vectors"],
    "nb_svm": ["model=nb_svm"],
    "tfidf_linear": ["model=tfidf_linear"],
    "medal": ["experiment=medal"],
    "no bag_of_vectors": ["experiment=medal", "~members.bag_of_vectors"],
    # By the name of the member, so that the blend finds its run.
    "fast's network": [
        "experiment=fast",
        "~members.nb_svm",
        "~members.tfidf_linear",
        "name=bag_of_vectors",
    ],
    "TF-IDF + LR": ["model=tfidf_linear", "model.linear.characters=false", "model.linear.C=[4]"],
    "no min_steps": PLAIN,
    "no EMA": [*PLAIN, "training.weight_average=none"],
    "attention alone": [*PLAIN, "model.pooling=[attention]"],
    "GloVe alone": [*PLAIN, "embeddings=glove_6b_50d"],
}
WITHOUT_CHANCE = ("tfidf_linear", "nb_svm", "TF-IDF + LR")  # the same with every seed
MEMBERS = {  # of a blend, which finds their runs
    "medal": ("network", "text_cnn", "bag_of_vectors", "nb_svm", "tfidf_linear"),
    "no bag_of_vectors": ("network", "text_cnn", "nb_svm", "tfidf_linear"),
    "fast": ("fast's network", "nb_svm", "tfidf_linear"),
}
OTHERS = {"fastText": ["in_fasttext.py"], "ancestor": ["ancestor.py", "--epochs", "10"]}
COLUMNS = ("ancestor", "fastText", "TF-IDF + LR", "defaults", "fast", "network", "medal")
TABLES = {
    "<!-- results: written by make results -->\n\n": COLUMNS,
    "<!-- members: written by make results -->\n\n": (
        *MEMBERS["medal"],
        "no bag_of_vectors",
        "medal",
    ),
    "<!-- ablations: written by make results -->\n\n": (
        "network",
        "no min_steps",
        "no EMA",
        "attention alone",
        "GloVe alone",
    ),
}
END = "\n<!-- end of table -->"
Result = dict[str, float]
Found = dict[str, dict[str, Result]]  # of a set: system -> seed -> scores and seconds


def train_run(system: str, page: Path, solution: Path, seed: int, found: Found) -> Result:
    """Train a run, or find it trained, and return its scores and its seconds, a blend's members' among them."""
    seconds = 0.0
    for member, its_seed in members_of(system, page, seed):
        # there already, as a rule
        train(page.stem, page.parents[2], [*RUNS[member], f"seed={its_seed}"])
        seconds += found[member][str(its_seed)].get("seconds", math.nan)
    started = time.perf_counter()
    run = train(page.stem, page.parents[2], [*RUNS[system], f"seed={seed}"])
    seconds += time.perf_counter() - started
    oof, test = scores(read_competition(page), run, solution)
    return {"oof": oof, "test": test, "seconds": seconds}


def few_rows(files: Path, n_rows: int, sets: Path) -> Path:
    """Write a set with so many rows of train.csv, drawn at random, and return its folder, such as trec6_500."""
    rows = pd.read_csv(files / "train.csv", dtype=str, keep_default_na=False)
    if n_rows > len(rows):
        sys.exit(f"{files / 'train.csv'} has {len(rows):,} rows; give --rows at most as many")
    drawn = sets / f"{files.name}_{n_rows}"
    shutil.copytree(files, drawn, dirs_exist_ok=True)
    rows.sample(n_rows, random_state=1).to_csv(drawn / "train.csv", index=False)
    return drawn


def members_of(system: str, page: Path, seed: int) -> list[tuple[str, int]]:
    """What is measured before a system, with which seeds."""
    task = read_competition(page).task
    without = () if TASKS[task].has_classes else ("nb_svm",)
    members = (member for member in MEMBERS.get(system, ()) if member not in without)
    return [(member, 1 if member in WITHOUT_CHANCE else seed) for member in members]


def of_other(words: list[str], page: Path, solution: Path, seed: int) -> Result | None:
    """Train what stands in for other software, on the folds of Regard's runs; None where it does not fit."""
    competition, folder = read_competition(page), page.parents[2]
    if not TASKS[competition.task].has_classes or len(competition.text_columns) > 1:
        return None
    home = folder / "outputs" / competition.name
    prepared, folds = newest(home / "prepare"), newest(home / "folds")
    task = task_from(json.loads((prepared / "task.json").read_text(encoding="utf-8")))
    data = folder / "data" / competition.name
    with tempfile.TemporaryDirectory() as place:
        files = [str(data), f"{place}/submission.csv", "--fold-numbers", str(folds / "folds.npy")]
        command = [
            str(ROOT / "benchmarks" / words[0]),
            *files,
            "--outputs",
            f"{place}/outputs.npz",
            *words[1:],
        ]
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *command, "--seed", str(seed)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(f"{page.stem}, {words[0]}: {done.stderr}")
        seconds = time.perf_counter() - started
        with np.load(f"{place}/outputs.npz") as found:
            oof, test = (
                as_outputs(found[part], found["names"].tolist(), task) for part in ("oof", "test")
            )
    labels, truth = (
        np.load(prepared / "labels.npy"),
        solution_labels(competition, task, data / "test.csv", solution),
    )
    return {
        **scored(competition, task, (oof, labels), (test, truth), np.load(folds / "folds.npy")),
        "seconds": seconds,
    }


def as_outputs(probabilities: np.ndarray, names: list[str], task: Task) -> np.ndarray:
    """Turn the probabilities of classes, or of several labels, into outputs of the task."""
    if not task.classes:
        return probabilities
    ordered = probabilities[:, [names.index(name) for name in task.classes]]
    return task.outputs_from_classes(ordered / np.maximum(ordered.sum(axis=1, keepdims=True), 1e-9))


def scored(
    competition: CompetitionConfig,
    task: Task,
    oof: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    folds: np.ndarray,
) -> Result:
    """Score as Regard's runs are, with thresholds tuned out of fold."""
    metric, (outputs, labels), thresholds = competition.metric, oof, None
    found = (
        score(metric, task, Targets(labels), outputs, None)
        if not is_tuned(metric, task)
        else np.nan
    )
    if is_tuned(metric, task):
        thresholds = tune(metric, task, Targets(labels), outputs, per_label=True)
        found = tune_over_folds(
            metric, task, Targets(labels), outputs, folds, per_label=True
        ).honest_score
    return {"oof": found, "test": score(metric, task, Targets(test[1]), test[0], thresholds)}


def measure(
    system: str,
    page: Path,
    solution: Path,
    seed: int,
    all_found: dict[str, Any],
    *,
    is_timed: bool = True,
) -> None:
    """Measure a system on a set, and what it is made of before, unless it is known; note what is found at once."""
    found: Found = all_found[page.stem]["systems"]
    if str(seed) in found.get(system, {}) or (system in WITHOUT_CHANCE and seed != 1):
        return
    for member, its_seed in members_of(system, page, seed):
        measure(member, page, solution, its_seed, all_found, is_timed=is_timed)
    if system in RUNS:
        known: Result | None = train_run(system, page, solution, seed, found)
    else:
        known = of_other(OTHERS[system], page, solution, seed)
    if known:
        if not is_timed or math.isnan(known["seconds"]):
            del known["seconds"]
        found.setdefault(system, {})[str(seed)] = known
        FOUND.write_text(json.dumps(all_found, indent=2) + "\n", encoding="utf-8")
    print(page.stem, system, seed, known, flush=True)


def cell(results: dict[str, Result]) -> str:
    """The results of some seeds as a table shows them."""
    test, oof, seconds = (
        [result[part] for result in results.values() if part in result]
        for part in ("test", "oof", "seconds")
    )
    spread = f" ± {stdev(test):.4f}" if len(test) > 1 else ""
    minutes = f", {mean(seconds) / 60:.1f} min" if seconds else ""
    return f"{mean(test):.4f}{spread} ({mean(oof):.4f}){minutes}"


def table(found: dict[str, Any], systems: tuple[str, ...]) -> str:
    """A table as Markdown: for each set and system the test score, in brackets that out of fold,
    and the minutes.

    Sets on which only one of the systems was measured are left out: there is nothing to compare.
    """
    found = {
        name: each
        for name, each in found.items()
        if sum(system in each["systems"] for system in systems) > 1
    }
    shown = [
        system for system in systems if any(system in each["systems"] for each in found.values())
    ]
    if not found:
        return ""
    lines = ["| set, metric | " + " | ".join(shown) + " |", "|---" * (len(shown) + 1) + "|"]
    for name, each in sorted(found.items()):
        cells = [
            cell(each["systems"][system]) if system in each["systems"] else "" for system in shown
        ]
        lines.append(f"| {name}, {each['metric']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write_tables(found: dict[str, Any]) -> None:
    """Write the tables between the marks of the page; stop if a mark is missing."""
    text = PAGE.read_text(encoding="utf-8")
    for start, systems in TABLES.items():
        before, mark, rest = text.partition(start)
        if not mark or END not in rest:
            sys.exit(
                f"{PAGE} has no line {(start if not mark else END).strip()!r} for the table"
            )
        text = before + start + table(found, systems) + END + rest.partition(END)[2]
    PAGE.write_text(text, encoding="utf-8")


def measure_set(
    files: Path, folder: Path, arguments: argparse.Namespace, all_found: dict[str, Any]
) -> None:
    """Measure all that was asked for on a set."""
    page = set_up(files.name, files.parent, folder)
    train(files.name, folder, [], script="prepare.py")  # what is shared counts for no system
    all_found.setdefault(files.name, {"metric": read_competition(page).metric, "systems": {}})
    for seed in arguments.seeds:
        for system in arguments.systems:
            measure(
                system,
                page,
                files / "solution.csv",
                seed,
                all_found,
                is_timed=not arguments.untimed,
            )


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument(
        "--rows", type=int, help="draw so many rows of each train.csv, and leave out the others"
    )
    parser.add_argument("--systems", nargs="*", choices=[*RUNS, *OTHERS], default=COLUMNS)
    parser.add_argument("--seeds", nargs="*", type=int, default=[1])
    parser.add_argument(
        "--untimed", action="store_true", help="leave out the minutes, as other work runs beside"
    )
    parser.add_argument(
        "--folder", type=Path, help="where runs are kept, so that they can be resumed and blended"
    )
    arguments = parser.parse_args()
    all_found = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.exists() else {}
    write_tables(all_found)  # a mark that is missing is told now, not after hours
    for name in arguments.only or names_of(arguments.sets):
        with tempfile.TemporaryDirectory() as place:
            folder, files = arguments.folder or Path(place), arguments.sets / name
            if arguments.rows:
                files = few_rows(files, arguments.rows, folder / "sets")
            measure_set(files, folder, arguments, all_found)
    write_tables(all_found)


if __name__ == "__main__":
    main()
