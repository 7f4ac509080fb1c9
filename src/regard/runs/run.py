"""A run: the folders of one configuration and everything in them."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.artefacts import MANIFEST, hash_file, read_array, read_json, read_text
from regard.data.inputs import Inputs, read_inputs, read_tokens
from regard.data.tables import read_table, texts_of
from regard.errors import ArtefactError
from regard.tasks import Targets, Task, task_from
from regard.tasks.class_weights import prior_weights, row_weights

if TYPE_CHECKING:
    from regard.config import Config
    from regard.text import RaggedTokens


class Run:
    """One configuration's folders, and everything in them, each read once and kept.

    Every folder is known before any stage has run. A property reads the artefact of a stage, and so
    raises an ArtefactError where the stage has not run yet. A run that is sent to another process
    takes its settings and folders along, and reads again there.

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

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the settings and folders, and nothing that was read."""
        return Run, (self.config, self.folders, self.input_hashes, self.fingerprints)

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

    def manifest_entries(self) -> dict[str, Any]:
        """Return what a run's manifest holds, so that `load` finds everything again."""
        folders = {
            # Relative, so that an outputs/ folder can be moved or copied as a whole.
            stage: os.path.relpath(folder, self.folder)
            for stage, folder in self.folders.items()
        }
        return {
            "overrides": self.config.overrides,
            "folders": folders,
            "input_hashes": self.input_hashes,
            "labels": self.labels_hash,
            "test_file": self.input_hashes["test"],
        }

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the finished run."""
        manifest: dict[str, Any] = read_json(self.artefact("train") / MANIFEST)
        return manifest

    def table(self, part: str) -> pd.DataFrame:
        """Return the rows of the "train", "test" or "sample" file; every column is str."""
        if part not in self._tables:
            self._tables[part] = read_table(self.artefact("tables"), part)
        return self._tables[part]

    def columns(self, part: str, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns of a table.

        Of a table that was not read yet, the others are not read either: most of a table is texts,
        and a worker that needs one column of numbers should not hold them.
        """
        if part in self._tables:
            return self._tables[part][list(names)]
        return read_table(self.artefact("tables"), part, names)

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

    @functools.cached_property
    def task(self) -> Task:
        """The task, with its classes or ranges."""
        return task_from(read_json(self.artefact("prepare") / "task.json"))

    @functools.cached_property
    def vocabulary(self) -> list[str]:
        """The tokens by id."""
        return read_text(self.artefact("prepare") / "vocabulary.txt").split("\n")[:-1]

    @functools.cached_property
    def labels(self) -> np.ndarray:
        """The labels of the train rows, in the form of the task."""
        return np.asarray(read_array(self.artefact("prepare") / "labels.npy"))

    @property
    def labels_hash(self) -> str:
        """The hash of the labels, which runs must share to be blended."""
        return hash_file(self.artefact("prepare") / "labels.npy")

    @functools.cached_property
    def identical(self) -> np.ndarray:
        """`(train rows,)` int64: the first row with the same text."""
        return np.asarray(read_array(self.artefact("prepare") / "identical.npy"))

    @functools.cached_property
    def n_category_values(self) -> tuple[int, ...]:
        """The number of values of each categorical column."""
        return tuple(read_json(self.artefact("prepare") / "inputs.json")["n_values"])

    def inputs(self, part: str) -> Inputs:
        """Return the token ids, numbers and categories of the "train" or "test" rows."""
        return read_inputs(self.artefact("prepare"), part, self.config.competition)

    def tokens(self, part: str | None = None) -> RaggedTokens:
        """Return all texts of "train", of "test", or of both as token ids."""
        return read_tokens(self.artefact("prepare"), part)

    @functools.cached_property
    def folds(self) -> np.ndarray:
        """`(train rows,)` int64: the fold that holds each row out; -1 for none."""
        return np.asarray(read_array(self.artefact("folds") / "folds.npy"))

    @property
    def n_folds(self) -> int:
        """The number of folds."""
        return int(self.folds.max()) + 1

    @property
    def embedding_matrix(self) -> np.ndarray:
        """`(tokens, embedding_dim)` float32, memory-mapped."""
        return read_array(self.artefact("embed") / "embedding_matrix.npy")

    @functools.cached_property
    def targets(self) -> Targets:
        """The labels of the train rows, with the weights and subgroups that scores use."""
        weights = prior_weights(self.labels, self.config.prior)
        subgroups = None
        if names := self.config.competition.subgroup_columns:
            cells = self.columns("train", names).apply(pd.to_numeric, errors="coerce")
            subgroups = cells.to_numpy() >= 0.5  # an empty cell is in no subgroup
        return Targets(
            self.labels, None if weights is None else row_weights(self.labels, weights), subgroups
        )

    @functools.cached_property
    def scores(self) -> dict[str, Any]:
        """The content of metrics.json."""
        scores: dict[str, Any] = read_json(self.artefact("train") / "metrics.json")
        return scores

    @property
    def thresholds(self) -> np.ndarray | None:
        """The tuned thresholds, as `Task.decide` takes them; None if none were tuned."""
        found = self.scores["thresholds"]
        return None if found is None else np.asarray(found["all_rows"])

    @property
    def histories(self) -> list[dict[str, Any]]:
        """The history of each fold; empty for a blend, which has no models."""
        n_folds = 0 if "blend" in self.scores else len(self.scores["fold_scores"])
        return [read_json(self.folder / f"fold_{fold}" / "history.json") for fold in range(n_folds)]

    @property
    def outputs(self) -> np.ndarray:
        """The predictions of the test rows, `(test rows, n_outputs)` float32."""
        return np.asarray(read_array(self.artefact("predict") / "outputs.npy"))
