"""A real report among the pages: articles of the shipped BBC set, trained while the site is built.

MkDocs calls `on_files` (see `hooks` in mkdocs.yml). The run is kept in build/sample-report, so that
another build trains nothing unless the code of a stage has changed. Without the setting
`sample_report` of mkdocs.yml, which the environment variable SAMPLE_REPORT overrides, a page takes
its place that says how to make it.
"""

import os
from pathlib import Path
from typing import Any

import pandas as pd

import regard
from regard.artefacts import write_csv
from regard.data.shipped import bbc_news

HOME = Path(__file__).resolve().parent.parent / "build" / "sample-report"
PAGE = "sample-report.html"
PLACEHOLDER = (
    '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>Sample report</title>\n'
    "<p>This site was built without the sample report: SAMPLE_REPORT=true make docs adds it.</p>\n"
)
# One strength of the regularization and no n-grams of characters: a tenth of the time.
LINEAR = {"model": "tfidf_linear", "overrides": ["model.C=[4.0]", "model.characters=false"]}
NETWORK = {
    "training": {"epochs": 6, "learning_rate": 0.005},
    "batches": {"size": 32, "max_tokens": 100},
    "report": {"n_worst_rows": 5, "n_explained_rows": 12},
}


def on_files(files: Any, *, config: Any, **_: Any) -> Any:
    """Add the report to the files of the site: the hook of MkDocs."""
    from mkdocs.structure.files import File

    if config["extra"]["sample_report"]:
        path = make_report(HOME, NETWORK)
        files.append(File.generated(config, PAGE, abs_src_path=str(path)))
    else:
        files.append(File.generated(config, PAGE, content=PLACEHOLDER))
    return files


def make_report(home: Path, network: dict[str, Any], n_train: int = 400, n_test: int = 100) -> Path:
    """Train a linear model and a network on a part of the articles.

    Args:
        home: the folder of the artefacts.
        network: settings of the network; the linear model is there to be compared with.
        n_train: the number of train rows.
        n_test: the number of test rows.

    Returns:
        The path of the report of the network.
    """
    files = bbc_news()
    train = files["train"].head(n_train)
    test = files["test"].head(n_test)
    # With the labels of the test rows the report has a test score, too.
    solution = home / "bbc_news" / "files" / "bbc_news" / "solution.csv"
    solution.parent.mkdir(parents=True, exist_ok=True)
    write_csv(solution, files["solution"].head(n_test))
    _fit(home, train, test, LINEAR)
    return _fit(home, train, test, {"model": "lstm_attention", **network}).folder / "report.html"


def _fit(
    home: Path, train: pd.DataFrame, test: pd.DataFrame, settings: dict[str, Any]
) -> regard.Run:
    return regard.fit(
        train,
        target="category",
        test=test,
        name="bbc_news",
        folds={"n_folds": 3},
        # The report shows the setting; no reader needs to know the folders of the machine.
        output_dir=os.path.relpath(home),
        **settings,
    )
