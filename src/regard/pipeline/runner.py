"""The runner: make the artefacts of the stages, each once, in the order of the table."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from regard.artefacts import (
    code_of,
    fingerprint,
    hash_file,
    is_current,
    is_finished,
    locked,
    new_folder,
    note_current,
    rewriting,
    versions,
    write_json,
)
from regard.artefacts.leftovers import remove_abandoned
from regard.config import Config, plugin_hashes
from regard.data.joining import digest_with_joins
from regard.data.row_errors import changed
from regard.data.tables import PARTS, file_names
from regard.data.whole_files import check_exists, joined_digest
from regard.errors import ConfigError, is_mistake, mistake_line, shell_command
from regard.metrics.registry import check_metric
from regard.parallel.display import current
from regard.parallel.engines import engine_of
from regard.parallel.time_limit import TimeLimit
from regard.pipeline.finishing import keep_settings
from regard.pipeline.first_report import first_report
from regard.pipeline.learners import LEARNERS
from regard.pipeline.mending import REWRITTEN, mend
from regard.pipeline.source_files import ensure_files
from regard.pipeline.stages import STAGES, Stage
from regard.pipeline.tracking import check_tracking, track_finished, tracked
from regard.runs.run import Run

_log = logging.getLogger(__name__)


class Session:
    """One command, which may make several runs.

    It hashes every input file once, so that all its runs are made of the same files, and logs each
    folder once.
    """

    def __init__(self) -> None:
        self._hashes: dict[Path, str] = {}
        self._logged: set[Path] = set()
        self._cleaned: set[Path] = set()

    def remove_abandoned(self, home: Path) -> None:
        """Remove the temporary files of dead processes from a folder of artefacts, once."""
        if home not in self._cleaned:
            remove_abandoned(home)
        self._cleaned.add(home)

    def hash_file(self, path: Path) -> str:
        """Return the hash of a file as it was when the command first asked for it."""
        if path not in self._hashes:
            self._hashes[path] = hash_file(path)
        return self._hashes[path]

    def hash_input(self, path: Path) -> str:
        """Return the hash of a file of the competition, see `hash_file`.

        Raises:
            DataError: it does not exist; the message names the nearest file.
        """
        # Once the command has read a file, it may be deleted: its rows are kept.
        if path not in self._hashes:
            check_exists(path)
        return self.hash_file(path)

    def check_unchanged(self, paths: Iterable[Path]) -> None:
        """Make sure that files are still those that were hashed.

        Raises:
            DataError: one was edited or deleted since.
        """
        for path in paths:
            if hash_file(path) != self._hashes[path]:
                raise changed(path)

    def log(self, stage: str, folder: Path) -> None:
        """Log the folder of a stage, and whether it is there already."""
        if folder not in self._logged:
            suffix = " is there already" if is_finished(folder) else ""
            _log.info("%s: %s%s", stage, folder, suffix)
        self._logged.add(folder)


def make(
    config: Config,
    target: str,
    session: Session | None = None,
    *,
    limit: TimeLimit | None = None,
) -> Run:
    """Make the artefact of a stage, and those of the stages before it that are missing.

    Args:
        config: all settings.
        target: the name of a stage.
        session: the command that this run is a part of.
        limit: when the training of the folds must end.

    Returns:
        The run; its later stages may not have been made.

    Raises:
        ConfigError: settings do not fit each other, the task or the files.
        DataError: an input file is missing or broken, or changed while it was read.
        ArtefactError: another process is making the same run.
    """
    session = session or Session()
    if not STAGES[target].applies(config):
        raise ConfigError(
            f"there is nothing to {target}: competition.test_file=null, so there are no test rows"
        )
    run = plan_run(config, session, target)
    run.limit = limit
    check_tracking(config)
    stages = stages_before(target, run)
    if any(stage.name in ("train", "refit") and not is_made(stage, run) for stage in stages):
        engine_of(config.compute).check()
    session.remove_abandoned(run.competition_folder)
    mend(stages, run, read_by(stages, run))
    plan_steps(run, stages)
    # A stage is called from here, not from the stage after it, so a traceback stays short.
    for stage in stages:
        with spared(stage, run), missing(stage, run, session) as arguments:
            if arguments is not None:
                with followed(run) if stage.name == "train" else contextlib.nullcontext():
                    stage.make(*arguments)
                session.check_unchanged(stage.files(config))
            elif stage.name == "train":
                track_finished(run)
    if target in ("predict", "submit", "report"):
        keep_settings(run)
    return run


@contextlib.contextmanager
def followed(run: Run) -> Iterator[None]:
    """Report and track the folds that are trained in this block while others are trained."""
    with first_report(run), tracked(run):
        yield


@contextlib.contextmanager
def spared(stage: Stage, run: Run) -> Iterator[None]:
    """Log an error of a stage that a run can do without; the next command tries the stage again.

    The submission is there by then, and the members of a blend or other seeds may still follow.
    """
    try:
        yield
    except Exception as error:
        if not stage.is_extra:
            raise
        if stage.file is not None:  # that of the first fold must not pass for it
            (run.folder / stage.file).unlink(missing_ok=True)
        name = run.config.competition.name
        advice = f"the rest of the run is complete; try again by {shell_command('report', name)}"
        if is_mistake(error):
            _log.warning("%s: %s; %s", stage.name, mistake_line(error), advice)
        else:  # a bug keeps its traceback
            _log.warning("%s fails; %s", stage.name, advice, exc_info=error)


@contextlib.contextmanager
def missing(stage: Stage, run: Run, session: Session) -> Iterator[tuple[Any, ...] | None]:
    """Give the arguments of a stage's function; None if its artefact is there already.

    They are the run, the folder to write into, and the learner for a stage that needs it. What is
    written appears under its name once it is complete.
    """
    if stage.has_folder:
        session.log(stage.name, run.folders[stage.name])
    # A finished run needs no lock: many commands may read it at once.
    if is_made(stage, run):
        current().drop(_step_key(stage, run))
        yield None
        return
    with locked(_unfinished(stage, run)) if stage.can_resume else contextlib.nullcontext():
        if is_made(stage, run):  # by a process that held the lock until now
            current().drop(_step_key(stage, run))
            yield None
            return
        step = current().step(stage.name, _step_key(stage, run))
        with _destination(stage, run) as folder, step:
            yield (run, folder, run.learner) if stage.by_learner else (run, folder)


def stages_before(target: str, run: Run) -> list[Stage]:
    """Return a stage and all stages that it needs or reads, in the order of the table."""
    found: set[str] = set()
    waiting = [target]
    while waiting:
        stage = STAGES[waiting.pop()]
        if stage.applies(run.config):
            found.add(stage.name)
            waiting += [*_needs(stage, run), *stage.reads]
    return [stage for stage in STAGES.values() if stage.name in found]


def read_by(stages: Sequence[Stage], run: Run) -> set[str]:
    """Return the stages whose artefacts are read by those that are still to be made."""
    waiting = [stage for stage in stages if not is_made(stage, run)]
    return {name for stage in waiting for name in (*_needs(stage, run), *stage.reads)}


def plan_steps(run: Run, stages: Sequence[Stage]) -> None:
    """Add stages that are still to be made to the display of the command, for the time left."""
    waiting = [stage for stage in stages if not is_made(stage, run)]
    current().plan({_step_key(stage, run): stage.name for stage in waiting})


def announce(configs: Sequence[Config], session: Session) -> None:
    """Add the stages of all runs of a command to its display, before the first run is made."""
    for config in configs:
        run = plan_run(config, session)
        plan_steps(run, stages_before("report", run))


def _step_key(stage: Stage, run: Run) -> str:
    """Return the path of an artefact, which runs of one command may share."""
    folder = run.folders.get(stage.name)
    return str(folder or run.folder / (stage.file or stage.name))


def plan_run(config: Config, session: Session, target: str = "report") -> Run:
    """Name the folder of every stage, and hash all that the names depend on.

    Raises:
        ConfigError: the metric does not fit the task, or there is no such Keras backend.
        DataError: an input file does not exist.
    """
    check_metric(config.competition)
    ensure_files(config)
    run = Run(config, {}, hash_inputs(config, session), learner=LEARNERS[config.model.learner])
    # A linear model needs no vectors, unless the command asks for them.
    planned = {stage.name for end in ("report", target) for stage in stages_before(end, run)}
    for stage in STAGES.values():
        if stage.name in planned:
            plan_stage(stage, run, session)
    return run


def hash_inputs(config: Config, session: Session, parts: Sequence[str] = PARTS) -> dict[str, str]:
    """Return the hashes of the files of the competition, or of some parts of them."""
    names = file_names(config.competition)

    def hash_of(name: str) -> str:
        return session.hash_input(config.competition_dir / name)

    def hash_with_joins(part: str, name: str) -> str:
        # Rows of train and test are read with the columns of other files.
        own = hash_of(name)
        return own if part == "sample" else digest_with_joins(own, config.competition, hash_of)

    return {
        part: joined_digest([hash_with_joins(part, name) for name in files])
        for part, files in names.items()
        if part in parts
    }


def plan_stage(stage: Stage, run: Run, session: Session) -> None:
    """Name the artefact of a stage, after those of the stages that it needs."""
    if stage.is_check:
        return
    home = Path(run.config.output_dir) / run.config.competition.name
    name = fingerprint_of(stage, run, run.fingerprints, session)
    if stage.name == "train":
        run.base = _base(stage, run, session, name)
        name = f"{run.config.name}-{name}"
        run.folders["train"] = home / "runs" / name
    elif stage.name == "refit":
        run.folders["refit"] = run.folder / "refit"
    elif stage.in_run:
        run.folders[stage.name] = run.folder / stage.name / name
    elif stage.has_folder:
        run.folders[stage.name] = home / stage.name / name
    run.fingerprints[stage.name] = name


def _base(stage: Stage, run: Run, session: Session, name: str) -> str:
    """Return the fingerprint of a training of all folds without calibration, see `Run.base`."""
    config = dataclasses.replace(
        run.config,
        folds=dataclasses.replace(run.config.folds, only=None),
        compute=dataclasses.replace(run.config.compute, budget_minutes=None),
        calibration=dataclasses.replace(run.config.calibration, temperature=False),
    )
    if config == run.config:
        return name
    whole = Run(config, run.folders, run.input_hashes, learner=run.learner)
    return fingerprint_of(stage, whole, run.fingerprints, session)


def fingerprint_of(stage: Stage, run: Run, upstream: dict[str, str], session: Session) -> str:
    """Return the fingerprint of all that determines a stage's artefact.

    Args:
        stage: the stage.
        run: its settings and the hashes of its input files.
        upstream: the fingerprints of the stages before it.
        session: hashes other files.
    """
    settings = [*stage.settings(run.config)]
    read = [STAGES[name] for name in stage.reads if STAGES[name].applies(run.config)]
    # A stage that reads another one depends on the code that wrote those files as well.
    makers: list[Any] = [Run, stage.make, *(other.make for other in read if other.has_folder)]
    if stage.by_learner:
        settings += run.learner.settings(run.config)
        makers.append(type(run.learner))
    return fingerprint(
        settings,
        [upstream[name] for name in _needs(stage, run)],
        [run.input_hashes[part] for part in stage.input_files(run.config)],
        [session.hash_file(path) for path in stage.files(run.config)],
        versions(*stage.packages),
        code_of(*makers),
        plugin_hashes(run.config.plugins),  # what a plugin registers may take part in any stage
    )


def is_made(stage: Stage, run: Run) -> bool:
    """Return whether a stage has nothing to do."""
    if stage.is_check:
        return is_finished(run.folder)
    if stage.file is not None:
        return is_current(run.folder / stage.file, run.fingerprints[stage.name])
    return is_finished(run.folders[stage.name])


def _needs(stage: Stage, run: Run) -> list[str]:
    """Return the stages that determine a stage's artefact."""
    names = (*stage.needs, *run.learner.needs) if stage.name == "train" else stage.needs
    return [name for name in names if STAGES[name].applies(run.config)]


