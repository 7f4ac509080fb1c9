"""Scores on public data sets, of Regard and of what it is compared with: `make results SETS=path/to/sets`, hours.

    python benchmarks/results.py path/to/sets                                     # all sets, all systems
    python benchmarks/results.py path/to/sets --only mr trec6 --systems fast fastText

Every folder of `sets` holds train.csv, test.csv, sample_submission.csv and solution.csv, the true test labels. What is
found is kept in benchmarks/results.json, and written as a table between README's marks. All systems train on the same
folds. Regard's settings come from the page that `make new` writes and the named experiment, the same for all sets;
what is blended are the networks of `medal` and the linear runs. The ancestor and fastText only know classes of one
text. Where Regard is trained with several seeds, the score is that of their mean.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from competitions import names_of, read_competition, scores, set_up, solution_labels, train

from regard.config import CompetitionConfig
from regard.metrics import score
from regard.task import Task, Truth, task_from
from regard.thresholds import is_tuned, tune, tune_over_folds

ROOT = Path(__file__).resolve().parent.parent
FOUND, README = ROOT / "benchmarks" / "results.json", ROOT / "README.md"
START, END = "<!-- results: written by make results -->\n", "<!-- end of results -->"
RUNS = {
    "defaults": [],
    "fast": ["experiment=fast"],
    "medal": ["experiment=medal"],
    "TF-IDF + LR": ["model=tfidf_linear", "model.linear.characters=false"],
}
MEMBERS = [
    ["experiment=medal"],
    ["experiment=medal", "model=text_cnn"],
    ["experiment=medal", "model=lstm_attention"],
    ["model=tfidf_linear"],
    ["model=nb_svm"],
]
OTHERS = {"fastText": ["in_fasttext.py"], "ancestor": ["ancestor.py", "--epochs", "10"]}
SYSTEMS = ("ancestor", "fastText", "TF-IDF + LR", "defaults", "fast", "medal", "blend")
Result = dict[str, float]


def of_regard(settings: list[str], page: Path, solution: Path, seeds: list[int]) -> Result:
    """Train one run."""
    is_linear = any(word.startswith("model=tfidf") for word in settings)  # it draws no random numbers
    several = [f"seeds=[{','.join(map(str, seeds))}]"] if len(seeds) > 1 and not is_linear else []
    started = time.perf_counter()
    run = train(page.stem, page.parents[2], [*settings, *several])
    seconds = time.perf_counter() - started
    oof, test = scores(read_competition(page), run, solution)
    return {"oof": oof, "test": test, "seconds": seconds}


def blended(page: Path, solution: Path) -> Result:
    """Train the members, as far as they are not there yet, and blend them."""
    folder, started, members = page.parents[2], time.perf_counter(), []
    competition = read_competition(page)
    for settings in MEMBERS:
        if competition.task in ("regression", "soft_labels") and "model=nb_svm" in settings:
            continue
        members.append(train(page.stem, folder, settings))
    trained = [scores(competition, member, solution) for member in members]
    names = ",".join(member.name for member in members)
    run = train(page.stem, folder, [f"runs=[{names}]"], script="blend.py")
    oof, test = scores(competition, run, solution)
    by_member = {f"oof of {member.name}": found[0] for member, found in zip(members, trained, strict=True)}
    by_member |= {f"test of {member.name}": found[1] for member, found in zip(members, trained, strict=True)}
    return {"oof": oof, "test": test, "seconds": time.perf_counter() - started, **by_member}


def of_other(words: list[str], page: Path, solution: Path, seed: int) -> Result | None:
    """Train what stands in for other software, on the folds of Regard's runs; None where it does not fit."""
    competition, folder = read_competition(page), page.parents[2]
    if competition.task in ("regression", "soft_labels") or len(competition.text_columns) > 1:
        return None
    home = folder / "outputs" / competition.name
    prepared, folds = (next((home / stage).glob("[!.]*")) for stage in ("prepare", "folds"))
    task = task_from(json.loads((prepared / "task.json").read_text(encoding="utf-8")))
    data = folder / "data" / competition.name
    with tempfile.TemporaryDirectory() as place:
        files = [str(data), f"{place}/submission.csv", "--fold-numbers", str(folds / "folds.npy")]
        command = [str(ROOT / "benchmarks" / words[0]), *files, "--outputs", f"{place}/outputs.npz", *words[1:]]
        started = time.perf_counter()
        subprocess.run([sys.executable, *command, "--seed", str(seed)], check=True, capture_output=True)
        seconds = time.perf_counter() - started
        with np.load(f"{place}/outputs.npz") as found:
            oof, test = (as_outputs(found[part], found["names"].tolist(), task) for part in ("oof", "test"))
    labels, truth = np.load(prepared / "labels.npy"), solution_labels(competition, task, data / "test.csv", solution)
    return {**scored(competition, task, (oof, labels), (test, truth), np.load(folds / "folds.npy")), "seconds": seconds}


