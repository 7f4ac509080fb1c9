"""Score Regard and other systems on public data sets: `make results SETS=path/to/sets`, hours.

    python benchmarks/results.py path/to/sets    # every set, every column of the table
    python benchmarks/results.py path/to/sets --only mr trec6 --systems fast fastText --seeds 1 2 3
    python benchmarks/results.py path/to/sets --only mr --systems network "no EMA" --untimed
    python benchmarks/results.py path/to/sets --only trec6 --rows 500    # measured as trec6_500
    python benchmarks/results.py path/to/sets --systems "fast + encoder" --encoder path/to/it

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
from competitions import (
    find_sets,
    newest,
    read_competition,
    read_scores,
    read_solution,
    read_task,
    set_up,
    train,
)

from regard.config import CompetitionConfig
from regard.metrics.registry import score
from regard.metrics.thresholds import is_tuned, tune, tune_over_folds
from regard.tasks import TASKS, Targets, Task

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
    # The name is that of the member in the blend, so that the blend finds this run.
    "fast's network": [
        "experiment=fast",
        "~members.nb_svm",
        "~members.tfidf_linear",
        "name=bag_of_vectors",
    ],
    "TF-IDF + LR": ["model=tfidf_linear", "model.characters=false", "model.C=[4]"],
    "no min_steps": PLAIN,
    "no EMA": [*PLAIN, "training.weight_average=none"],
    "attention alone": [*PLAIN, "model.pooling=[attention]"],
    "GloVe alone": [*PLAIN, "embeddings=glove_6b_50d"],
}
# A pretrained encoder, fine-tuned or frozen; its folder is that of --encoder.
ENCODER = {
    "fine-tuned": ["experiment=encoder", "model.encoder_folder={encoder}"],
    "encoder": ["model=encoder_linear", "model.encoder_folder={encoder}"],
    "fast + encoder": [
        "experiment=fast",
        "+model@members.encoder_linear=encoder_linear",
        "members.encoder_linear.encoder_folder={encoder}",
    ],
    "grandmaster": [
        "experiment=grandmaster",
        "members.encoder_linear.encoder_folder={encoder}",
    ],
}
DETERMINISTIC = ("tfidf_linear", "nb_svm", "TF-IDF + LR", "encoder")  # the same with every seed
# Members are trained alone before their blend, which then finds their runs.
MEMBERS = {
    "medal": ("network", "text_cnn", "bag_of_vectors", "nb_svm", "tfidf_linear"),
    "no bag_of_vectors": ("network", "text_cnn", "nb_svm", "tfidf_linear"),
    "fast": ("fast's network", "nb_svm", "tfidf_linear"),
}
MEMBERS["fast + encoder"] = (*MEMBERS["fast"], "encoder")
MEMBERS["grandmaster"] = (*MEMBERS["medal"], "encoder")
OTHERS = {"fastText": ["in_fasttext.py"], "ancestor": ["ancestor.py", "--epochs", "10"]}
COLUMNS = ("ancestor", "fastText", "TF-IDF + LR", "defaults", "fast", "network", "medal")
TABLES = {
    "<!-- results: written by make results -->\n\n": COLUMNS,
    "<!-- members: written by make results -->\n\n": (
        *MEMBERS["medal"],
        "no bag_of_vectors",
        "medal",
    ),
    "<!-- encoders: written by make results -->\n\n": (*ENCODER, "fast", "medal"),
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
Results = dict[str, dict[str, Result]]  # of a set: system -> seed -> scores and seconds


def train_run(system: str, page: Path, solution: Path, seed: int, results: Results) -> Result:
    """Train a run unless it exists; return its scores and its seconds with those of its members."""
    seconds = 0.0
    for member, member_seed in members_of(system, page, seed):
        # Usually the run exists; after a change of the code, the member is trained again here.
        train(page.stem, page.parents[2], [*RUNS[member], f"seed={member_seed}"])
        seconds += results[member][str(member_seed)].get("seconds", math.nan)
    started = time.perf_counter()
    run = train(page.stem, page.parents[2], [*RUNS[system], f"seed={seed}"])
    seconds += time.perf_counter() - started
    oof, test = read_scores(read_competition(page), run, solution)
    return {"oof": oof, "test": test, "seconds": seconds}


def draw_rows(files: Path, n_rows: int, sets: Path) -> Path:
    """Draw train rows of a set at random, and return the new set's folder, such as trec6_500."""
    rows = pd.read_csv(files / "train.csv", dtype=str, keep_default_na=False)
    if n_rows > len(rows):
        sys.exit(f"{files / 'train.csv'} has {len(rows):,} rows; lower --rows")
    drawn = sets / f"{files.name}_{n_rows}"
    shutil.copytree(files, drawn, dirs_exist_ok=True)
    rows.sample(n_rows, random_state=1).to_csv(drawn / "train.csv", index=False)
    return drawn


