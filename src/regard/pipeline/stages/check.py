"""The stage "check": refuse settings that training cannot use, and start the workers early."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from regard.data.features import build_features
from regard.parallel import workers
from regard.tasks.class_weights import class_weights
from regard.tasks.submission import submission_columns

if TYPE_CHECKING:
    from regard.runs.learner import Learner
    from regard.runs.run import Run


def check(run: Run, folder: Path, learner: Learner) -> None:
    """Refuse mistakes before the work rather than after it; then let workers import slow modules.

    The workers import while this process makes the embedding matrix.

    Raises:
        ConfigError: class weights, pseudo-labels or another setting do not fit the task.
        DataError: the sample has other columns than the submission will have, or a cell of a
            numeric column of test is not a number.
    """
    config = run.config
    if config.competition.has_test:
        _check_test(run)
    class_weights(run.labels, run.task, config.training.class_weights)
    learner.check(run)
    waiting = run.folds_to_train()
    if learner.preload and waiting:
        workers.warm_up(learner.preload, config.compute, len(waiting))


def _check_test(run: Run) -> None:
    competition = run.config.competition
    submission_columns(list(run.table("sample").columns), run.task, competition)
    test = run.columns("test", run.preprocessor.columns)
    build_features(test, run.features, competition, [], file=str(competition.test_file))
