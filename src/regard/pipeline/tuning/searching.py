"""The command tune: search settings within a budget, and write the best ones as a page."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.artefacts import write_text
from regard.config import Config, compose_settings, flat_values, page_options
from regard.errors import ConfigError, RegardError, one_line
from regard.metrics.registry import METRICS
from regard.parallel.display import Step, command_started, current
from regard.parallel.time_limit import OutOfTime, alarm
from regard.pipeline.runner import Session, make
from regard.pipeline.tuning.lines import (
    budget_left,
    closing_lines,
    header,
    shown_settings,
    trial_line,
)
from regard.pipeline.tuning.page import check_page, write_page
from regard.pipeline.tuning.space import Space, changed, space_of
from regard.pipeline.tuning.study import Progress, Study
from regard.pipeline.tuning.trace import trace_of
from regard.pipeline.tuning.trials import (
    Trial,
    n_at_once,
    prepare,
    prepared,
    quiet,
    train_round,
)
from regard.report.tuning import render_trace
from regard.runs.leaderboard import update_leaderboard

if TYPE_CHECKING:
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

# After so many failures in a row, something is wrong that no setting mends.
_MOST_FAILURES = 10
# To write the page and the trace.
_CLOSING_SECONDS = 4.0
# Sections that do not change the scores of a search, so that another command may join it.
_OF_COMMAND = (
    "compute",
    "data_dir",
    "output_dir",
    "overrides",
    "predict",
    "report",
    "serve",
    "tracking",
    "tune",
)


def search(config: Config) -> None:
    """Search the settings of a model, as far as there is time for.

    A trial trains one fold after another and is given up once it is worse than most were. The
    search is kept in `<output_dir>/<competition>/tune/<study>`: the same command continues it, and
    several commands may work on it at once.

    Raises:
        ConfigError: settings or the space are wrong, or are not those of the study.
        DataError: an input file is missing or broken.
        ArtefactError: the journal of the study is broken.
    """
    config = _with_space(config)
    _refuse(config)
    space = space_of(config)
    check_page(config)
    session = Session()
    run = prepared(changed(config, {}), session)
    folder = run.competition_folder / "tune" / str(config.tune.study)
    better = METRICS[config.competition.metric].greater_is_better
    study = Study(folder, greater_is_better=better, seed=config.seed)
    _check_same(study, _note(config, run, space), config)
    command = _Search(config, space, study, session, folder, n_at_once(run))
    with contextlib.closing(study):
        try:
            command.run()
        except (KeyboardInterrupt, RegardError):
            command.close()
            raise
        command.close()


class _Search:
    """One command that works on a study.

    Args:
        config: its settings.
        space: the settings that are varied.
        study: the study.
        session: hashes the input files once.
        folder: the folder of the study.
        n_slots: how many trials are trained at a time.
    """

    def __init__(
        self,
        config: Config,
        space: Space,
        study: Study,
        session: Session,
        folder: Path,
        n_slots: int,
    ) -> None:
        self._config = config
        self._space = space
        self._study = study
        self._session = session
        self._folder = folder
        self._n_slots = n_slots
        minutes = config.tune.minutes
        self._started = command_started()
        self._end = math.inf
        if minutes is not None:
            self._end = self._started + 60 * minutes - min(_CLOSING_SECONDS, 6 * minutes)
        # By slot: the same worker trains the folds of a trial, and keeps what it has read.
        self._by_slot: dict[int, Trial] = {}
        self._n_failures = 0

    def run(self) -> None:
        """Run trials until the budget is used up."""
        self._tell_begin()
        with current().step("tune") as step, contextlib.suppress(OutOfTime):
            while time.monotonic() < self._end and self._take():
                self._update(step)
                with self._timed():
                    for trial in self._trials:
                        if trial.run is None and not trial.failure:
                            prepare(trial, self._session)
                # A run that is there already, or settings that fail, free a slot at once.
                if self._ends_some():
                    continue
                with self._timed():
                    train_round(self._trials, self._n_slots, step)
                self._ends_some()
        # Folds that were finished in the round that the time has ended.
        self._ends_some()

    def close(self) -> None:
        """Write the page and the trace, and log what to type next."""
        trials, best = self._study.trials(), self._study.best()
        files = {}
        if best is not None:
            files["page"] = self._write_page(best)
            trace = trace_of(self._config, self._space, self._study, files["page"].stem)
            files["trace"] = self._folder / "trace.html"
            write_text(files["trace"], render_trace(trace))
            update_leaderboard(self._folder.parent.parent)
        for line in closing_lines(self._config, trials, best, files):
            _log.info("%s", line)

    def _tell_begin(self) -> None:
        trials = self._study.trials()
        metric = self._config.competition.metric
        n_done = sum(trial.result != "unfinished" for trial in trials)
        _log.info(
            "tune: %d settings of %s, study %s%s",
            len(self._space.settings),
            self._config.model.name,
            self._folder,
            f", which has {n_done} trials already" if n_done else "",
        )
        _log.info("%s", header(metric))

    def _timed(self) -> contextlib.AbstractContextManager[None]:
        """End a block by OutOfTime once the time is over; its trials are continued later."""
        return contextlib.nullcontext() if math.isinf(self._end) else alarm(self._end)

    def _take(self) -> bool:
        """Take trials for all workers; return whether there is any to go on with."""
        for slot in range(self._n_slots):
            if slot in self._by_slot:
                continue
            taken = self._study.take(self._space, n_most=self._config.tune.trials)
            if taken is None:
                break
            number, settings = taken
            trial = Trial(number, changed(self._config, {}))
            # The first trial has the defaults themselves, even where no range holds them.
            if number > 0:
                try:
                    trial.config = changed(self._config, settings)
                except ConfigError as error:
                    trial.failure = one_line(error)
            self._by_slot[slot] = trial
            self._study.note(number, settings=shown_settings(self._settings_of(trial, settings)))
        return bool(self._trials)

    @property
    def _trials(self) -> list[Trial]:
        """The trials that are trained, by slot."""
        return [trial for _, trial in sorted(self._by_slot.items())]

    def _ends_some(self) -> bool:
        """Tell the study of all folds that are trained; return whether a trial ends here."""
        ended = [
            slot
            for slot, trial in sorted(self._by_slot.items())
            if (trial.run is not None or trial.failure) and self._has_ended(trial)
        ]
        for slot in ended:
            del self._by_slot[slot]
        return bool(ended)

    def _has_ended(self, trial: Trial) -> bool:
        """Tell the study of the folds that a trial has trained, and of its end if it ends here."""
        if not trial.failure and self._is_pruned(trial):
            self._end_trial(trial, "pruned")
        elif trial.failure:
            self._end_trial(trial, "failed", reason=trial.failure)
        elif not trial.waiting():
            with quiet():
                run = make(trial.config, "train", self._session)
            self._end_trial(trial, "complete", float(run.scores["oof_score"]), run=run.name)
        else:
            return False
        return True

    def _is_pruned(self, trial: Trial) -> bool:
        """Tell the study of the folds that a trial has trained; return whether to give it up."""
        run = trial.ready
        n_trained = trial.n_trained()
        while trial.n_reported < n_trained:
            trial.n_reported += 1
            entries = trial.entries(trial.n_reported)
            if not math.isfinite(entries["oof_score"]):
                trial.failure = "its score is not a number"
                return False
            is_bad = self._study.report(
                trial.number,
                entries["fold_scores"],
                entries["oof_score"],
                seconds=entries["seconds_of_all_folds"],
            )
            if is_bad and trial.n_reported < len(run.chosen_folds):
                return True
        return False

    def _settings_of(self, trial: Trial, drawn: dict[str, Any]) -> dict[str, Any]:
        """Return the values of the varied settings in a trial; the first one has no drawn ones."""
        if trial.number > 0:
            return drawn
        values = flat_values(dataclasses.asdict(trial.config))
        return {setting.key: values[setting.key] for setting in self._space.settings}

    def _end_trial(
        self, trial: Trial, result: str, score: float | None = None, **notes: Any
    ) -> None:
        if result == "failed" and trial.number == 0:
            raise RegardError(f"the first trial, which has the defaults, failed: {trial.failure}")
        before = self._study.best()
        self._study.finish(trial.number, result, score, **notes)
        if result != "complete" and not self._is_shared(trial):
            trial.discard()
        best = self._study.best()
        if best is not None and (before is None or best.number != before.number):
            self._write_page(best)
        trials = self._study.trials()
        left = budget_left(self._config, self._end, len(trials))
        _log.info("%s", trial_line(trials[trial.number], best, left))
        self._n_failures = self._n_failures + 1 if result == "failed" else 0
        if self._n_failures >= _MOST_FAILURES:
            raise RegardError(
                f"{_MOST_FAILURES} trials in a row failed, the last one by: {trial.failure}"
            )

    def _is_shared(self, trial: Trial) -> bool:
        """Return whether another trial, with the same settings, is training the same run."""
        folders = [other.run.folder for other in self._trials if other.run and other is not trial]
        return trial.run is not None and trial.run.folder in folders

    def _write_page(self, best: Progress) -> Path:
        config = changed(self._config, {})
        if best.number > 0:
            params = self._space.restored(best.params)
            config = changed(self._config, params)
        return write_page(self._config, config, best, len(self._study.trials()))

    def _update(self, step: Step) -> None:
        """Bring the display up to date."""
        now = time.monotonic()
        step.text = f"{len(self._study.trials())} trials"
        if math.isfinite(self._end):
            step.share = min((now - self._started) / (self._end - self._started), 1.0)
            step.expect(max(self._end - now, 0.0))


def _with_space(config: Config) -> Config:
    """Return settings with the space of the page that is named after the model, if none is given.

    Without a name, a study is called as its model.
    """
    name = config.model.name
    if not config.tune.space and name in page_options().get("tune", ()):
        page = compose_settings([f"tune={name}"], {}).tune
        study = config.tune.study or page.study
        config = dataclasses.replace(
            config, tune=dataclasses.replace(config.tune, space=page.space, study=study)
        )
    study = config.tune.study or name
    return dataclasses.replace(config, tune=dataclasses.replace(config.tune, study=study))


def _refuse(config: Config) -> None:
    """Refuse settings that a search has no use for.

    Raises:
        ConfigError: the message names the setting.
    """
    if config.members:
        raise ConfigError(
            f"tune searches one model at a time, but members={list(config.members)}; leave out "
            "the experiment that adds them, and choose a model by tune=<page>"
        )
    if config.seeds is not None:
        raise ConfigError("tune trains each trial with one seed; set seeds=null")
    if config.compute.budget_minutes is not None:
        raise ConfigError("compute.budget_minutes is for train; give tune.minutes instead")
    if not config.compute.is_local:
        raise ConfigError(
            f"a search trains its trials on this machine, and compute={config.compute.engine} is "
            "for train and sweep; set compute=local"
        )
    if config.tune.minutes is None and config.tune.trials is None:
        raise ConfigError("tune.minutes and tune.trials are both null; give one of them a number")


def _note(config: Config, run: Run, space: Space) -> dict[str, Any]:
    """Return all that the trials of a study must share, as JSON."""
    values = {
        key: value
        for key, value in flat_values(dataclasses.asdict(config)).items()
        if key.partition(".")[0] not in _OF_COMMAND
    }
    note = {"space": space.to_json(), "settings": values, "train": run.input_hashes["train"]}
    return dict(json.loads(json.dumps(note)))  # as it is read again


def _check_same(study: Study, note: dict[str, Any], config: Config) -> None:
    """Refuse to continue a study with other settings: its trials could not be compared.

    Raises:
        ConfigError: the message names the first difference.
    """
    known = study.noted(note)
    advice = "give the search another name by tune.study=<name>, or take that back"
    if known["train"] != note["train"]:
        raise ConfigError(
            f"the train file has changed since the study {config.tune.study} was begun; give the "
            "search another name by tune.study=<name>"
        )
    for part, what in (("space", "the space"), ("settings", "the settings")):
        for key in [*known[part], *note[part]]:
            then, now = known[part].get(key, "nothing"), note[part].get(key, "nothing")
            if then != now:
                raise ConfigError(
                    f"{what} of the study {config.tune.study} had {key}={then} when it was begun, "
                    f"and has {now} now; {advice}"
                )
