"""A tiny competition, and settings to train on it in seconds."""

import functools
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from regard import artefacts, compute
from regard.artefacts import read_array
from regard.config import CompetitionConfig, Config, from_hydra, register_schema
from regard.pipeline import running

CONF = Path(__file__).resolve().parent.parent / "conf"
WORDS = {
    "sea": ["ship", "wave", "salt", "harbour", "Sail"],
    "wood": ["tree", "leaf", "moss", "Bark", "root"],
    "town": ["street", "tram", "market", "bridge", "Lamp"],
}
FILLER = ["the", "a", "of", "and", "is", "in", "on", "it", ".", ","]
SMALL = [
    "competition=bbc_news",
    "competition.name=tiny",
    "competition.source=null",
    "embeddings.word2vec.embedding_dim=16",
    "model.rnn.units=8",
    "folds.n_folds=2",
    "training.epochs=3",
    "training.min_steps=0",
    "training.learning_rate=0.02",
    "batches.size=8",
    "report.n_attention_texts=3",
]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where slow tests are left out, files that say at their top that they hold no others are not read.

    Nearly all of them import Keras, which takes seconds.
    """
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return "\npytestmark = pytest.mark.slow" in collection_path.read_text(encoding="utf-8") or None


def tiny_tables(n_train: int = 48, n_test: int = 12, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Texts of three subjects, each with words of its own; some empty, some twice, some with awkward characters."""
    dice = random.Random(seed)
    rows = []
    for number in range(n_train + n_test):
        subject = list(WORDS)[number % 3]
        words = dice.choices(WORDS[subject], k=dice.randint(2, 6)) + dice.choices(FILLER, k=dice.randint(1, 30))
        dice.shuffle(words)
        rows.append({"id": f"x{number:03d}", "text": " ".join(words), "category": subject})
    rows[3]["text"], rows[n_train]["text"] = "", ""
    rows[4]["text"] = rows[7]["text"]
    rows[4]["category"] = rows[7]["category"]
    rows[5]["text"] += ' <script>alert("x")</script>,\nnew line'
    train, test = pd.DataFrame(rows[:n_train]), pd.DataFrame(rows[n_train:])
    sample = pd.DataFrame({"id": test["id"], "category": "sea"})
    return {"train": train, "test": test[["id", "text"]], "sample_submission": sample.sample(frac=1, random_state=1)}


def write_tables(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write a competition's CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def competition(**settings: Any) -> CompetitionConfig:
    """What conf/competition/base.yaml says, with a few settings of its own."""
    base = yaml.safe_load((CONF / "competition" / "base.yaml").read_text(encoding="utf-8"))
    needed = {"name": "c", "label_columns": ["label"], "task": "multi_class"}
    return CompetitionConfig(**{**base, **needed, **settings})


def by_hydra(*overrides: str) -> DictConfig:
    """Compose settings as a script does, without a script: a quarter of a second."""
    register_schema()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", overrides=["overrides=[]", *overrides])


_pages = functools.cache(by_hydra)


@functools.cache
def compose_config(*overrides: str) -> Config:
    """Settings by pages of `conf/`, which Hydra composes once, and by values put in after it.

    Values are read as YAML; what only Hydra's grammar has, and its messages, are for `by_hydra`.
    """
    values = [word for word in overrides if word[0] not in "+~" and not (CONF / word.partition("=")[0]).is_dir()]
    pages = _pages(*(word for word in overrides if word not in values))
    return from_hydra(OmegaConf.unsafe_merge(pages.copy(), OmegaConf.from_dotlist(values)))


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run jobs here, one after another: most of the time of a tiny run is that of importing Keras in its processes."""

    def run_jobs(jobs: list[compute.Job], *_: Any, **__: Any) -> list[Any]:
        return [job.function(*job.arguments, progress=lambda event: None) for job in jobs]

    monkeypatch.setattr(compute, "run_jobs", run_jobs)
    monkeypatch.setattr(compute, "warm_up", lambda *arguments: None)


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Config]:
    """Write the tiny competition and return a function from overrides to settings."""
    write_tables(tmp_path / "data" / "tiny", tiny_tables())
    folders = [f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}"]
    return lambda *overrides: compose_config(*SMALL, *folders, *overrides)


def _train_one_fold(config: Config, plan: Any, task: Any, truth: Any, fold: int, *, progress: Any) -> None:
    """What training leaves, without training: the truth, and noise by the seed."""
    random = np.random.default_rng([config.seed, fold])
    labels = truth.labels[read_array(plan.folds / "folds.npy") == fold]
    outputs = np.eye(task.n_outputs)[labels] + random.random((len(labels), task.n_outputs)) * 1.5
    with artefacts.new_folder(plan.unfinished_run / f"fold_{fold}") as place:
        np.save(place / "oof_outputs.npy", (outputs / outputs.sum(axis=1, keepdims=True)).astype(np.float32))
        epochs = [{"epoch": 1.0, "loss": 1.0, "valid_loss": 1.0, "score": 0.5, "seconds": 1.0}]
        artefacts.write_json(place / "history.json", {"best_epoch": 1, "n_trainable_parameters": 3, "epochs": epochs})


def _predict_folds(config: Config, plan: Any, task: Any, folds: Any, rows: Any, *, progress: Any) -> list[Any]:
    random = np.random.default_rng(config.seed)
    return [(random.dirichlet(np.ones(task.n_outputs), 12).astype(np.float32), None) for _ in folds]


@pytest.fixture
def quick(tiny: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, in_this_process: None) -> Callable[..., Config]:
    """Settings of the tiny competition, whose runs take no time."""
    monkeypatch.setattr(running, "_train_one_fold", _train_one_fold)
    monkeypatch.setattr(running, "_predict_folds", _predict_folds)
    return lambda *overrides: tiny("embeddings=word2vec", *overrides)
