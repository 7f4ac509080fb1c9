"""A run: the folders of one configuration, everything in them, and predictions by its models."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.artefacts import (
    MANIFEST,
    hash_file,
    is_finished,
    read_array,
    read_json,
)
from regard.data.inputs import Inputs, read_inputs
from regard.data.preprocessor import Preprocessor, read_features, read_vocabulary
from regard.data.rows import Rows
from regard.data.tables import read_table, texts_of
from regard.errors import ArtefactError, ConfigError, one_line
from regard.runs.explaining import explain
from regard.runs.forms import as_frame, in_form
from regard.tasks import Targets, Task, read_task
from regard.tasks.class_weights import prior_weights, row_weights
from regard.tasks.submission import submission_columns

if TYPE_CHECKING:
    from regard.config import Config
    from regard.data.features import FeatureSpace
    from regard.parallel.time_limit import TimeLimit
    from regard.runs.learner import Learner, Predictor

FITTED = "inputs"


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
        learner: fits its models, and loads them to predict.
    """

    def __init__(
        self,
        config: Config,
        folders: Mapping[str, Path],
        input_hashes: Mapping[str, str],
        fingerprints: Mapping[str, str] | None = None,
        learner: Learner | None = None,
    ) -> None:
        self.config = config
        self.folders = dict(folders)
        self.input_hashes = dict(input_hashes)
        self.fingerprints = dict(fingerprints or {})
        self._learner = learner
        self._predictors: dict[str, Predictor] = {}
        # The fingerprint of its training if all folds were trained; runs that share it have the
        # same models of each fold. None for a blend.
        self.base: str | None = None
        # When the training of its folds must end; None: never.
        self.limit: TimeLimit | None = None
        # Called in this process when a fold is trained, with its number and its seconds.
        self.on_fold_end: Callable[[int, float], None] = lambda fold, seconds: None
        # The rows of train, of test and of the sample, once they have been read.
        self._tables: dict[str, pd.DataFrame] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the settings and folders, and nothing that was read."""
        arguments = (self.config, self.folders, self.input_hashes, self.fingerprints)
        return Run, (*arguments, self._learner), {"limit": self.limit}

    @property
    def learner(self) -> Learner:
        """The learner of its models."""
        if self._learner is None:
            raise TypeError("this run was made without a learner")
        return self._learner

    @learner.setter
    def learner(self, learner: Learner) -> None:
        self._learner = learner

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
            "uses_test_file": self.config.uses_test_file,
            # A fold that a time budget has cut is not that of a run without.
            "base": None if self.config.compute.budget_minutes else self.base,
        }

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

    @property
    def fitted_folder(self) -> Path:
        """The folder of the task, the vocabulary and the features of train.

        A finished run has its own copy, so that it can predict wherever it is copied to.
        """
        own = self.folder / FITTED
        return own if own.is_dir() else self.artefact("prepare")

    @functools.cached_property
    def task(self) -> Task:
        """The task, with its classes or ranges."""
        return read_task(self.fitted_folder / "task.json")

    @functools.cached_property
    def vocabulary(self) -> list[str]:
        """The tokens by id."""
        return read_vocabulary(self.fitted_folder)

    @functools.cached_property
    def features(self) -> FeatureSpace:
        """The features of train."""
        return read_features(self.fitted_folder)

    @functools.cached_property
    def preprocessor(self) -> Preprocessor:
        """Turns any rows into the inputs of the models."""
        config = self.config
        return Preprocessor(
            config.competition,
            tuple(config.text.cleaning),
            tuple(config.features.text_statistics),
            self.vocabulary,
            self.features,
        )

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
    def train_inputs(self) -> Inputs:
        """The token ids, numbers and categories of the train rows."""
        return read_inputs(self.artefact("prepare"), self.config.competition)

    @functools.cached_property
    def test_inputs(self) -> Inputs:
        """The token ids, numbers and categories of the test rows."""
        return self.test_rows.inputs(self.preprocessor)

    @property
    def test_rows(self) -> Rows:
        """The test rows, as models read them."""
        frame = self.columns("test", self.preprocessor.columns)
        return Rows(frame, str(self.config.competition.test_file))

    @functools.cached_property
    def folds(self) -> np.ndarray:
        """`(train rows,)` int64: the fold that holds each row out; -1 for none."""
        return np.asarray(read_array(self.artefact("folds") / "folds.npy"))

    @property
    def n_folds(self) -> int:
        """The number of folds."""
        # Not folds.n_folds: a column of the train file, or the members of a blend, may have others.
        return int(self.folds.max()) + 1

    @property
    def chosen_folds(self) -> list[int]:
        """The folds that its settings train: all, or those of `folds.only`.

        Raises:
            ConfigError: `folds.only` names a fold that does not exist.
        """
        only = self.config.folds.only
        if only is None:
            return list(range(self.n_folds))
        if max(only) >= self.n_folds:
            raise ConfigError(
                f"folds.only={only} names fold {max(only)}, but there are {self.n_folds} folds, "
                f"numbered from 0 to {self.n_folds - 1}"
            )
        return sorted(only)

    def folds_to_train(self) -> list[int]:
        """Return the chosen folds that no earlier, interrupted command has trained."""
        return [
            fold
            for fold in self.chosen_folds
            if not is_finished(self.unfinished_folder / f"fold_{fold}")
        ]

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
        return [read_json(folder / "history.json") for folder in self.fold_folders]

    @property
    def outputs(self) -> np.ndarray:
        """The predictions of the test rows, `(test rows, n_outputs)` float32."""
        return np.asarray(read_array(self.artefact("predict") / "outputs.npy"))

    @property
    def submission(self) -> pd.DataFrame:
        """The content of submission.csv, every column str."""
        path = self.folder / "submission.csv"
        try:
            return pd.read_csv(path, dtype=str, keep_default_na=False)
        except (OSError, ValueError) as error:
            raise ArtefactError(f"{path}: cannot be read ({one_line(error)})") from error

    @functools.cached_property
    def sample_columns(self) -> list[str] | None:
        """The columns of the sample submission that it was trained with; None without one."""
        path = self.fitted_folder / "submission.json"
        return list(read_json(path)["columns"]) if path.exists() else None

    @property
    def predicted_columns(self) -> list[str]:
        """The columns of a submission besides the id, in the order of the outputs."""
        return submission_columns(self.sample_columns, self.task, self.config.competition)

    @property
    def submission_columns(self) -> list[str]:
        """The columns of a submission, in order."""
        ids = self.config.competition.id_column_of_test
        return self.sample_columns or [ids, *self.predicted_columns]

    # Its models, and predictions by them.

    @property
    def members(self) -> list[str]:
        """The names of the runs that it blends; empty for a run with models of its own."""
        return list(self.manifest.get("members", ()))

    @property
    def fold_folders(self) -> list[Path]:
        """The folders of the models of the folds; empty for a blend."""
        folds = [] if "blend" in self.scores else self.scored_folds
        return [self.folder / f"fold_{fold}" for fold in folds]

    @property
    def scored_folds(self) -> list[int]:
        """The folds whose held-out rows its scores count, in the order of `fold_scores`."""
        scores = self.scores
        return [int(fold) for fold in scores.get("folds", range(len(scores["fold_scores"])))]

    def model_folders(self, models: str) -> list[Path]:
        """Return the folders of models.

        Args:
            models: "folds", "refit" (the model of all rows), "both"; or "auto" for the folds.

        Raises:
            ConfigError: the run has no model of all rows.
        """
        refit = self.folder / "refit"
        if models in ("refit", "both") and not is_finished(refit):
            raise ConfigError(
                f"predict.models={models}, but run {self.name} has no model of all rows; train "
                "with training.refit=true, or set predict.models=folds"
            )
        folds = [] if models == "refit" else self.fold_folders
        return [*folds, refit] if models in ("refit", "both") else folds

    def predictor(self, models: str | None = None) -> Predictor:
        """Load models once, and return them ready to predict.

        Args:
            models: see `model_folders`; None: `predict.models` of its settings.
        """
        models = models or self.config.predict.models
        if models not in self._predictors:
            self._predictors[models] = self.learner.predictor(self, models)
        return self._predictors[models]

    def predict(
        self, rows: Sequence[str] | pd.DataFrame, *, form: str = "all", models: str | None = None
    ) -> pd.DataFrame:
        """Predict rows with the models of this run, in this process.

        Args:
            rows: texts, or a frame with the columns of the competition's test file.
            form: "all": the id, the labels and the probabilities; "probabilities": the id and the
                outputs; "submission": the form of submission.csv.
            models: see `model_folders`.

        Returns:
            A row for each row, with its index.

        Raises:
            ConfigError: there is no such form.
            DataError: a column is missing, or a cell of a numeric column is not a number.

        Example:
            run.predict(["The match ended in a draw."])["category"][0] -> "sport"
        """
        frame = as_frame(rows, self.preprocessor)
        outputs = self.predictor(models).outputs(Rows(frame))
        return in_form(form, outputs, frame, self)

    def explain(
        self, row: str | Mapping[str, Any], *, method: str = "auto", models: str | None = None
    ) -> pd.DataFrame:
        """Weigh the words of a text by what they mean for its prediction.

        Args:
            row: a text, if the models read a single column; else the cells by column.
            method: "attention", "leave_one_out" or "auto", see `runs.explaining.explain`.
            models: see `model_folders`.

        Returns:
            The columns `column`, `word` and `weight`, a row for each word, in order.

        Raises:
            ConfigError: there is no such method, or the models have no attention.
            DataError: a column is missing.
        """
        return explain(self, row, method=method, models=models)
