"""Commands on a finished run: nothing here trains, and another test file is only predicted."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

from regard.config import Config
from regard.errors import ConfigError, shell_command
from regard.pipeline.blend_artefacts import write_blend_predictions
from regard.pipeline.finishing import finish_run
from regard.pipeline.mending import mend
from regard.pipeline.opening import load, open_member
from regard.pipeline.runner import (
    Session,
    hash_inputs,
    missing,
    plan_stage,
    read_by,
    spared,
    stages_before,
)
from regard.runs.finding import choose_run
from regard.runs.run import Run

# The stages that come after training, and that depend on the test file or on how a page looks.
_OUTPUTS = ("test_tables", "predict", "submit", "explain", "report")
# The sections that a command may set for a run that was trained with other values.
_OF_OUTPUTS = ("report", "predict", "compute")
# Of a competition, what no stage reads; "" is the page itself.
_OF_COMPETITION = ("", "name", "slug", "source", "kind")
_OF_PLACE = (
    "competition",
    "data_dir",
    "output_dir",
    "plugins",
    "hydra",
    "serve",
    "tracking",
    "tune",
)


def open_run(config: Config, word: str = "latest") -> Run:
    """Open the finished run that a command names.

    Args:
        config: the settings of the command: its competition, folders and plugins.
        word: a name, the beginning of one, "best", "latest", or the path of a run's folder.

    Raises:
        ConfigError: there is no such run, or the command has settings of training.
        ArtefactError: its folder is damaged.
    """
    runs = Path(config.output_dir) / config.competition.name / "runs"
    run = load(choose_run(runs, word or "latest"))
    run.config = _settings(run.config, config)
    return run


def remake(config: Config, target: str, run: str = "latest") -> Run:
    """Make the submission or the report of a finished run, for the test file as it is now.

    Args:
        config: the settings of the command.
        target: "predict", "submit" or "report".
        run: see `open_run`.

    Raises:
        ConfigError, ArtefactError: see `open_run`.
        DataError: the test file is missing or broken.
    """
    opened = open_run(config, run)
    make_outputs(opened, target, Session(), asked=True)
    finish_run(opened, is_new=False)
    return opened


def make_outputs(run: Run, target: str, session: Session, *, asked: bool = False) -> None:
    """Make the artefacts of a run that follow its training, as far as a stage.

    Args:
        run: a finished run.
        target: the name of the stage.
        session: the command that this is a part of.
        asked: whether the command asks for this stage alone, so that its errors end it.
    """
    stages = [stage for stage in stages_before(target, run) if stage.name in _OUTPUTS]
    if not stages or stages[-1].name != target:
        raise ConfigError(
            f"run {run.name} has nothing to {target}: it was trained with "
            "competition.test_file=null; predict a file by "
            + shell_command("predict", run.config.competition.name, input="new.csv")
        )
    run.input_hashes |= hash_inputs(run.config, session, ("test", "sample"))
    for stage in stages:
        plan_stage(stage, run, session)
    session.remove_abandoned(run.competition_folder)
    mend(stages, run, read_by(stages, run))
    for stage in stages:
        spare = contextlib.nullcontext() if asked else spared(stage, run)
        with spare, missing(stage, run, session) as arguments:
            if arguments is None:
                continue
            if run.members and stage.name == "predict":
                sources = [predictions_of(run, name, session) for name in run.members]
                write_blend_predictions(run, arguments[1], sources)
            else:
                stage.make(*arguments)


def predictions_of(run: Run, member: str, session: Session) -> Path:
    """Return the folder of a member's predictions of the test rows, made if they are missing."""
    opened = open_member(run, member)
    opened.config = dataclasses.replace(
        opened.config,
        **{name: getattr(run.config, name) for name in ("data_dir", "output_dir", *_OF_OUTPUTS)},
    )
    make_outputs(opened, "predict", session)
    return opened.folders["predict"]


def _settings(own: Config, command: Config) -> Config:
    """Return the settings of a run with those that a command has set.

    Raises:
        ConfigError: the command sets something that the run was trained with.
    """
    changed = {name: getattr(command, name) for name in ("data_dir", "output_dir", "compute")}
    for word in command.overrides:
        key = word.lstrip("+~").partition("=")[0]
        section, _, name = key.partition(".")
        is_place = section in _OF_PLACE and (section != "competition" or name in _OF_COMPETITION)
        if is_place or section == "compute":
            continue
        if section not in _OF_OUTPUTS or not name:
            raise ConfigError(
                f"{key} is a setting of training, and this command reads a finished run; choose "
                "one by run=<name> (RUN= with make), or train with this setting first"
            )
        before = changed.get(section, getattr(own, section))
        value = getattr(getattr(command, section), name)
        changed[section] = dataclasses.replace(before, **{name: value})
    return dataclasses.replace(own, **changed)
