"""Measure the size of a report with many explained rows, and how long a browser takes to show it.

    python benchmarks/report_size.py                  # 10,000 test rows of 30 words, five folds
    python benchmarks/report_size.py --rows 1000 --words 300 --folds 5

It prints the size of the page, the seconds of rendering it, those until Chromium shows the first
row, and those of a search. The rows have random words and weights, by two methods.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from regard.report import Browser, BrowserRow, HeldOutRows, ReportData, render_report
from regard.runs.explained import WeighedWords
from regard.tasks import TASKS, Targets

METHODS = ("attention", "integrated_gradients")
LABELS = ("sea", "wood", "town")
SCORES = {
    "metric": "accuracy",
    "greater_is_better": True,
    "oof_score": 0.9,
    "fold_scores": [0.9, 0.9],
    "n_trainable_parameters": 1,
    "seconds_of_all_folds": 1.0,
    "thresholds": None,
}


def make_rows(n_rows: int, n_words: int, n_folds: int) -> list[BrowserRow]:
    """Return test rows of random words, with weights by every fold and method."""
    rng = np.random.default_rng(0)
    vocabulary = np.array([f"word{number}" for number in range(2000)])
    rows = []
    for number in range(n_rows):
        words = rng.choice(vocabulary, n_words).tolist()
        pieces = (words[0], *(f" {word}" for word in words[1:]))
        weights = rng.normal(size=(len(METHODS), n_folds, 1, n_words)).astype(np.float32)
        methods = {
            name: WeighedWords((("text", pieces),), own)
            for name, own in zip(METHODS, weights, strict=True)
        }
        models = [f"fold_{fold}" for fold in range(n_folds)]
        output = rng.dirichlet(np.ones(len(LABELS))).astype(np.float32)
        rows.append(BrowserRow(f"row{number}", "test", models, methods, output))
    return rows


def make_page(rows: list[BrowserRow]) -> str:
    """Return a report of these rows alone."""
    held_out = HeldOutRows(["r"], ["text"], Targets(np.array([0])), np.array([[0.5, 0.3, 0.2]]))
    data = ReportData(
        competition="size",
        run="run",
        finished="",
        overrides=[],
        sections=["explanations"],
        task=TASKS["multi_class"](LABELS),
        scores=SCORES,
        histories=[],
        held_out=held_out,
        n_train=1,
        n_test=len(rows),
        browser=Browser(rows),
    )
    return render_report(data)


def measure(page: str) -> tuple[float, float]:
    """Return the seconds until the first row is shown, and those of a search."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "report.html"
        path.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        opened = browser.new_page()
        started = time.perf_counter()
        opened.goto(path.as_uri())
        opened.wait_for_selector("#browser-texts .words span")
        shown = time.perf_counter()
        opened.fill("#browser-search", "word7")
        opened.wait_for_function(
            "document.getElementById('browser-count').textContent.includes(' of ')"
        )
        searched = time.perf_counter()
        browser.close()
    return shown - started, searched - shown


def main() -> None:
    """Measure one page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("rows", 10_000), ("words", 30), ("folds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    arguments = parser.parse_args()
    rows = make_rows(arguments.rows, arguments.words, arguments.folds)
    started = time.perf_counter()
    page = make_page(rows)
    seconds = time.perf_counter() - started
    opening, searching = measure(page)
    print(f"{arguments.rows:,} rows of {arguments.words} words, {arguments.folds} folds")
    print(f"{len(page.encode()) / 1e6:.1f} MB, rendered in {seconds:.1f} s")
    print(f"shown after {opening:.2f} s, searched in {searching:.2f} s")


if __name__ == "__main__":
    main()
