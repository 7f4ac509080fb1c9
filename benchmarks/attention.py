r"""Compare kinds of attention, and other variants of the network, on public data sets.

    python benchmarks/attention.py path/to/sets --folder runs          # each page, each set
    python benchmarks/attention.py path/to/sets --folder runs --only mr trec6 --rows 3000 --folds 3
    python benchmarks/attention.py path/to/sets --folder runs --pages structured entmax15 \
        --variants "self_attention: model.sequence_attention=[self_attention]" --seeds 1 2 3

Each folder of `sets` holds train.csv, test.csv, sample_submission.csv and solution.csv, the labels
of the test rows. A variant is a page of conf/model/attention or named settings, in addition to
`--args`. The first page, feed_forward, is always trained: the others are compared with it.

Prints a table: out-of-fold score, test score, minutes of training, and the mean difference to
feed_forward over the same folds and seeds with its standard error; positive is better. Results are
written to `--results` after each run. Runs that are in that file are not trained again, so that an
interrupted measurement can continue: delete an entry to measure it anew. A run that fails is
reported, and left out.
"""

import argparse
import json
import math
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from competitions import find_sets, read_competition, read_scores, set_up, train
from results import draw_rows

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(page.stem for page in (ROOT / "conf" / "model" / "attention").glob("*.yaml"))
BASELINE = "feed_forward"
Result = dict[str, Any]  # of a run: scores, seconds and the settings that it was trained with
Variants = dict[str, list[str]]  # settings by name


def variants_of(pages: list[str], named: list[str]) -> Variants:
    """Return the settings of each variant, the baseline first.

    Example:
        ["dot"], ["wide: model.rnn.units=128 seed=2"] -> {"feed_forward":
            ["model/attention=feed_forward"], "dot": ["model/attention=dot"],
            "wide": ["model.rnn.units=128", "seed=2"]}
    """
    found = {page: [f"model/attention={page}"] for page in dict.fromkeys([BASELINE, *pages])}
    for text in named:
        name, colon, words = text.partition(":")
        if not colon or not words.strip() or name in found:
            sys.exit(f"{text!r}: write a new name and its settings, 'name: key=value key=value'")
        found[name] = shlex.split(words)
    return found


def run_once(name: str, folder: Path, solution: Path, words: list[str]) -> Result:
    """Train a run and return its results."""
    run = train(name, folder, words)
    page = folder / "conf" / "competition" / f"{name}.yaml"
    oof, test = read_scores(read_competition(page), run, solution)
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return {
        "oof": oof,
        "test": test,
        "folds": metrics["fold_scores"],
        "seconds": metrics["seconds_of_all_folds"],
        "parameters": metrics["n_trainable_parameters"],
        "greater_is_better": metrics["greater_is_better"],
        "metric": metrics["metric"],
        "words": words,
    }


def missing(
    found: dict[str, Result], variants: Variants, seeds: list[int], words: list[str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield the key and the settings of each run of a set that has no result."""
    for seed in seeds:
        for variant, own in variants.items():
            settings = [*words, *own, f"seed={seed}"]
            key = f"{variant}/{seed}"
            if found.get(key, {}).get("words") != settings:
                yield key, settings


def measure(
    files: Path, folder: Path, variants: Variants, arguments: argparse.Namespace
) -> dict[str, dict[str, Result]]:
    """Train what is missing of a set, write each result at once, and return all results."""
    path: Path = arguments.results
    all_found = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    found = all_found.setdefault(files.name, {})
    set_up(files.name, files.parent, folder)
    words = [*arguments.args, *([f"folds.n_folds={arguments.folds}"] if arguments.folds else [])]
    for key, settings in missing(found, variants, arguments.seeds, words):
        try:
            found[key] = run_once(files.name, folder, files / "solution.csv", settings)
        except SystemExit as error:  # of `train`, with the message of the run
            print(f"{files.name} {key} failed: {str(error.code)[-500:]}", flush=True)
            continue
        path.write_text(json.dumps(all_found, indent=1) + "\n", encoding="utf-8")
        print(f"{files.name} {key}: {found[key]['oof']:.4f} {found[key]['test']:.4f}", flush=True)
    return all_found


def difference(found: dict[str, Result], variant: str) -> tuple[float, float] | None:
    """Return by how much a variant's folds are better than the baseline's, and the standard error.

    Returns:
        The mean over the folds and seeds of both, and its standard error, NaN for one fold; None
        if there are none.

    Example:
        folds 0.8 0.9 of the baseline, 0.82 0.94 of the variant -> 0.03, 0.01
    """
    pairs = []
    for key, result in found.items():
        name, _, seed = key.rpartition("/")
        other = found.get(f"{BASELINE}/{seed}")
        if name == variant and other and len(other["folds"]) == len(result["folds"]):
            sign = 1.0 if result["greater_is_better"] else -1.0
            folds = zip(result["folds"], other["folds"], strict=True)
            pairs += [sign * (own - baseline) for own, baseline in folds]
    if not pairs:
        return None
    error = stdev(pairs) / math.sqrt(len(pairs)) if len(pairs) > 1 else math.nan
    return mean(pairs), error


def table(all_found: dict[str, dict[str, Result]]) -> str:
    """Return the results as Markdown, a row for each set and variant."""
    lines = [
        "| set, metric | variant | out of fold | test | minutes | better by | seeds |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, found in sorted(all_found.items()):
        for variant in dict.fromkeys(key.rpartition("/")[0] for key in found):
            results = [each for key, each in found.items() if key.rpartition("/")[0] == variant]
            oof, test, seconds = (
                mean(each[part] for each in results) for part in ("oof", "test", "seconds")
            )
            better = None if variant == BASELINE else difference(found, variant)
            shown = f"{better[0]:+.4f} ± {better[1]:.4f}" if better else ""
            cells = (f"{oof:.4f}", f"{test:.4f}", f"{seconds / 60:.1f}", shown, str(len(results)))
            lines.append(f"| {name}, {results[0]['metric']} | {variant} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", type=Path)
    parser.add_argument("--folder", type=Path, required=True, help="of the runs, kept")
    parser.add_argument("--results", type=Path, help="JSON; default: <folder>/attention.json")
    parser.add_argument("--only", nargs="*", help="names of sets")
    parser.add_argument("--rows", type=int, help="use so many random rows of each train.csv")
    parser.add_argument("--folds", type=int, help="default: that of the settings")
    parser.add_argument("--seeds", nargs="*", type=int, default=[1])
    parser.add_argument("--pages", nargs="*", choices=PAGES, default=PAGES, metavar="PAGE")
    parser.add_argument("--variants", nargs="*", default=[], help="'name: key=value ...'")
    parser.add_argument("--args", nargs="*", default=["experiment=network"], help="of all runs")
    arguments = parser.parse_args(words)
    # Absolute: the data is linked from the folder.
    arguments.folder = arguments.folder.resolve()
    arguments.results = arguments.results or arguments.folder / "attention.json"
    return arguments


def main() -> None:
    """Measure all sets, and print the table."""
    arguments = parsed()
    variants = variants_of(arguments.pages, arguments.variants)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    all_found: dict[str, dict[str, Result]] = {}
    for name in arguments.only or find_sets(arguments.sets):
        files = arguments.sets / name
        if arguments.rows:
            files = draw_rows(files, arguments.rows, arguments.folder / "sets")
        all_found = measure(files, arguments.folder, variants, arguments)
    print(table(all_found), end="")


if __name__ == "__main__":
    main()
