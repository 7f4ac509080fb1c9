"""Generated train, test and sample tables, and the guesses that are made from them."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.cases import CONF
from regard.competitions.discovery import discover
from regard.competitions.discovery.known import read_page
from regard.data.tables import Tables

BASE = read_page((CONF / "competition" / "base.yaml").read_text(encoding="utf-8"))
PAGES = {
    path.stem: read_page(path.read_text(encoding="utf-8"))
    for path in (CONF / "competition").glob("*.yaml")
    if path.stem != "base"
}
WORDS = [
    "the",
    "old",
    "ship",
    "lay",
    "in",
    "a",
    "quiet",
    "harbour",
    "while",
    "rain",
    "fell",
    "on",
    "roofs",
    "again",
]
N_TEST = 20


def frame(**columns: Sequence[str]) -> pd.DataFrame:
    """Return a frame with columns of str."""
    return pd.DataFrame(columns, dtype="str")


def text_tables(
    texts: Sequence[str], labels: Sequence[str], test_texts: Sequence[str] = ("x",)
) -> Tables:
    """Return tables with the columns id, text and label; ids are a0, a1, ... and b0, b1, ..."""
    train = frame(id=[f"a{row}" for row in range(len(texts))], text=list(texts), label=list(labels))
    test = frame(id=[f"b{row}" for row in range(len(test_texts))], text=list(test_texts))
    return Tables(train, test, frame(id=test["id"], label=list(labels)[:1] * len(test)))


def sentences(n: int, seed: int = 0, length: int = 8) -> list[str]:
    """Return different random sentences."""
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=length)) + f" no {seed}x{row}" for row in range(n)]


def cycle(values: str, n: int) -> list[str]:
    """Return the values in turn.

    Example:
        cycle("0 1", 3) -> ["0", "1", "0"]
    """
    return [values.split()[row % len(values.split())] for row in range(n)]


def numbered(start: int, n: int) -> list[str]:
    """Return n consecutive numbers as str."""
    return [str(start + row) for row in range(n)]


def make_tables(
    labels: Mapping[str, Sequence[str]],
    sample: Mapping[str, str],
    n: int = 60,
    **inputs: Sequence[str],
) -> Tables:
    """Return n train rows and 20 test rows.

    Args:
        labels: the label columns of train.
        sample: the cell that each column of the sample repeats.
        n: the number of train rows.
        **inputs: the cells of train followed by those of test; by default a text.
    """
    inputs = inputs or {"text": sentences(n + N_TEST)}
    train = frame(
        id=numbered(0, n), **{name: cells[:n] for name, cells in inputs.items()}, **labels
    )
    test = frame(id=numbered(900, N_TEST), **{name: cells[n:] for name, cells in inputs.items()})
    samples = {name: [cell] * N_TEST for name, cell in sample.items()}
    return Tables(train, test, frame(id=test["id"], **samples))


def make_pairs(first: str, second: str, **labels: Sequence[str]) -> Tables:
    """Return tables with two text columns of these names."""
    labels = labels or {"label": cycle("0 1", 60)}
    texts = {first: sentences(80), second: sentences(80, 1)}
    return make_tables(labels, dict.fromkeys(labels, "0.5"), **texts)


def movie_reviews() -> Tables:
    """Return tables with the columns of conf/competition/movie_reviews.yaml."""
    train = frame(
        PhraseId=numbered(1, 60),
        SentenceId=[str(row // 4) for row in range(60)],
        Phrase=sentences(60),
        Sentiment=cycle("0 1 2 3 4", 60),
    )
    test = frame(
        PhraseId=numbered(61, N_TEST),
        SentenceId=[str(50 + row // 4) for row in range(N_TEST)],
        Phrase=sentences(N_TEST, 2),
    )
    return Tables(train, test, frame(PhraseId=test["PhraseId"], Sentiment=["2"] * N_TEST))


def confused_texts(order: Sequence[int], n: int = 900) -> tuple[list[str], list[str]]:
    """Return texts and labels of which a model confuses only neighbours in an order.

    Each text holds the word of its position in the order, and often that of a position next to it.

    Args:
        order: the label at each of the five positions.
        n: the number of texts.
    """
    rng = random.Random(3)
    positions = [rng.randrange(5) for _ in range(n)]
    texts = [
        f"w{max(0, min(4, position + rng.choice((-1, 0, 1))))} and {rng.choice(WORDS)} w{position}"
        for position in positions
    ]
    return texts, [str(order[position]) for position in positions]


def guess_settings(
    tables: Tables, pages: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Return the guessed settings by key."""
    guesses = discover(tables, base=BASE, pages=pages or {})
    return {guess.key: guess.value for guess in guesses}


def guess_task_and_metric(
    tables: Tables, pages: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[str, str, str]:
    """Return the guessed task, metric and submitted values."""
    settings = guess_settings(tables, pages)
    return settings["task"], settings["metric"], settings["submit"]


def find_doubts(tables: Tables) -> str:
    """Return the doubts about the guesses, a line each."""
    return "\n".join(guess.doubt for guess in discover(tables, base=BASE, pages={}))


def write_files(
    folder: Path,
    tables: Tables,
    names: tuple[str, str, str] = ("train.csv", "test.csv", "sample_submission.csv"),
    **options: Any,
) -> None:
    """Write the three files into a new folder."""
    folder.mkdir(parents=True)
    for name, part in zip(names, (tables.train, tables.test, tables.sample), strict=True):
        separator = "\t" if name.endswith(".tsv") else ","
        part.to_csv(folder / name, index=False, **{"sep": separator, **options})
