"""The folders of a run, and the rows of its files."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from regard.artefacts import MANIFEST, read_json
from regard.data.tables import read_table, texts_of
from regard.errors import ArtefactError

if TYPE_CHECKING:
    from regard.config import Config


class RunFolders:
    """One configuration's folders, and the tables in them, each read once and kept.

    Args:
        config: all settings.
        folders: the folder of each stage, by the stage's name.
        input_hashes: the hash of the "train", "test" and "sample" file.
        fingerprints: the fingerprint of each stage, by the stage's name.
    """

    def __init__(
        self,
        config: Config,
        folders: Mapping[str, Path],
        input_hashes: Mapping[str, str],
        fingerprints: Mapping[str, str] | None = None,
    ) -> None:
        self.config = config
        self.folders = dict(folders)
        self.input_hashes = dict(input_hashes)
        self.fingerprints = dict(fingerprints or {})
        # The rows of train, of test and of the sample, once they have been read.
        self._tables: dict[str, pd.DataFrame] = {}

    @property
    def folder(self) -> Path:
        """The folder of the models, scores, submission and report."""
        return self.folders["train"]

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.name

    @property
    def unfinished_folder(self) -> Path:
        """The folder that is written to until the last fold is trained."""
        return self.folder.with_name(f".{self.name}.unfinished")

    @property
    def competition_folder(self) -> Path:
        """The folder of all artefacts of the competition."""
        return self.folder.parent.parent

    def artefact(self, stage: str) -> Path:
        """Return the folder that a stage has made.

        Raises:
            ArtefactError: the run has no such stage, or its folder is missing.
        """
        folder = self.folders.get(stage)
        if folder is None:
            raise ArtefactError(f"this run has no artefact of the stage {stage}")
        if not folder.is_dir():
            raise ArtefactError(
                f"{folder} is missing: the stage {stage} has not run, or the run was moved without "
                "the folders next to runs/, which it shares with others"
            )
        return folder

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the finished run."""
        manifest: dict[str, Any] = read_json(self.artefact("train") / MANIFEST)
        return manifest

    def table(self, part: str) -> pd.DataFrame:
        """Return the rows of the "train", "test" or "sample" file; every column is str."""
        if part not in self._tables:
            self._tables[part] = read_table(self._tables_folder(part), part)
        return self._tables[part]

    def columns(self, part: str, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns of a table.

        Of a table that was not read yet, the others are not read either: most of a table is texts,
        and a worker that needs one column of numbers should not hold them.
        """
        if part in self._tables:
            return self._tables[part][list(names)]
        return read_table(self._tables_folder(part), part, names)

    def _tables_folder(self, part: str) -> Path:
        return self.artefact("tables" if part == "train" else "test_tables")

    @functools.cached_property
    def train_ids(self) -> pd.Series:
        """The ids of the train rows."""
        column = self.config.competition.id_column
        return self.columns("train", [column])[column]

    @functools.cached_property
    def test_ids(self) -> pd.Series:
        """The ids of the test rows."""
        column = self.config.competition.id_column_of_test
        return self.columns("test", [column])[column]

    def texts(self, part: str) -> list[list[str]]:
        """Return the texts of the "train" or "test" rows as they came, column by column."""
        competition = self.config.competition
        return texts_of(self.table(part), competition.text_columns, competition.texts)
