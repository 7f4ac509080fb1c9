"""Train within a number of minutes, and always end with a submission."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from pathlib import Path
from typing import TYPE_CHECKING, cast

from regard.artefacts import fingerprint, is_finished, read_json, rewriting, write_json
from regard.errors import ArtefactError, ConfigError
from regard.parallel import workers
from regard.parallel.display import command_started
from regard.parallel.slots import worker_slots
from regard.pipeline.budget.choosing import choose_result, is_better, is_sample
from regard.pipeline.budget.clock import Clock
from regard.pipeline.budget.constant import write_constant
from regard.pipeline.budget.networks import make_networks
from regard.pipeline.budget.safety import (
    make_first,
    make_linear,
    model_in_time,
    page_model,
)
from regard.pipeline.finished import make_outputs
from regard.pipeline.finishing import finish_run
from regard.pipeline.learners import LEARNERS
from regard.pipeline.member_settings import settings_of_members
from regard.pipeline.opening import load
from regard.pipeline.runner import Session, make, plan_run
from regard.runs.leaderboard import point_latest

if TYPE_CHECKING:
    from regard.config import Config, LinearConfig
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

# Of the time that is left, the share of the first model: before networks, or where there are none;
# and of each further linear model before networks.
_FIRST_SHARE = 0.15
_OTHERS_SHARE = 0.3
_ONLY_SHARE = 0.6
# A network needs so many seconds in any case, to import Keras and to be built twice.
_LEAST_SECONDS = 25.0
_BLEND_SECONDS = 4.0
# Of the time that nothing else has taken, the share for a better fast model; and what it leaves.
_IMPROVING_SHARE = 0.7
_IMPROVING_RESERVE = 3.0
_ROWS_PER_BLEND_SECOND = 5000
# With less, the report explains no rows; and the seconds to keep for a report without.
_EXPLAINING_MINUTES = 4.0
_REPORT_SECONDS = 6.0


def train_within(config: Config) -> Run:
    """Make the best run that can be made in `compute.budget_minutes`, with its submission.

    A fast linear model comes first. Then networks are measured, and trained for as many epochs and
    folds as fit. The same command again finds the run that it made.

    Returns:
        The run whose submission is the best to upload.

    Raises:
        ConfigError: settings do not fit each other, the task or the files; or the time was too
            short for any submission.
        DataError: an input file is missing or broken.
    """
    clock = Clock(command_started(), config.compute.budget_minutes or 0.0)
    session = Session()
    config = _settings(config, clock)
    note = _note_of(config, session)
    if (known := _known_run(config, note)) is not None:
        _log.info("budget: the run of this command is there already: %s", known.name)
        if config.competition.has_test:
            make_outputs(known, "report", session)
        finish_run(known)
        return known
    run, reason = _best_run(config, clock, session)
    _write_report(run, clock, session)
    _note(run, clock, reason)
    write_json(note, {"run": run.name})
    finish_run(run)
    return run


def _settings(config: Config, clock: Clock) -> Config:
    """Return settings whose runs share the workers, without what no budget has time for."""
    n_workers = len(worker_slots(config.compute, config.folds.n_folds))
    # The same workers train and predict: another number of them would import Keras again.
    compute = dataclasses.replace(config.compute, n_workers=n_workers)
    if config.seeds is not None:
        clock.cut(f"seeds: only {config.seeds[0]}")
        config = dataclasses.replace(config, seed=config.seeds[0], seeds=None)
    if config.training.refit:
        clock.cut("training.refit")
    if config.predict.models not in ("auto", "folds"):
        clock.cut(f"predict.models={config.predict.models}")
        config = dataclasses.replace(
            config, predict=dataclasses.replace(config.predict, models="folds")
        )
    training = dataclasses.replace(config.training, refit=False)
    report = config.report
    if clock.minutes < _EXPLAINING_MINUTES and report.n_explained_rows:
        report = dataclasses.replace(report, n_explained_rows=0)
    return dataclasses.replace(config, compute=compute, training=training, report=report)


def _note_of(config: Config, session: Session) -> Path:
    """Return the file that notes the run of a command with these settings and this budget."""
    several = settings_of_members(config)
    if all(one.model.uses_encoder for one in several):
        raise ConfigError(
            "compute.budget_minutes leaves out models of a pretrained encoder, whose time is not "
            "known, and there is no other model; set it to null, or add a member"
        )
    names = [plan_run(one, session).fingerprints["train"] for one in several]
    key = fingerprint(names, config.name, config.blend.method, config.compute.budget_minutes)
    home = Path(config.output_dir) / config.competition.name
    return home / "budget" / f"{key}.json"


def _known_run(config: Config, note: Path) -> Run | None:
    with contextlib.suppress(ArtefactError, ConfigError, KeyError, TypeError):
        if note.exists():
            folder = note.parent.parent / "runs" / str(read_json(note)["run"])
            if is_finished(folder):
                run = load(folder)
                own = ("data_dir", "output_dir", "compute", "report", "predict")
                values = {name: getattr(config, name) for name in own}
                run.config = dataclasses.replace(run.config, **values)
                return run
    return None


def _best_run(config: Config, clock: Clock, session: Session) -> tuple[Run, str]:
    """Make runs while there is time; return the best one, and why it was chosen."""
    several = settings_of_members(config)
    networks = [
        one for one in several if LEARNERS[one.model.learner].preload and not one.model.uses_encoder
    ]
    share = _FIRST_SHARE if networks else _ONLY_SHARE
    first = make_first(config, clock, session, share=share)
    if first is None:
        path = write_constant(config, session)
        raise ConfigError(
            f"compute.budget_minutes={config.compute.budget_minutes:g} is too short for any model "
            "of these files; give more"
            + (f"; {path} predicts the mean of train for every row" if path else "")
        )
    point_latest(first.folder)
    _log.info("budget: a first submission after %.0f s: %s", clock.used, first.folder)
    reserve = _reserve(config, first)
    if networks and clock.left - reserve < _LEAST_SECONDS:
        for one in networks:
            clock.cut(f"{one.name} is left out")
        networks = []
    if networks:
        # From now on, as it would slow the first submission down.
        preload = LEARNERS[networks[0].model.learner].preload or ""
        workers.warm_up(preload, config.compute, config.compute.n_workers or 1)
    asked = _make_others(config, first, clock, session, bool(networks))
    asked += make_networks(networks, clock, session, reserve)
    if all(run is first for run in asked):
        first = _improved(config, first, clock, session)
        asked = [first] if asked else []
    return choose_result(config, first, asked, clock, session)


def _improved(config: Config, first: Run, clock: Clock, session: Session) -> Run:
    """Return the fast model fitted to more rows or with more features, if there is time left."""
    page = cast("LinearConfig", page_model())
    if first.config.model.identity() == page.identity() and not is_sample(first, config):
        return first
    no_labels = dataclasses.replace(config.pseudo_labels, run=None)
    base = dataclasses.replace(
        config, name=page.name, model=page, members={}, pseudo_labels=no_labels
    )

    def make_it() -> Run | None:
        run = make(base, "folds", session)
        model = model_in_time(run, page, _IMPROVING_SHARE * clock.left)
        is_same = model is None or model.identity() == first.config.model.identity()
        if model is None or (is_same and not is_sample(first, config)):
            return None
        return make_linear(base, model, clock, session)

    made = clock.extend(make_it, "a better fast model", reserve=_IMPROVING_RESERVE)
    return made if made is not None and is_better(made, first) else first


def _make_others(
    config: Config, first: Run, clock: Clock, session: Session, has_networks: bool
) -> list[Run]:
    """Make the runs of the linear models that are asked for, while the workers import Keras."""
    made: list[Run] = []
    page = page_model().identity()
    for one in settings_of_members(config):
        if one.model.uses_encoder:
            clock.cut(f"{one.name} is left out, as the time of its encoder is not known")
            continue
        if LEARNERS[one.model.learner].preload:
            continue
        # A cheaper form of the fast model stands in for it.
        if one.model.identity() == page and not is_sample(first, config):
            made.append(first)
            continue
        reserve = _reserve(config, first)
        reserve += (1 - _OTHERS_SHARE) * (clock.left - reserve) if has_networks else 0.0
        if (run := _make_linear(one, clock, session, reserve)) is not None:
            made.append(run)
    return made


def _reserve(config: Config, first: Run) -> float:
    """Return the seconds to keep for the blend."""
    return _BLEND_SECONDS + len(first.labels) / _ROWS_PER_BLEND_SECOND


def _make_linear(config: Config, clock: Clock, session: Session, reserve: float) -> Run | None:
    """Make the run of a linear model, or of a cheaper one, in this process.

    Args:
        config: its settings.
        clock: the time of the command.
        session: the command.
        reserve: the seconds to leave.
    """

    def make_it() -> Run | None:
        run = make(config, "folds", session)
        left = clock.left - reserve
        model = model_in_time(run, cast("LinearConfig", config.model), left)
        if model is None:
            clock.cut(f"{config.name} is left out")
            return None
        return make_linear(config, model, clock, session)

    return clock.extend(make_it, f"{config.name} is left out", reserve=reserve)


def _write_report(run: Run, clock: Clock, session: Session) -> None:
    """Write the report of the result, if there is time for it; if need be, without explanations."""
    if run.config.report.n_explained_rows:
        name = "the weights of words in the report, which make report computes"
        if clock.extend(lambda: _report(run, session), name, reserve=_REPORT_SECONDS):
            return
        settings = dataclasses.replace(run.config.report, n_explained_rows=0)
        run.config = dataclasses.replace(run.config, report=settings)
    clock.extend(lambda: _report(run, session), "the report, which make report writes")


def _report(run: Run, session: Session) -> bool:
    if run.config.competition.has_test:
        make_outputs(run, "report", session)
    else:
        make(run.config, "report", session)
    return True


def _note(run: Run, clock: Clock, reason: str) -> None:
    """Add the budget to metrics.json: what was cut, and why this run is the result."""
    entry = {
        "minutes": clock.minutes,
        "seconds": round(clock.used, 1),
        "cut": clock.cuts,
        "result": reason,
    }
    run.scores["budget"] = entry
    with rewriting(run.folder, "metrics.json"):
        write_json(run.folder / "metrics.json", run.scores)
    cuts = "; ".join(clock.cuts) or "nothing"
    _log.info("budget: %.1f of %.0f s; result: %s", clock.used, 60 * clock.minutes, reason)
    _log.info("budget: cut: %s", cuts)
