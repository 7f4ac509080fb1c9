"""The interface of learners: how the models of the folds are fitted, and how they predict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np

    from regard.config import Config
    from regard.runs.run import Run

Progress = Callable[[dict[str, Any]], None]


class Learner(ABC):
    """How the models of the folds are fitted, and how they predict.

    An instance holds no state: its methods are called in worker processes, with a run.

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

    @abstractmethod
    def predict_folds(
        self, run: Run, folds: Sequence[int], attention_rows: np.ndarray, *, progress: Progress
    ) -> list[tuple[np.ndarray, list[np.ndarray] | None]]:
        """Predict the test rows with the models of some folds.

        Args:
            run: a trained run.
            folds: the numbers of the folds.
            attention_rows: the test rows whose attention weights the report shows.
            progress: receives events.

        Returns:
            For each fold its outputs `(test rows, n_outputs)` float32, and the attention weights
            `(attention_rows, timesteps)` of each text column; None for a model without attention.
        """
