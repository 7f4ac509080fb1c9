"""Join the columns of other files to the rows of train and test, such as the prompts of essays."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from regard.data.whole_files import WholeFile, first_few, read_whole
from regard.errors import DataError

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

_log = logging.getLogger(__name__)


def digest_with_joins(
    own: str, competition: CompetitionConfig, hash_of: Callable[[str], str]
) -> str:
    """Return the hash of a file and of those that are joined to it.

    Args:
        own: the hash of the file itself; it is returned if nothing is joined.
        competition: names the joined files.
        hash_of: returns the hash of a file by its name.
    """
    if not competition.joined_files:
        return own
    hashes = [own, *map(hash_of, competition.joined_files)]
    return hashlib.blake2b("".join(hashes).encode()).hexdigest()


def join_files(file: WholeFile, competition: CompetitionConfig, folder: Path) -> WholeFile:
    """Return a train or test file with the columns of `competition.joined_files`.

    Args:
        file: the rows.
        competition: the names of the files, and the column that they share with the rows.
        folder: where the files are.

    Raises:
        DataError: a file is missing or broken, has a key twice or lacks one, or a column is in both
            files.

    Example:
        rows prompt_id "b", "a"; file prompt_id "a", "b", prompt_text "x", "y"
        -> a column prompt_text "y", "x"
    """
    key = competition.join_column
    if key is None:
        return file
    file.need_columns([key])
    parts = {
        name: read_whole(folder / name, competition.dialect("train"))
        for name in competition.joined_files
    }
    for part in parts.values():
        part.need_columns([key])
    frame = _join(file.frame, {name: part.frame for name, part in parts.items()}, key, file.path)
    digest = digest_with_joins(file.digest, competition, lambda name: parts[name].digest)
    return dataclasses.replace(file, frame=frame, digest=digest)


def _join(
    frame: pd.DataFrame, parts: Mapping[str, pd.DataFrame], key: str, path: Path
) -> pd.DataFrame:
    """Return rows with the columns of the files that have their keys."""
    files = ", ".join(parts)
    other = pd.concat(parts.values(), ignore_index=True).fillna("").drop_duplicates()
    repeated = other[key].duplicated()
    if repeated.any():
        raise DataError(
            f"{files}: {repeated.sum()} rows repeat a {key!r} with other cells (first: "
            f"{first_few(other[key][repeated])}); keep one row for each, or set "
            "competition.joined_files=[] and competition.join_column=null"
        )
    missing = frame[key][~frame[key].isin(other[key])]
    if len(missing):
        raise DataError(
            f"{path}: {missing.nunique()} values of {key!r} are not in {files} (first: "
            f"{first_few(missing.unique())}); add them, or name the file that has them in "
            "competition.joined_files"
        )
    added = other.set_index(key)
    if common := [column for column in added if column in frame]:
        raise DataError(
            f"{path} and {files} both have a column {common[0]!r}; rename one of them, or set "
            "competition.joined_files=[] and competition.join_column=null"
        )
    rows = added.loc[frame[key]]
    _log.info("%s: %s joined by %s", path.name, first_few(added.columns), key)
    return pd.concat([frame, rows.set_index(frame.index)], axis=1)
