"""Join the columns of other files to the rows of train and test, such as the prompts of essays."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from regard.artefacts import read_json, write_json
from regard.data.whole_files import WholeFile, first_few, read_whole
from regard.errors import ArtefactError, DataError

if TYPE_CHECKING:
    from regard.config import CompetitionConfig

JOINED_FILE = "joined.json"

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


@dataclass(frozen=True, eq=False)
class JoinedTable:
    """The rows of `competition.joined_files`, by the key that train and test share with them.

    A run keeps them, so that it can read the prompts of new rows.

    Attributes:
        key: `competition.join_column`.
        frame: the key and the other columns, every column str; each key once.
        files: the names of the files, for messages.
        digests: the hash of each file by its name.
    """

    key: str
    frame: pd.DataFrame
    files: str
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[str]:
        """The columns besides the key."""
        return [column for column in map(str, self.frame.columns) if column != self.key]

    def columns_to_give(self, needed: Sequence[str], present: Collection[str]) -> list[str]:
        """Return the columns that rows must have themselves.

        Args:
            needed: the columns that models read.
            present: the columns that the rows have; they come before those of the table.

        Example:
            needed text, prompt, of which the table has prompt by prompt_id:
            present text, prompt_id -> text, prompt_id; present text, prompt -> text, prompt
        """
        joined = [name for name in needed if name not in present and name in self.columns]
        keys = [self.key] if joined else []
        return list(dict.fromkeys([*(name for name in needed if name not in joined), *keys]))

    def complete(self, frame: pd.DataFrame, needed: Sequence[str], name: str) -> pd.DataFrame:
        """Return rows with the columns of the table that they lack.

        Args:
            frame: every column str.
            needed: the columns that models read.
            name: of the rows, for messages.

        Raises:
            DataError: the table has no row for a key.
        """
        lacking = [column for column in self.columns if column in needed and column not in frame]
        if not lacking or self.key not in frame:
            return frame
        keys = frame[self.key]
        if (unknown := keys[~keys.isin(self.frame[self.key])]).size:
            first = first_few(map(repr, unknown.unique()))
            raise DataError(
                f"{name}: {unknown.nunique()} values of {self.key!r} are not among those of "
                f"{self.files} (first: {first}); give the rows a column {lacking[0]!r}"
            )
        added = self.frame.set_index(self.key)[lacking].loc[keys]
        return pd.concat([frame, added.set_index(frame.index)], axis=1)

    def with_files(self, competition: CompetitionConfig, folder: Path) -> JoinedTable:
        """Return the table with those joined files that a folder has; their rows come first.

        The hidden test set of a code competition has its own prompts.

        Raises:
            DataError: a file is broken.
        """
        names = [name for name in competition.joined_files if (folder / name).is_file()]
        if not names:
            return self
        own = dataclasses.replace(competition, joined_files=names)
        newer = read_joined(own, folder)
        if newer is None or set(newer.frame) != set(self.frame):
            _log.warning(
                "%s: not read, as the columns are not those that the run has read (%s)",
                ", ".join(str(folder / name) for name in names),
                ", ".join(map(str, self.frame.columns)),
            )
            return self
        frame = pd.concat([newer.frame, self.frame], ignore_index=True)
        return dataclasses.replace(self, frame=frame.drop_duplicates(self.key, ignore_index=True))

    def write(self, folder: Path) -> None:
        """Write `joined.json`."""
        values = {"key": self.key, "files": self.files, "columns": self.frame.to_dict("list")}
        write_json(folder / JOINED_FILE, values)


def read_table_of_joins(folder: Path) -> JoinedTable:
    """Read the table that `JoinedTable.write` wrote.

    Raises:
        ArtefactError: the file is missing or broken.
    """
    path = folder / JOINED_FILE
    stored: Any = read_json(path)
    try:
        frame = pd.DataFrame(stored["columns"], dtype="str")
        table = JoinedTable(str(stored["key"]), frame, str(stored["files"]))
        if not frame[table.key].is_unique:
            raise ValueError("a key is there twice")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"{path}: not the joined files of a run; train it again") from error
    return table


def read_joined(competition: CompetitionConfig, folder: Path) -> JoinedTable | None:
    """Read `competition.joined_files` as one table; None if there are none.

    Raises:
        DataError: a file is missing or broken, or has a key twice.
    """
    key = competition.join_column
    if key is None:
        return None
    parts = {
        name: read_whole(folder / name, competition.dialect("train"))
        for name in competition.joined_files
    }
    for part in parts.values():
        part.need_columns([key])
    frames = [part.frame for part in parts.values()]
    frame = pd.concat(frames, ignore_index=True).fillna("").drop_duplicates(ignore_index=True)
    files = ", ".join(parts)
    repeated = frame[key].duplicated()
    if repeated.any():
        raise DataError(
            f"{files}: {repeated.sum()} rows repeat a {key!r} with other cells (first: "
            f"{first_few(frame[key][repeated])}); keep one row for each, or set "
            "competition.joined_files=[] and competition.join_column=null"
        )
    return JoinedTable(key, frame, files, {name: part.digest for name, part in parts.items()})


def join_files(
    file: WholeFile, competition: CompetitionConfig, table: JoinedTable | None
) -> WholeFile:
    """Return a train or test file with the columns of `competition.joined_files`.

    Args:
        file: the rows.
        competition: the names of the files.
        table: their rows, from `read_joined`.

    Raises:
        DataError: the files lack a key, or a column is in both.

    Example:
        rows prompt_id "b", "a"; table prompt_id "a", "b", prompt_text "x", "y"
        -> a column prompt_text "y", "x"
    """
    if table is None:
        return file
    file.need_columns([table.key])
    frame = _join(file.frame, table, file.path)
    digest = digest_with_joins(file.digest, competition, table.digests.__getitem__)
    return dataclasses.replace(file, frame=frame, digest=digest)


def _join(frame: pd.DataFrame, table: JoinedTable, path: Path) -> pd.DataFrame:
    """Return rows with the columns of the table that have their keys."""
    key = table.key
    known = table.frame[key]
    missing = frame[key][~frame[key].isin(known)]
    if len(missing):
        raise DataError(
            f"{path}: {missing.nunique()} values of {key!r} are not in {table.files} (first: "
            f"{first_few(missing.unique())}); add them, or name the file that has them in "
            "competition.joined_files"
        )
    if common := [column for column in table.columns if column in frame]:
        raise DataError(
            f"{path} and {table.files} both have a column {common[0]!r}; rename one of them, or "
            "set competition.joined_files=[] and competition.join_column=null"
        )
    rows = table.frame.set_index(key).loc[frame[key]]
    _log.info("%s: %s joined by %s", path.name, first_few(rows.columns), key)
    return pd.concat([frame, rows.set_index(frame.index)], axis=1)