def as_outputs(probabilities: np.ndarray, names: list[str], task: Task) -> np.ndarray:
    """Probabilities of classes as a Regard network of the task gives them."""
    if task.kind == "multi_label":
        return probabilities
    ordered = probabilities[:, [names.index(name) for name in task.classes]]
    ordered = ordered / np.maximum(ordered.sum(axis=1, keepdims=True), 1e-9)
    if task.kind == "binary":
        return ordered[:, 1:]
    return ordered if task.kind == "multi_class" else 1.0 - np.cumsum(ordered, axis=1)[:, :-1]


def scored(
    competition: CompetitionConfig,
    task: Task,
    oof: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    folds: np.ndarray,
) -> Result:
    """Score as Regard's runs are, with thresholds tuned out of fold."""
    metric, (outputs, labels), thresholds = competition.metric, oof, None
    found = score(metric, task, Truth(labels), outputs, None) if not is_tuned(metric, task) else np.nan
    if is_tuned(metric, task):
        thresholds = tune(metric, task, Truth(labels), outputs, per_label=True)
        found = tune_over_folds(metric, task, Truth(labels), outputs, folds, per_label=True).honest_score
    return {"oof": found, "test": score(metric, task, Truth(test[1]), test[0], thresholds)}


def measure(system: str, page: Path, solution: Path, seeds: list[int]) -> Result | None:
    """Train a system on a set."""
    if system in OTHERS:
        return of_other(OTHERS[system], page, solution, seeds[0])
    return blended(page, solution) if system == "blend" else of_regard(RUNS[system], page, solution, seeds)


def cell(result: Result) -> str:
    """A result as the table shows it."""
    return f"{result['test']:.4f} ({result['oof']:.4f}), {result['seconds'] / 60:.1f} min"


def table(found: dict[str, dict[str, Any]]) -> str:
    """The table as Markdown: for each system the test score, in brackets that out of fold, and the minutes."""
    systems = [system for system in SYSTEMS if any(system in results for results in found.values())]
    lines = ["| set, metric | " + " | ".join(systems) + " |", "|---" * (len(systems) + 1) + "|"]
    for name, results in sorted(found.items()):
        cells = [cell(results[system]) if system in results else "" for system in systems]
        lines.append(f"| {name}, {results['metric']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path)
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--systems", nargs="*", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--seeds", nargs="*", type=int, default=[1])
    arguments = parser.parse_args()
    found = json.loads(FOUND.read_text()) if FOUND.exists() else {}
    for name in arguments.only or names_of(arguments.sets):
        with tempfile.TemporaryDirectory() as place:
            page = set_up(name, arguments.sets, Path(place))
            train(name, Path(place), [], script="prepare.py")  # what is shared counts for no system
            found.setdefault(name, {})["metric"] = read_competition(page).metric
            for system in arguments.systems:
                result = measure(system, page, arguments.sets / name / "solution.csv", arguments.seeds)
                print(name, system, result, flush=True)
                found[name] |= {system: result} if result else {}
                FOUND.write_text(json.dumps(found, indent=2) + "\n")
    before, start, rest = README.read_text(encoding="utf-8").partition(START)
    if not start:
        sys.exit(f"README.md has no line {START.strip()!r}: nowhere to write the table")
    README.write_text(before + start + table(found) + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