def _unfinished(stage: Stage, run: Run) -> Path:
    """Return the folder that a stage is writing to, and that is continued when it was stopped."""
    folder = run.folders[stage.name]
    return folder.with_name(f".{folder.name}.unfinished")


@contextlib.contextmanager
def _destination(stage: Stage, run: Run) -> Iterator[Path]:
    """Give a stage the folder to write into; it appears under its name once it is complete."""
    if stage.is_check:
        yield run.folder
    elif stage.file is not None:
        # Noted after the file is written: a file without a note is made again.
        with rewriting(run.folder, stage.file):
            yield run.folder
        # Nor is a report noted that lacks the explanations: it is written again with them.
        if all(is_made(STAGES[name], run) for name in stage.needs if name in run.folders):
            note_current(run.folder / stage.file, run.fingerprints[stage.name])
    elif stage.name == "train":
        with new_folder(
            run.folder,
            unfinished=run.unfinished_folder,
            rewritten=REWRITTEN,
            **run.manifest_entries(),
        ) as folder:
            yield folder
            # Last, so that an interrupted run cannot be taken for one with these settings.
            write_json(folder / "config.json", dataclasses.asdict(run.config))
    else:
        unfinished = _unfinished(stage, run) if stage.can_resume else None
        hashes = {"test_file": run.input_hashes["test"]} if stage.name == "predict" else {}
        with new_folder(run.folders[stage.name], unfinished=unfinished, **hashes) as folder:
            yield folder
