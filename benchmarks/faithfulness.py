"""Measure how faithful the explanations of a trained run are.

    python benchmarks/faithfulness.py outputs/bbc_news/latest data/bbc_news/test.csv --rows 100

Explains some rows by every method that suits the run, removes the words with the most weight, and
prints how much less probable the predicted label becomes: see docs/pages/explain.md. Rows that the
run was not trained on are best.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from regard.pipeline import load
from regard.runs.explaining import METHODS, Faithfulness, measure_faithfulness
from regard.runs.run import Run

COLUMNS = {
    "comprehensiveness": "20 % out",
    "ratio": "x random",
    "sufficiency": "20 % left",
    "area": "area",
    "area_ratio": "x random",
    "seconds": "s/text",
}


def main() -> None:
    """Print a line for each method, and one for each pair of methods."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="the folder of a run")
    parser.add_argument("file", type=Path, help="a CSV file of rows")
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--methods", nargs="*", help="all that suit the run by default")
    parser.add_argument("--seed", type=int, default=0, help="of the rows and the random words")
    arguments = parser.parse_args()
    run = load(arguments.run)
    table = pd.read_csv(arguments.file, dtype=str, keep_default_na=False)
    print(
        "\n".join(lines(measure(run, table, arguments.rows, arguments.methods, arguments.seed))),
        flush=True,
    )


def measure(
    run: Run, table: pd.DataFrame, n_rows: int, methods: list[str] | None, seed: int
) -> Faithfulness:
    """Measure methods on some rows of a table, drawn at random."""
    methods = methods or [name for name, method in METHODS.items() if method.suits(run)]
    rows = np.random.default_rng(seed).permutation(len(table))[:n_rows]
    return measure_faithfulness(run, table.iloc[np.sort(rows)], methods, seed=seed)


def lines(found: Faithfulness) -> list[str]:
    """Return the table of methods, then how far each pair agrees."""
    head = f"{found.n_rows} rows".ljust(24) + "".join(f"{name:>11}" for name in COLUMNS.values())
    shown = [head]
    for method, row in found.table.iterrows():
        figures = "".join(f"{row[column]:11.3f}" for column in COLUMNS)
        shown.append(f"{method:24}{figures}")
    shown.append(f"most faithful: {found.most_faithful}")
    for pair in found.agreement.itertuples():
        shown.append(
            f"{pair.method} and {pair.other}: tau {pair.tau:.2f}, {pair.overlap:.0%} of 20 %"
        )
    return shown


if __name__ == "__main__":
    main()
