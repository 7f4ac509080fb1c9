"""The interfaces of learners and of their models: how models are fitted, and how they predict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from regard.errors import ConfigError
from regard.tasks.submission import mean_over_folds

if TYPE_CHECKING:
    from regard.config import Config
    from regard.data.inputs import Inputs
    from regard.data.rows import Rows
    from regard.runs.run import Run
    from regard.runs.speed import Speed
    from regard.text import Tokenizer

Progress = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, eq=False)
class TokenWeights:
    """A weight for each token that a model reads of some rows.

    Attributes:
        tokenizer: makes the tokens of a text.
        texts: for each text of a row, for each row, `(tokens,)` float64. There may be fewer or more
            weights than tokens: tokens that are not read have none, padding has zeros.
    """

    tokenizer: Tokenizer
    texts: list[list[np.ndarray]]


class FittedModel(ABC):
    """A trained model in memory: that of a fold, or of all rows."""

    @abstractmethod
    def predict(self, rows: Rows) -> np.ndarray:
        """Return the final outputs of rows, `(rows, n_outputs)` float32.

        Raises:
            DataError: a cell of a numeric column is not a number.
        """

    def attention(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the attention weights of each text column; None for a model without attention.

        Returns:
            For each column `(rows, timesteps)` float32: a weight for each token, in order, then
            zeros; texts that are longer were cut. With several heads, the mean of theirs.
        """
        return None

    def attention_by_head(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the attention weights of each head, see `attention`.

        Returns:
            For each column `(rows, heads, timesteps)` float32, or None.
        """
        return None

    def outputs_along(self, rows: Rows, scales: np.ndarray) -> np.ndarray | None:
        """Return the outputs of rows whose word vectors are scaled; None without word vectors.

        Args:
            rows: the rows.
            scales: `(scales,)` the factors of all word vectors: 1 for the rows as they are, 0 for
                zero vectors in their place.

        Returns:
            `(scales, rows, n_outputs)` float32.
        """
        return None

    def word_gradients(
        self, rows: Rows, scales: np.ndarray, slopes: np.ndarray
    ) -> TokenWeights | None:
        """Return the products of word vectors with gradients; None without word vectors.

        Args:
            rows: the rows.
            scales: see `outputs_along`.
            slopes: `(scales, rows, n_outputs)`.

        Returns:
            For each token, its vector times the gradient of `sum(slopes * outputs)` with respect to
            it, summed over the scales at which the gradient is taken.
        """
        return None

    def contributions(self, rows: Rows, slopes: np.ndarray) -> TokenWeights | None:
        """Return the parts of a sum over tokens; None for a model that is no such sum.

        Args:
            rows: the rows.
            slopes: `(rows, n_outputs)`.

        Returns:
            For each token its part of `sum(slopes * logits)`, or of numbers that have no logits.
            Intercepts, numbers and categories belong to no token.
        """
        return None


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
        """Return one of the models."""
        if number not in self._models:
            self._models[number] = self._run.learner.load_model(self._run, self._folders[number])
        return self._models[number]

    def models(self) -> Iterator[FittedModel]:
        """Yield its models, see `Predictor.models`."""
        return (self.model(number) for number in range(len(self._folders)))

    def by_model(self, rows: Rows, numbers: Sequence[int] | None = None) -> np.ndarray:
        """Return the outputs of each model, or of some, `(models, rows, n_outputs)` float32."""
        numbers = range(len(self._folders)) if numbers is None else numbers
        return np.stack([self.model(number).predict(rows) for number in numbers])

    def outputs(self, rows: Rows) -> np.ndarray:
        """Return the mean outputs of the models."""
        return mean_over_folds(list(self.by_model(rows)))

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
