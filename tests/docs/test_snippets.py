"""The plugins that the pages show are imported and train a run."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "pages" / "extend"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
FAST = ["folds.n_folds=2", "report.n_explained_rows=1"]
LINEAR = ["model=tfidf_linear", "model.min_df=1", "model.C=[1.0]"]
NETWORK = ["embeddings=glove_6b_50d", "training.epochs=1", "compute.n_workers=1"]

pytestmark = pytest.mark.slow


def blocks(page: str, language: str) -> list[str]:
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    return [block for kind, block in BLOCK.findall(text) if kind == language]


def settings(page: str) -> list[str]:
    """The settings of the first command of a page that names a plugin."""
    (command, *_) = [
        line for block in blocks(page, "sh") for line in block.splitlines() if "plugins=" in line
    ]
    (words,) = [word for word in shlex.split(command) if word.startswith("ARGS=")]
    return words.removeprefix("ARGS=").split()


@pytest.fixture
def folder(tmp_path):
    """A folder with a competition `mine`: 24 short texts, two classes, and a number."""
    data = tmp_path / "data" / "mine"
    data.mkdir(parents=True)
    texts = [f"{'good' if row % 2 else 'bad'} text number {row}" for row in range(24)]
    train = pd.DataFrame({"id": range(24), "text": texts})
    train["label"] = ["yes" if row % 2 else "no" for row in range(24)]
    train["number"] = [row % 7 for row in range(24)]
    train.to_csv(data / "train.csv", index=False)
    train[["id", "text"]].assign(id=range(100, 124)).to_csv(data / "test.csv", index=False)
    (tmp_path / "conf" / "competition").mkdir(parents=True)
    (tmp_path / "conf" / "model").mkdir()
    return tmp_path


def write_competition(folder: Path, column: str, task: str) -> None:
    page = f"defaults: [base]\nname: mine\nlabel_columns: [{column}]\ntask: {task}\n"
    (folder / "conf" / "competition" / "mine.yaml").write_text(page, encoding="utf-8")
    sample = pd.DataFrame({"id": range(100, 124), column: 0})
    sample.to_csv(folder / "data" / "mine" / "sample_submission.csv", index=False)


def write_plugin(folder: Path, page: str, block: int = 0) -> None:
    """Write the module of a page, one of its blocks, under the name that its command has."""
    (plugins,) = [word for word in settings(page) if word.startswith("plugins=")]
    path = folder / Path(*plugins.removeprefix("plugins=").strip("[]").split("."))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".py").write_text(blocks(page, "python")[block], encoding="utf-8")


def train(folder: Path, *words: str) -> dict:
    """Train a run of `mine` and return its metrics.json."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", "from regard.cli import main; main()", "train"]
    done = subprocess.run(
        [*command, "competition=mine", *FAST, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    latest = folder / "outputs" / "mine" / "latest"
    return json.loads((latest / "metrics.json").read_text(encoding="utf-8"))


def test_the_cleaning_step_of_the_page_on_plugins(folder):
    write_competition(folder, "label", "multi_class")
    write_plugin(folder, "plugins")
    train(folder, *settings("plugins"), *LINEAR)
    (vocabulary,) = folder.glob("outputs/mine/prepare/*/vocabulary.txt")
    tokens = vocabulary.read_text(encoding="utf-8").split()
    assert "00" in tokens
    assert not {"1", "11", "23"} & set(tokens)


def test_the_metric_of_its_page(folder):
    write_competition(folder, "label", "multi_class")
    write_plugin(folder, "metric", -1)
    scores = train(folder, *settings("metric"), *LINEAR)
    assert scores["metric"] == "worst_recall"
    assert scores["oof_score"] == 1.0


def test_the_task_of_its_page(folder):
    write_competition(folder, "number", "regression")
    write_plugin(folder, "task")
    scores = train(folder, *settings("task"), *LINEAR)
    assert scores["metric"] == "rmse"
    assert 0.0 < scores["oof_score"] < 7.0


def test_the_encoder_of_its_page(folder):
    write_competition(folder, "label", "multi_class")
    write_plugin(folder, "encoder")
    page = folder / "conf" / "model" / "per_token.yaml"
    page.write_text(blocks("encoder", "yaml")[0], encoding="utf-8")
    scores = train(folder, *settings("encoder"), *NETWORK)
    assert scores["metric"] == "accuracy"


def test_the_score_of_its_page(folder):
    write_competition(folder, "label", "multi_class")
    write_plugin(folder, "score")
    scores = train(folder, *settings("score"), *NETWORK)
    assert scores["metric"] == "accuracy"
