"""The stage "submit": write the submission and check it against the sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from regard.artefacts import rewriting, write_csv, write_json
from regard.runs.contents import FITTED
from regard.tasks.submission import make_submission, score_in_name

if TYPE_CHECKING:
    from regard.runs.run import Run


def make_submission_file(run: Run, folder: Path) -> None:
    """Write submission.csv, and a copy whose name begins with the out-of-fold score.

    Raises:
        DataError: the sample's columns or ids are not those of the predictions, or a prediction is
            not a number that can be submitted.
    """
    submission = make_submission(
        run.outputs,
        run.test_ids.tolist(),
        run.table("sample"),
        run.task,
        run.config.competition,
        thresholds=run.thresholds,
    )
    # The leaderboard of Kaggle shows file names, so the score is part of one.
    copy = f"{score_in_name(run.scores['oof_score'])}_{run.name}.csv"
    form = f"{FITTED}/submission.json"
    with rewriting(folder, copy, form):
        write_csv(folder / copy, submission)
        write_csv(folder / "submission.csv", submission)
        # New rows are predicted in the same form, wherever the run is copied to.
        write_json(folder / form, run.sample_form())
