"""The last resort of a budget: a submission that predicts the same for every row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from regard.artefacts import write_csv
from regard.pipeline.runner import Session, make
from regard.tasks import TASKS
from regard.tasks.submission import make_submission

if TYPE_CHECKING:
    from regard.config import Config


def write_constant(config: Config, session: Session) -> Path | None:
    """Write a submission of the shares of the classes in train, or of the means of numbers.

    It is no run, and its score is that of knowing nothing of the texts.

    Args:
        config: the settings of the command.
        session: the command.

    Returns:
        The file; None for a competition without a test file.

    Raises:
        ConfigError, DataError: the labels or the sample do not fit the task.
    """
    competition = config.competition
    if not competition.has_test:
        return None
    make(config, "tables", session)
    run = make(config, "test_tables", session)
    train = run.table("train")
    task = TASKS[competition.task].from_labels(train, competition)
    mean = task.ideal_outputs(task.encode_labels(train, competition)).mean(axis=0)
    outputs = np.tile(mean.astype(np.float32), (len(run.test_ids), 1))
    path = Path(config.output_dir) / competition.name / "budget" / "constant_submission.csv"
    submission = make_submission(
        outputs, run.test_ids.tolist(), run.table("sample"), task, competition
    )
    write_csv(path, submission)
    return path
