"""Measure speed, and write the results as JSON and as a table: `make bench`, an hour on 2 cores.

    python benchmarks/bench.py                      # everything
    python benchmarks/bench.py recurrent vectors    # only these; the others keep their last results

Results go to benchmarks/speed.json and the table to docs/pages/speed.md. Needs the extra `bench`.
Alternatives are measured in turns within one run; the table shows medians of ratios.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import encoding
import read_vectors
import recurrent_speed
import whole_way

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / "benchmarks" / "speed.json"
PAGE = ROOT / "docs" / "pages" / "speed.md"
START = "<!-- speed: written by make bench -->\n\n"
END = "\n<!-- end of speed -->"

MEASURES: dict[str, Callable[[], Any]] = {
    "recurrent": recurrent_speed.measure,
    "vectors": read_vectors.measure,
    "encoding": encoding.measure,
    "whole_way": whole_way.measure,
    "whole_way_bbc_news": lambda: whole_way.measure(competition="bbc_news"),
}


def processor() -> str:
    """Name the number of cores and the processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} cores of {names[0] if names else platform.processor()}"


def rows_of(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the rows of the table: the measurement, the speed-up and the alternative."""
    rows = []
    for measure, title in (
        ("whole_way", "10,000 texts like Toxic's"),
        ("whole_way_bbc_news", "BBC news"),
    ):
        for name, row in found.get(measure, {}).items():
            if name != "Regard":
                ours = found[measure]["Regard"]
                measurement = (
                    f"{title}, CSV to submission: {ours['seconds']:.0f} s against "
                    f"{row['seconds']:.0f} s, score {ours['score']:.3f} against {row['score']:.3f}"
                )
                rows.append((measurement, f"{row['ratio']:.1f}", name))
    for size, row in found.get("recurrent", {}).items():
        for mode in ("training", "prediction"):
            measurement = (
                f"LSTM, {mode}, {size}: {row[mode]:,.0f} texts/s, "
                f"{row[f'{mode}_share']:.0%} of the matrix rate"
            )
            ratio = f"{row[f'{mode}_ratio']:.2f}"
            rows.append((measurement, ratio, "PyTorch, all cores as threads"))
    rows += read_vectors.rows_of(found["vectors"]) if "vectors" in found else []
    for name, row in found.get("encoding", {}).get("against_the_notebooks", {}).items():
        if name != "the notebooks":
            measurement = (
                f"Texts to token ids, one thread, {name}: "
                f"{row['microseconds_per_row']:.0f} us a text"
            )
            alternative = "25 substitutions and Keras's Tokenizer"
            rows.append((measurement, f"{row['ratio']:.1f}", alternative))
    for row in found.get("encoding", {}).get("growth", [])[-1:]:
        microseconds = row["reading_microseconds_per_row"] + row["encoding_microseconds_per_row"]
        measurement = (
            f"CSV to token ids, {row['rows']:,} texts of {row['tokens'] / 1e6:.0f} M tokens: "
            f"{microseconds * row['rows'] / 1e6:.0f} s, {row['peak_mb'] / 1000:.2f} GB at most"
        )
        rows.append((measurement, "", ""))
    return rows


def table(found: dict[str, Any]) -> str:
    """Write the table as Markdown."""
    lines = [f"| measured on {found['machine']} | speed-up | over |", "|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows_of(found)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "measures", nargs="*", choices=[[], *MEASURES], help="all, if none is named"
    )
    chosen = parser.parse_args().measures or list(MEASURES)
    found = json.loads(FOUND.read_text()) if FOUND.exists() else {}
    for name in chosen:
        print(f"{name} ...", file=sys.stderr, flush=True)
        found = {**found, "machine": processor(), name: MEASURES[name]()}
        FOUND.write_text(json.dumps(found, indent=2) + "\n")
    before, start, rest = PAGE.read_text(encoding="utf-8").partition(START)
    if not start:
        sys.exit(f"{PAGE} has no line {START.strip()!r} for the table")
    PAGE.write_text(before + start + table(found) + END + rest.partition(END)[2], encoding="utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
