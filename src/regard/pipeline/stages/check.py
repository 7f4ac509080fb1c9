"""The stage "check": refuse settings that training cannot use, and start the workers early."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.artefacts import MANIFEST, read_json
from regard.data.cutting import count_lost, cut_advice, cut_line
from regard.data.features import build_features
from regard.data.inputs import joined_texts
from regard.errors import ArtefactError, ConfigError, shell_command
from regard.metrics.own import try_own
from regard.parallel.engines import engine_of
from regard.pipeline.warning_signs import signs_of_inputs
from regard.runs.finding import finished_runs
from regard.runs.sharing import shared_folds
from regard.tasks.class_weights import class_weights
from regard.tasks.spelling import find_spelling
from regard.tasks.submission import submission_columns

if TYPE_CHECKING:
    from regard.runs.learner import Learner
    from regard.runs.run import Run

_log = logging.getLogger(__name__)


def check(run: Run, folder: Path, learner: Learner) -> None:
    """Refuse mistakes before the work rather than after it; then let workers import slow modules.

    The workers import while this process makes the embedding matrix.

    Raises:
        ConfigError: class weights, pseudo-labels or another setting do not fit the task.
        DataError: the sample has other columns than the submission will have, or a cell of a
            numeric column of test is not a number.
    """
    config = run.config
    if config.predict.models in ("refit", "both") and not config.training.refit:
        raise ConfigError(
            f"predict.models={config.predict.models} needs a model of all rows; also set "
            "training.refit=true"
        )
    if config.competition.has_test:
        _check_test(run)
    if config.uses_test_file and (other := trained_on_other_test(run)):
        command = shell_command("submit", config.competition.name, run=other)
        _log.info(
            "check: run %s differs by the test file alone, whose words are in its vocabulary "
            "(text.use_test=true), so all folds are trained again; to predict by that run instead: "
            "%s; with text.use_test=false training does not depend on the test file",
            other,
            command,
        )
    _tell_inputs(run)
    if warning := try_own(config.competition.metric, run.task, run.targets):
        _log.warning("%s", warning)
    class_weights(run.labels, run.task, config.training.class_weights)
    learner.check(run)
    waiting = set(run.folds_to_train()) - set(shared_folds(run))
    if learner.preload and waiting:
        engine_of(config.compute).warm_up(learner.preload, len(waiting))


def _tell_inputs(run: Run) -> None:
    """Log the warning signs of the train texts, and how little of them a network does not read."""
    for sign in signs_of_inputs(run):
        _log.warning("%s", sign)
    if run.config.model.reads_word_vectors:
        lengths = joined_texts(run.train_inputs).lengths
        lost = count_lost(lengths, run.batches.max_tokens)
        if lost.texts and not cut_advice(lost, lengths, run.batches):
            _log.info("%s", cut_line(lost, run.batches))


def trained_on_other_test(run: Run) -> str | None:
    """Return the name of a finished run that differs from a run by the test file alone, if any."""
    own = _trained_by(dataclasses.asdict(run.config))
    for folder in finished_runs(run.folder.parent):
        with contextlib.suppress(ArtefactError):  # the leaderboard warns of broken runs
            hashes = read_json(folder / MANIFEST).get("input_hashes", {})
            if hashes.get("train") != run.input_hashes["train"]:
                continue
            is_other = hashes.get("test") != run.input_hashes["test"]
            if is_other and _trained_by(read_json(folder / "config.json")) == own:
                return folder.name
    return None


def _trained_by(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that training reads."""
    others = {"overrides", "data_dir", "output_dir", "compute", "report", "predict", "blend"}
    others |= {"serve", "tracking", "tune"}
    return {name: value for name, value in settings.items() if name not in others}


def _check_test(run: Run) -> None:
    competition = run.config.competition
    find_spelling(run.table("sample"), run.task, competition)
    submission_columns(list(run.table("sample").columns), run.task, competition)
    test = run.columns("test", run.preprocessor.columns)
    build_features(test, run.features, competition, [], file=str(competition.test_file))