def members_of(system: str, page: Path, seed: int) -> list[tuple[str, int]]:
    """Return the members of a blend with their seeds; none for other systems."""
    task = read_competition(page).task
    without = () if TASKS[task].has_classes else ("nb_svm",)
    members = (member for member in MEMBERS.get(system, ()) if member not in without)
    return [(member, 1 if member in DETERMINISTIC else seed) for member in members]


def train_other(words: list[str], page: Path, solution: Path, seed: int) -> Result | None:
    """Train other software on the folds of Regard's runs; None if it does not support the task."""
    competition = read_competition(page)
    folder = page.parents[2]
    if not TASKS[competition.task].has_classes or len(competition.text_columns) > 1:
        return None
    home = folder / "outputs" / competition.name
    prepared = newest(home / "prepare")
    fold_file = newest(home / "folds") / "folds.npy"
    task = read_task(prepared)
    data = folder / "data" / competition.name
    with tempfile.TemporaryDirectory() as temporary:
        script = str(ROOT / "benchmarks" / words[0])
        files = [str(data), f"{temporary}/submission.csv", "--fold-numbers", str(fold_file)]
        options = ["--outputs", f"{temporary}/outputs.npz", *words[1:], "--seed", str(seed)]
        command = [sys.executable, script, *files, *options]
        started = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{page.stem}, {words[0]}: {done.stderr}")
        seconds = time.perf_counter() - started
        with np.load(f"{temporary}/outputs.npz") as outputs:
            names = outputs["names"].tolist()
            oof = to_task_outputs(outputs["oof"], names, task)
            test = to_task_outputs(outputs["test"], names, task)
    labels = np.load(prepared / "labels.npy")
    test_labels = read_solution(competition, task, data / "test.csv", solution)
    folds = np.load(fold_file)
    scores = score_outputs(competition, task, (oof, labels), (test, test_labels), folds)
    return {**scores, "seconds": seconds}


def to_task_outputs(probabilities: np.ndarray, names: list[str], task: Task) -> np.ndarray:
    """Convert probabilities of classes to the outputs of a Regard network for the task.

    Example:
        binary, columns no and yes -> the column yes
        ordinal, probabilities 0.2 0.5 0.3 of three ranks -> 0.8 0.3, above the first and second
    """
    if not task.classes:
        return probabilities
    ordered = probabilities[:, [names.index(name) for name in task.classes]]
    shares = ordered / np.maximum(ordered.sum(axis=1, keepdims=True), 1e-9)
    # The mean of the outputs that each class has if it is certain, weighted by its probability:
    # of three ranks [0, 0], [1, 0] and [1, 1].
    certain = task.ideal_outputs(np.arange(len(task.classes)))
    return shares @ certain.reshape(len(task.classes), -1)


def score_outputs(
    competition: CompetitionConfig,
    task: Task,
    oof: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    folds: np.ndarray,
) -> Result:
    """Score outputs like those of Regard's runs, with thresholds tuned out of fold.

    Args:
        competition: names the metric.
        task: the task.
        oof: outputs and labels of the train rows.
        test: outputs and labels of the test rows.
        folds: the fold of each train row.
    """
    metric = competition.metric
    outputs, labels = oof
    targets = Targets(labels)
    if is_tuned(metric, task):
        thresholds = tune(metric, task, targets, outputs, per_label=True)
        tuned = tune_over_folds(metric, task, targets, outputs, folds, per_label=True)
        oof_score = tuned.honest_score
    else:
        thresholds = None
        oof_score = score(metric, task, targets, outputs, None)
    test_outputs, test_labels = test
    test_score = score(metric, task, Targets(test_labels), test_outputs, thresholds)
    return {"oof": oof_score, "test": test_score}


