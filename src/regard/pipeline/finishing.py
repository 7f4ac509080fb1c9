"""The end of a run: its settings, the leaderboard and the lines that tell its score and files."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from regard.artefacts import is_listed, read_json, rewriting, write_json
from regard.pipeline.closing import closing_lines
from regard.pipeline.solution import note_test_score, solution_file
from regard.pipeline.warning_signs import signs_of_outputs
from regard.runs.leaderboard import point_latest, update_leaderboard

if TYPE_CHECKING:
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


def finish_run(run: Run, *, is_last: bool = True, is_new: bool = True) -> None:
    """Bring the leaderboard up to date, point `latest` to the run, and log its scores and files.

    Args:
        run: a finished run.
        is_last: whether no other run follows in this command.
        is_new: whether the command was to train or blend it; else `latest` stays as it is.
    """
    keep_settings(run, with_report=is_new)
    note_test_score(run, solution_file(run.config))
    board = None
    if run.folder.parent.name == "runs":  # else it is a copy, outside of any leaderboard
        board = update_leaderboard(run.competition_folder)
        if is_new:
            point_latest(run.folder)
    log_run(run)
    if is_new:
        for sign in signs_of_outputs(run, run.oof_outputs, run.scores):
            _log.warning("%s", sign)
    for line in closing_lines(run, board, with_next=is_last):
        _log.info("%s", line)


def keep_settings(run: Run, *, with_report: bool = True) -> None:
    """Write the settings again if they differ in what no training reads.

    Another command then predicts by the same models, and reads the same test file.

    Args:
        run: a finished run.
        with_report: whether those of the report are kept; not where a command asks for them once.
    """
    path = run.folder / "config.json"
    stored = read_json(path)
    settings = dataclasses.asdict(run.config)
    if not with_report:
        settings |= {"report": stored["report"], "overrides": stored["overrides"]}
    if stored != settings or not is_listed(path):
        with rewriting(run.folder, path.name):
            write_json(path, settings)


def log_run(run: Run) -> None:
    """Log the scores of a run and the files that it has so far."""
    scores = run.scores
    by_fold = ", ".join(f"{score:.4f}" for score in scores["fold_scores"])
    folds = f"folds {by_fold}"
    if len(run.scored_folds) < scores.get("n_folds", 0):
        numbers = ", ".join(map(str, run.scored_folds))
        folds = f"only folds {numbers} of {scores['n_folds']}: {by_fold}"
    _log.info("oof %s: %.4f (%s)", scores["metric"], scores["oof_score"], folds)
    for name in ("submission.csv", "report.html", "metrics.json"):
        # A report of another test file is made again by the command report.
        is_stale = name == "report.html" and "report" not in run.fingerprints
        if (run.folder / name).exists() and not is_stale:
            _log.info("%-12s %s", name.partition(".")[0] + ":", _shown(run.folder / name))


def _shown(path: Path) -> Path:
    """Return a path as it is typed in the current folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
