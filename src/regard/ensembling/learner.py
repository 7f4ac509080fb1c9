"""The learner of blends: its models are the members, other runs that were blended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from regard.ensembling.methods import Fit, combine
from regard.ensembling.storage import read_fit
from regard.runs.fitted_model import FittedModel
from regard.runs.learner import Learner, Predictor
from regard.tasks import Task

if TYPE_CHECKING:
    from regard.config import Config
    from regard.data.inputs import Inputs
    from regard.data.rows import Rows
    from regard.runs.learner import Progress
    from regard.runs.run import Run


class BlendLearner(Learner):
    """Predict by the members of a blend, and combine their outputs as they were fitted.

    Args:
        open_member: opens a member of a run by its name.
    """

    sections = ("members",)

    def __init__(self, open_member: Callable[[Run, str], Run]) -> None:
        self._open_member = open_member

    def settings(self, config: Config) -> list[Any]:
        """Return nothing: the name of a blend holds all that made it."""
        return []

    def train_fold(self, run: Run, fold: int, *, progress: Progress) -> None:
        """Refuse: a blend has no folds of its own."""
        raise TypeError("a blend is not trained")

    def load_model(self, run: Run, folder: Path) -> FittedModel:
        """Refuse: a blend has no models of its own."""
        raise TypeError("a blend has no models")

    def columns(self, run: Run) -> list[str]:
        """Return the columns that its members read, each once."""
        members = (self._open_member(run, name) for name in run.members)
        found = [column for member in members for column in member.learner.columns(member)]
        return list(dict.fromkeys([*run.preprocessor.columns, *found]))

    def predictor(self, run: Run, models: str) -> Predictor:
        """Load the models of all members, see `Learner.predictor`.

        Raises:
            ArtefactError: a member is missing, or the fit is broken.
        """
        fit, names = read_fit(run.folder, n_outputs=run.task.n_outputs)
        members = [self._open_member(run, name) for name in names]
        predictors = [member.predictor(models) for member in members]
        return BlendPredictor(fit, predictors, run.task, members)


class BlendPredictor(Predictor):
    """Predicts by several runs, and combines their outputs.

    Args:
        fit: the fit of the blend.
        members: in the order of the fit.
        task: the task.
        runs: the runs of the members, which explanations ask.
    """

    def __init__(
        self, fit: Fit, members: Sequence[Predictor], task: Task, runs: Sequence[Run] = ()
    ) -> None:
        self._fit = fit
        self._members = list(members)
        self._task = task
        self._runs = list(runs)

    def members(self) -> list[tuple[float, Run, Predictor]]:
        """Return the members, see `Predictor.members`; a stacker's by the size of its weights."""
        sizes = np.abs(self._fit.weights).reshape(len(self._members), -1).sum(axis=1)
        total = sizes.sum() or 1.0
        return list(zip((sizes / total).tolist(), self._runs, self._members, strict=True))

    def outputs(self, rows: Rows) -> np.ndarray:
        """Return the combined outputs of the members."""
        members = np.stack([member.outputs(rows) for member in self._members])
        return combine(self._fit, members, self._task)

    def attention(self, rows: Rows) -> list[np.ndarray] | None:
        """Return nothing: the members may read other tokens of a text."""
        return None

    def inputs(self, rows: Rows) -> list[Inputs]:
        """Return the token ids that the members read of rows."""
        return [inputs for member in self._members for inputs in member.inputs(rows)]