def measure(
    system: str,
    page: Path,
    solution: Path,
    seed: int,
    all_found: dict[str, Any],
    *,
    is_timed: bool = True,
) -> None:
    """Measure a system on a set unless its result is known, its members first.

    Each result is written at once, so that an interrupted measurement can continue.
    """
    results: Results = all_found[page.stem]["systems"]
    if str(seed) in results.get(system, {}) or (system in DETERMINISTIC and seed != 1):
        return
    for member, member_seed in members_of(system, page, seed):
        measure(member, page, solution, member_seed, all_found, is_timed=is_timed)
    if system in RUNS:
        result: Result | None = train_run(system, page, solution, seed, results)
    else:
        result = train_other(OTHERS[system], page, solution, seed)
    if result:
        # The time of a blend is unknown if one of its members was not timed.
        if not is_timed or math.isnan(result["seconds"]):
            del result["seconds"]
        results.setdefault(system, {})[str(seed)] = result
        FOUND.write_text(json.dumps(all_found, indent=2) + "\n", encoding="utf-8")
    print(page.stem, system, seed, result, flush=True)


def cell(results: dict[str, Result]) -> str:
    """Return a table's cell: test score, standard deviation over seeds, oof score and minutes."""
    test, oof, seconds = (
        [result[part] for result in results.values() if part in result]
        for part in ("test", "oof", "seconds")
    )
    spread = f" ± {stdev(test):.4f}" if len(test) > 1 else ""
    minutes = f", {mean(seconds) / 60:.1f} min" if seconds else ""
    return f"{mean(test):.4f}{spread} ({mean(oof):.4f}){minutes}"


def table(found: dict[str, Any], systems: tuple[str, ...]) -> str:
    """Return a table as Markdown, with a row for each set and a column for each system.

    Sets on which only one of the systems was measured are left out: there is nothing to compare.
    """
    needed = set(systems) & set(ENCODER) or set(systems)
    found = {
        name: each
        for name, each in found.items()
        if sum(system in each["systems"] for system in systems) > 1
        and needed & set(each["systems"])
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
            sys.exit(f"{PAGE} has no line {(start if not mark else END).strip()!r} for the table")
        text = before + start + table(found, systems) + END + rest.partition(END)[2]
    PAGE.write_text(text, encoding="utf-8")


def measure_set(
    files: Path, folder: Path, arguments: argparse.Namespace, all_found: dict[str, Any]
) -> None:
    """Measure the requested systems and seeds on a set."""
    page = set_up(files.name, files.parent, folder)
    train(files.name, folder, [], script="prepare.py")  # shared, so it counts for no system
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
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--rows", type=int, help="use so many random rows of each train.csv")
    systems = [*RUNS, *ENCODER, *OTHERS]
    parser.add_argument("--systems", nargs="*", choices=systems, default=COLUMNS)
    parser.add_argument("--encoder", type=Path, help="folder of a pretrained encoder")
    parser.add_argument("--seeds", nargs="*", type=int, default=[1])
    parser.add_argument(
        "--untimed", action="store_true", help="do not record the time, for a busy machine"
    )
    parser.add_argument("--folder", type=Path, help="keep the runs here, to resume or blend them")
    arguments = parser.parse_args()
    if arguments.encoder:
        encoder = str(arguments.encoder.resolve())  # the runs have another working directory
        for system, words in ENCODER.items():
            RUNS[system] = [word.replace("{encoder}", encoder) for word in words]
    elif set(arguments.systems) & set(ENCODER):
        sys.exit("these systems need --encoder, the folder of a pretrained encoder")
    all_found = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.exists() else {}
    write_tables(all_found)  # a missing mark is an error now instead of after hours
    for name in arguments.only or find_sets(arguments.sets):
        with tempfile.TemporaryDirectory() as temporary:
            folder = arguments.folder or Path(temporary)
            files = arguments.sets / name
            if arguments.rows:
                files = draw_rows(files, arguments.rows, folder / "sets")
            measure_set(files, folder, arguments, all_found)
    write_tables(all_found)


if __name__ == "__main__":
    main()
