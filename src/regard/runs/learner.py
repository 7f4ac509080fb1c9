"""The interface of learners: how models are fitted, and how they predict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from regard.errors import ConfigError
from regard.runs.fitted_model import CalibratedModel, FittedModel
from regard.tasks.submission import mean_over_folds

if TYPE_CHECKING:
    from regard.config import Config
    from regard.data.inputs import Inputs
    from regard.data.rows import Rows
    from regard.runs.run import Run
    from regard.runs.speed import Speed

Progress = Callable[[dict[str, Any]], None]


class Predictor(ABC):
    """The models of a run in memory, ready to predict any rows."""

    @abstractmethod
    def outputs(self, rows: Rows) -> np.ndarray:
        """Return the final outputs of rows, `(rows, n_outputs)` float32."""

    @abstractmethod
    def attention(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the mean attention weights of the models, see `FittedModel.attention`."""

    @abstractmethod
    def inputs(self, rows: Rows) -> list[Inputs]:
        """Return the token ids that networks read of rows; empty if no network takes part."""

    def models(self) -> Iterator[FittedModel]:
        """Yield its models, whose mean it is; none for a combination of runs."""
        yield from ()

    def members(self) -> list[tuple[float, Run, Predictor]]:
        """Return the share, the run and the predictor of each run that it combines, if any."""
        return []


class ModelPredictor(Predictor):
    """Predicts by the mean of the models of a run; each is loaded when it is first needed.

    Args:
        run: the run.
        folders: the folders of its models, those of the folds in order.
    """

    def __init__(self, run: Run, folders: Sequence[Path]) -> None:
        self._run = run
        self._folders = list(folders)
        self._models: dict[int, FittedModel] = {}

    def model(self, number: int) -> FittedModel:
        """Return one of the models, calibrated if its run is."""
        found = self._uncalibrated(number)
        temperature = self._run.temperature
        if temperature is None:
            return found
        return CalibratedModel(found, self._run.task, temperature)

    def _uncalibrated(self, number: int) -> FittedModel:
        if number not in self._models:
            self._models[number] = self._run.learner.load_model(self._run, self._folders[number])
        return self._models[number]

    def models(self) -> Iterator[FittedModel]:
        """Yield its models, see `Predictor.models`."""
        return (self.model(number) for number in range(len(self._folders)))

    def by_model(self, rows: Rows, numbers: Sequence[int] | None = None) -> np.ndarray:
        """Return the outputs of each model, or of some, before they are calibrated.

        Returns:
            `(models, rows, n_outputs)` float32.
        """
        numbers = range(len(self._folders)) if numbers is None else numbers
        return np.stack([self._uncalibrated(number).predict(rows) for number in numbers])

    def outputs(self, rows: Rows) -> np.ndarray:
        """Return the mean outputs of the models, each calibrated if its run is."""
        return mean_over_folds(list(self._run.calibrated(self.by_model(rows))))

    def attention(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the mean attention weights of the models."""
        by_model = []
        for number in range(len(self._folders)):
            weights = self.model(number).attention(rows)
            if weights is None:
                return None
            by_model.append(weights)
        return [mean_over_folds(of_column) for of_column in zip(*by_model, strict=True)]

    def inputs(self, rows: Rows) -> list[Inputs]:
        """Return the token ids of rows, if the models read any."""
        reads_tokens = self._run.config.model.reads_word_vectors
        return [rows.inputs(self._run.preprocessor)] if reads_tokens else []


class Learner(ABC):
    """How the models of the folds are fitted, and how they predict.

    An instance holds no state: its methods are called in worker processes, with a run. A model is
    loaded from the folder of its run alone.

    Attributes:
        needs: the stages whose artefacts it reads, besides "prepare" and "folds".
        preload: the module that a worker imports while earlier stages still run; it holds the slow
            imports.
        sections: the report's sections on these models, besides those that every report has.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    preload: ClassVar[str | None] = None
    sections: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def settings(self, config: Config) -> list[Any]:
        """Return every JSON value that determines the models, besides the artefacts it reads."""

    def check(self, run: Run) -> None:
        """Refuse settings that training cannot use, before it starts.

        Raises:
            ConfigError: the message names the setting.
        """
        return

    @abstractmethod
    def train_fold(self, run: Run, fold: int, *, progress: Progress) -> None:
        """Fit the model of a fold and write `<unfinished run>/fold_<k>/`.

        The folder must hold `oof_outputs.npy` `(held-out rows, n_outputs)` float32 and
        `history.json`: `best_epoch`, `n_trainable_parameters` and a record for each epoch.

        Args:
            run: the run that is being trained.
            fold: the number of the fold.
            progress: receives events, see `parallel.progress.JobsProgress`.
        """

    def measure_speed(
        self, run: Run, fold: int, seconds: float, *, progress: Progress
    ) -> Speed | None:
        """Measure in a worker how fast a fold is trained, in about so many seconds.

        Returns:
            None for a learner that trains in seconds, or cannot train less than everything.
        """
        return None

    def refit(self, run: Run, folder: Path, *, progress: Progress) -> None:
        """Fit a model to all train rows, by the epochs that the folds found, into a folder.

        Raises:
            ConfigError: this learner has no such model.
        """
        raise ConfigError(
            f"training.refit is not known to model.learner={run.config.model.learner}; set it to "
            "false"
        )

    @abstractmethod
    def load_model(self, run: Run, folder: Path) -> FittedModel:
        """Load a model that `train_fold` or `refit` has written.

        Args:
            run: its run.
            folder: `<run>/fold_<k>` or `<run>/refit`.

        Raises:
            ArtefactError: a file is missing, broken or not that of a model.
        """

    def columns(self, run: Run) -> list[str]:
        """Return the columns that its models read of rows."""
        return run.preprocessor.columns

    def predictor(self, run: Run, models: str) -> Predictor:
        """Load models of a run, to predict with all of them.

        Args:
            run: a trained run.
            models: see `Run.model_folders`.
        """
        return ModelPredictor(run, run.model_folders(models))
