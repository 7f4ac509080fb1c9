"""A run: the folders of one configuration, everything in them, and predictions by its models."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.artefacts import is_finished
from regard.artefacts.environment import environment
from regard.data.rows import Rows
from regard.errors import ConfigError
from regard.runs.contents import RunContents
from regard.runs.explaining import explain
from regard.runs.forms import as_frame, in_form

if TYPE_CHECKING:
    from regard.config import Config
    from regard.parallel.time_limit import TimeLimit
    from regard.runs.learner import Learner, Predictor


class Run(RunContents):
    """One configuration's folders, everything in them, and its models.

    Every folder is known before any stage has run. A run that is sent to another process takes its
    settings and folders along, and reads again there.

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
        super().__init__(config, folders, input_hashes, fingerprints)
        self._learner = learner
        self._predictors: dict[str, Predictor] = {}
        # The fingerprint of its training if all folds were trained, without calibration; runs that
        # share it have the same models of each fold. None for a blend.
        self.base: str | None = None
        # When the training of its folds must end; None: never.
        self.limit: TimeLimit | None = None
        # Called in this process with the number of a fold and each event that its job sends.
        self.on_event: Callable[[int, dict[str, Any]], None] = lambda fold, event: None
        # Called in this process when a fold is trained, with its number and its seconds.
        self.on_fold_end: Callable[[int, float], None] = lambda fold, seconds: None

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
            "environment": environment(),
        }

    def model_folders(self, models: str) -> list[Path]:
        """Return the folders of models.

        Args:
            models: "folds", "refit" (the model of all rows), "both"; "auto" for the folds; or the
                name of a folder, such as "fold_2".

        Raises:
            ConfigError: the run has no model of all rows.
        """
        if models.startswith("fold_"):
            return [self.folder / models]
        refit = self.folder / "refit"
        if models in ("refit", "both") and not is_finished(refit):
            raise ConfigError(
                f"predict.models={models}, but run {self.name} has no model of all rows; train "
                "with training.refit=true, or set predict.models=folds"
            )
        folds = [] if models == "refit" else self.fold_folders
        return [*folds, refit] if models in ("refit", "both") else folds

    @functools.cached_property
    def input_columns(self) -> list[str]:
        """The columns that its models read of rows."""
        return self.learner.columns(self)

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
            rows: texts, or a frame with the columns of the competition's test file. Columns of
                `competition.joined_files` that it lacks are joined.
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
        frame = as_frame(rows, self.input_columns, self.joined)
        if len(frame):
            outputs = self.predictor(models).outputs(Rows(frame))
        else:
            outputs = np.empty((0, self.task.n_outputs), np.float32)
        return in_form(form, outputs, frame, self)

    def explain(
        self, row: str | Mapping[str, Any], *, method: str = "auto", models: str | None = None
    ) -> pd.DataFrame:
        """Weigh the words of a text by what they mean for its prediction.

        Args:
            row: a text, if the models read a single column; else the cells by column.
            method: a name in `runs.explaining.METHODS`, or "auto": see
                `runs.explaining.explanation.explain`.
            models: see `model_folders`.

        Returns:
            The columns `column`, `word` and `weight`, a row for each word, in order.

        Raises:
            ConfigError: there is no such method, or it does not suit the models.
            DataError: a column is missing.
        """
        return explain(self, row, method=method, models=models)
