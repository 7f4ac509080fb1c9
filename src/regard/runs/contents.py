"""Everything that the stages of a run have made, each read once and kept."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from regard.artefacts import check_file, hash_file, is_finished, read_array, read_json
from regard.config.dialect import ROW_NUMBERS
from regard.data.cutting import Cut, read_cut, resolved
from regard.data.inputs import Inputs, read_inputs
from regard.data.joining import JOINED_FILE, JoinedTable, read_table_of_joins
from regard.data.preprocessor import (
    Preprocessor,
    read_features,
    read_tokenizer,
    read_vocabulary,
)
from regard.data.rows import Rows
from regard.errors import ArtefactError, ConfigError, one_line
from regard.runs.folders import RunFolders
from regard.tasks import Targets, Task, read_task
from regard.tasks.calibration import scale
from regard.tasks.class_weights import prior_weights, row_weights
from regard.tasks.spelling import Spelling, find_spelling, spelling_from
from regard.tasks.submission import submission_columns

if TYPE_CHECKING:
    from regard.config import BatchesConfig
    from regard.data.features import FeatureSpace
    from regard.text import Tokenizer

FITTED = "inputs"
# The note of the folder of a pretrained encoder, and of the hashes of its files.
ENCODER_NOTE = "encoder.json"
# Of an encoder that was trained: its sizes, its tokenizer, and how many pieces are read of a text.
TRAINED_ENCODER = ("encoder_config.json", "encoder_tokenizer.json", "encoder_cut.json")


class RunContents(RunFolders):
    """The task, labels, folds, scores and predictions in a run's folders.

    A property reads the artefact of a stage, and so raises an ArtefactError where the stage has not
    run yet.
    """

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
    def tokenizer(self) -> Tokenizer:
        """Turns texts into tokens."""
        return read_tokenizer(self.fitted_folder, self.config.text.cleaning)

    @functools.cached_property
    def joined(self) -> JoinedTable | None:
        """The rows of `competition.joined_files`, for new rows; None if there are none."""
        if self.config.competition.join_column is None:
            return None
        check_file(self.fitted_folder / JOINED_FILE)
        return read_table_of_joins(self.fitted_folder)

    @functools.cached_property
    def cut(self) -> Cut:
        """How much of a text is read where the settings leave it open."""
        return read_cut(self.fitted_folder)

    @property
    def batches(self) -> BatchesConfig:
        """The settings of batches, with the lengths that follow the texts."""
        return resolved(self.config.batches, self.cut)

    @functools.cached_property
    def features(self) -> FeatureSpace:
        """The features of train."""
        found = read_features(self.fitted_folder)
        if len(found.values) != len(self.config.competition.categorical_columns):
            path = self.fitted_folder / "features.json"
            raise ArtefactError(f"{path}: not the features of this run; train it again")
        return found

    @functools.cached_property
    def preprocessor(self) -> Preprocessor:
        """Turns any rows into the inputs of the models."""
        config = self.config
        return Preprocessor(
            config.competition,
            self.tokenizer,
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
        path = self.artefact("prepare") / "labels.npy"
        check_file(path)
        return hash_file(path)

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
    def temperature(self) -> float | None:
        """The temperature of the models' outputs, see `tasks.calibration`; None without one."""
        found = self.scores.get("calibration")  # runs of earlier versions have no such entry
        return None if found is None else float(found["temperature"])

    def calibrated(self, outputs: np.ndarray) -> np.ndarray:
        """Return outputs of models as the run predicts them: scaled if it has a temperature.

        Args:
            outputs: `(..., n_outputs)`.
        """
        temperature = self.temperature
        return outputs if temperature is None else scale(self.task, outputs, temperature)

    def calibrated_by_fold(self, outputs: np.ndarray) -> np.ndarray:
        """Return outputs of the models of the folds, each scaled as its held-out rows were.

        No label of a row that a fold holds out has a say in the outputs of the model of this fold.

        Args:
            outputs: `(folds, rows, n_outputs)`.
        """
        found = self.scores.get("calibration")
        if found is None:
            return outputs
        pairs = zip(outputs, found["by_fold"], strict=True)
        return np.stack([scale(self.task, of_fold, temperature) for of_fold, temperature in pairs])

    @functools.cached_property
    def oof_outputs(self) -> np.ndarray:
        """The out-of-fold predictions, `(train rows, n_outputs)` float32, NaN for rows without."""
        path = self.folder / "oof.csv"
        check_file(path)
        # The first two columns are the id and the fold.
        return pd.read_csv(path).iloc[:, 2:].to_numpy(np.float32)

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
        if not self.config.competition.has_test:
            raise ArtefactError(f"run {self.name} has no test file, and so no submission")
        check_file(path)
        try:
            return pd.read_csv(path, dtype=str, keep_default_na=False)
        except (OSError, ValueError) as error:
            raise ArtefactError(f"{path}: cannot be read ({one_line(error)})") from error

    @functools.cached_property
    def sample_columns(self) -> list[str] | None:
        """The columns of the sample submission that it was trained with; None without one."""
        path = self.fitted_folder / "submission.json"
        check_file(path)  # also if it was deleted: then the columns would be others
        return list(read_json(path)["columns"]) if path.exists() else None

    @functools.cached_property
    def spelling(self) -> Spelling:
        """How the sample submission writes labels and numbers; without one, as train does."""
        path = self.fitted_folder / "submission.json"
        check_file(path)
        stored = read_json(path).get("spelling", {}) if path.exists() else {}
        return spelling_from(stored)

    def sample_form(self) -> dict[str, Any]:
        """Return the columns of the sample and the form of its cells, for `submission.json`."""
        sample = self.table("sample")
        spelling = find_spelling(sample, self.task, self.config.competition)
        columns = [column for column in sample.columns if column != ROW_NUMBERS]
        return {"columns": columns, "spelling": dataclasses.asdict(spelling)}

    @property
    def predicted_columns(self) -> list[str]:
        """The columns of a submission besides the id, in the order of the outputs."""
        return submission_columns(self.sample_columns, self.task, self.config.competition)

    @property
    def submission_columns(self) -> list[str]:
        """The columns of a submission, in order."""
        competition = self.config.competition
        ids = [] if competition.numbers_test_rows else [competition.id_column_of_test]
        return self.sample_columns or [*ids, *self.predicted_columns]

    @property
    def members(self) -> list[str]:
        """The names of the runs that it blends; empty for a run with models of its own."""
        return list(map(str, self.manifest.get("members", ())))

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
