"""A tiny competition, and settings to train on it in seconds."""

import functools
import random
import re
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from regard.config import (
    CompetitionConfig,
    Config,
    ServeConfig,
    from_hydra,
    register_schema,
)

CONF = Path(__file__).resolve().parents[2] / "conf"
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
    "report.n_explained_rows=0",  # a run of networks would start its workers once more
]


def tiny_tables(n_train: int = 48, n_test: int = 12, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Build texts of three subjects; some are empty, repeated or have awkward characters."""
    rng = random.Random(seed)
    rows = []
    for number in range(n_train + n_test):
        subject = list(WORDS)[number % 3]
        words = rng.choices(WORDS[subject], k=rng.randint(2, 6)) + rng.choices(
            FILLER, k=rng.randint(1, 30)
        )
        rng.shuffle(words)
        rows.append({"id": f"x{number:03d}", "text": " ".join(words), "category": subject})
    rows[3]["text"], rows[n_train]["text"] = "", ""
    rows[4]["text"] = rows[7]["text"]
    rows[4]["category"] = rows[7]["category"]
    rows[5]["text"] += ' <script>alert("x")</script>,\nnew line'
    train, test = pd.DataFrame(rows[:n_train]), pd.DataFrame(rows[n_train:])
    sample = pd.DataFrame({"id": test["id"], "category": "sea"})
    return {
        "train": train,
        "test": test[["id", "text"]],
        "sample_submission": sample.sample(frac=1, random_state=1),
    }


def write_tables(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write a competition's CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def competition(**settings: Any) -> CompetitionConfig:
    """Build a competition from conf/competition/base.yaml with some settings changed."""
    base = yaml.safe_load((CONF / "competition" / "base.yaml").read_text(encoding="utf-8"))
    needed = {"name": "c", "label_columns": ["label"], "task": "multi_class"}
    return CompetitionConfig(**{**base, **needed, **settings})


@functools.cache
def _served_by_default() -> dict[str, Any]:
    page = yaml.safe_load((CONF / "config.yaml").read_text(encoding="utf-8"))
    return dict(page["serve"])


def serve_settings(**changed: Any) -> ServeConfig:
    """Return the settings of serving of conf/config.yaml, on any free port, with some changed."""
    return ServeConfig(**{**_served_by_default(), "port": 0, **changed})


def by_hydra(*overrides: str) -> DictConfig:
    """Compose settings with Hydra as a script does; this takes a quarter of a second."""
    register_schema()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("config", overrides=["overrides=[]", *overrides])


_pages = functools.cache(by_hydra)


@functools.cache
def compose_config(*overrides: str) -> Config:
    """Compose pages of `conf/` with Hydra, once, and set single values without it.

    Values are parsed as YAML. Use `by_hydra` to test Hydra's own grammar and messages.
    """
    values = [
        word
        for word in overrides
        if word[0] not in "+~" and not (CONF / re.split("[=@]", word)[0]).is_dir()
    ]
    pages = _pages(*(word for word in overrides if word not in values))
    return from_hydra(OmegaConf.unsafe_merge(pages.copy(), OmegaConf.from_dotlist(values)))
