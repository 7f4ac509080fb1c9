"""A study of Optuna in a file: its trials survive a kill, and several commands share them.

    outputs/<competition>/tune/<study>/
        journal.log        all that happened, a line of JSON each, written by Optuna
        trial_<n>.lock     held by the command that works on trial n
        .lock              held while a trial is taken

A trial that nobody holds any more belongs to a command that was stopped: the next one goes on with
it. Locks are those of the system, which end with the process.
"""

from __future__ import annotations

import contextlib
import fcntl
import math
import operator
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import optuna
from optuna.storages.journal import JournalFileBackend, JournalStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from regard.artefacts.seeds import derive_seed
from regard.errors import ArtefactError, one_line
from regard.pipeline.tuning.journal import JournalLock
from regard.pipeline.tuning.space import Space

JOURNAL = "journal.log"
_MUTEX = ".lock"
_NAME = "regard"
_NOTE = "note"
# The first trials are drawn at random, and none is pruned before so many are complete.
_N_RANDOM = 8
_N_UNPRUNED = 4


@dataclass(frozen=True)
class Progress:
    """The state of a trial.

    Attributes:
        number: from 0, in the order in which trials were begun.
        result: "complete", "pruned", "failed" or "unfinished".
        score: of all folds if it is complete; else of the folds so far; NaN if there are none.
        params: the drawn values by the names of the settings.
        notes: `fold_scores`, `seconds`, `run`, `settings` and `reason`, as far as there are any.
    """

    number: int
    result: str
    score: float
    params: dict[str, Any]
    notes: dict[str, Any]


class Study:
    """The trials of a search, shared by all commands that work on it.

    Args:
        folder: the folder of the study, which is made.
        greater_is_better: whether a greater score is better.
        seed: decides the draws, together with the trials that are known at the time.

    Raises:
        ArtefactError: the journal is broken.
    """

    def __init__(self, folder: Path, *, greater_is_better: bool, seed: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        folder.mkdir(parents=True, exist_ok=True)
        journal = folder / JOURNAL
        self._folder = folder
        self._seed = seed
        self._locks: dict[int, IO[str]] = {}
        try:
            self._storage = JournalStorage(JournalFileBackend(str(journal), JournalLock(journal)))
            self._study = optuna.create_study(
                study_name=_NAME,
                storage=self._storage,
                direction="maximize" if greater_is_better else "minimize",
                load_if_exists=True,
            )
        except (ValueError, KeyError) as error:
            raise ArtefactError(
                f"{journal} cannot be read ({one_line(error)}); delete its folder to begin again"
            ) from error

    @property
    def study(self) -> optuna.Study:
        """The study itself, to measure the importance of its settings."""
        return self._study

    def noted(self, note: dict[str, Any]) -> dict[str, Any]:
        """Return the note of the command that began the study: `note` if it is this one."""
        with self._alone():
            if _NOTE not in self._study.user_attrs:
                self._study.set_user_attr(_NOTE, note)
            found: dict[str, Any] = self._study.user_attrs[_NOTE]
            return found

    def take(self, space: Space, *, n_most: int | None) -> tuple[int, dict[str, Any]] | None:
        """Take a trial: one that a stopped command has left, or a new one.

        The first trial of all has the defaults.

        Args:
            space: the settings to draw.
            n_most: the number of trials after which there is no new one; None: no limit.

        Returns:
            Its number and its settings by their dotted names; None if there is none to take.
        """
        with self._alone():
            trials = self._study.get_trials(deepcopy=False)
            number = next((one.number for one in trials if self._is_left(one)), None)
            if number is None:
                if n_most is not None and len(trials) >= n_most:
                    return None
                number = len(trials)
                if not trials:
                    self._study.enqueue_trial(space.first())
            # A sampler for each trial, so that draws do not depend on those of this process.
            self._study.sampler = optuna.samplers.TPESampler(
                n_startup_trials=_N_RANDOM,
                multivariate=True,
                constant_liar=True,
                seed=derive_seed(self._seed, "trial", number),
            )
            is_new = number >= len(trials) or trials[number].state == TrialState.WAITING
            trial = self._study.ask() if is_new else self._trial(number)
            self._hold(trial.number)
            return trial.number, space.suggest(trial)

    def note(self, number: int, **notes: Any) -> None:
        """Note something on a trial, see `Progress`."""
        trial = self._trial(number)
        for name, value in notes.items():
            trial.set_user_attr(name, value)

    def report(self, number: int, fold_scores: Sequence[float], score: float, **notes: Any) -> bool:
        """Note the score of a trial after some of its folds.

        Args:
            number: of the trial.
            fold_scores: of the folds so far.
            score: of all their rows.
            **notes: see `Progress`.

        Returns:
            Whether it is worse after so many folds than most trials were: it should be pruned.
        """
        trial, step = self._trial(number), len(fold_scores)
        trials = self._study.get_trials(deepcopy=False)
        # A command that was stopped may have reported it.
        if step not in trials[number].intermediate_values:
            trial.report(score, step=step)
        self.note(number, fold_scores=list(fold_scores), **notes)
        # Optuna's pruners compare the best step so far, as of learning curves.
        others = [
            one.intermediate_values[step]
            for one in trials
            if one.state == TrialState.COMPLETE and step in one.intermediate_values
        ]
        if number == 0 or len(others) < _N_UNPRUNED:
            return False
        worse = operator.lt if self._study.direction.name == "MAXIMIZE" else operator.gt
        return bool(worse(score, statistics.median(others)))

    def finish(self, number: int, result: str, score: float | None = None, **notes: Any) -> None:
        """Finish a trial.

        Args:
            number: of the trial.
            result: "complete", "pruned" or "failed".
            score: of a complete one.
            **notes: see `Progress`.
        """
        states = {
            "complete": TrialState.COMPLETE,
            "pruned": TrialState.PRUNED,
            "failed": TrialState.FAIL,
        }
        self.note(number, **notes)
        with self._alone():  # else another command could take it for one that was left
            self._study.tell(number, score, state=states[result])
            self._locks.pop(number).close()
            self._lock_of(number).unlink(missing_ok=True)

    def trials(self) -> list[Progress]:
        """Return all trials by their numbers, those of other commands among them."""
        return [
            _progress(trial)
            for trial in self._study.get_trials(deepcopy=False)
            if trial.state.name != "WAITING"
        ]

    def best(self) -> Progress | None:
        """Return the complete trial with the best score, the earliest of equal ones."""
        complete = [trial for trial in self.trials() if trial.result == "complete"]
        sign = 1 if self._study.direction.name == "MAXIMIZE" else -1
        return max(complete, key=lambda trial: sign * trial.score, default=None)

    def close(self) -> None:
        """Let go of the trials that this command works on; another one goes on with them."""
        for lock in self._locks.values():
            lock.close()
        self._locks.clear()

    def _trial(self, number: int) -> Trial:
        """Return a trial that is running, whichever command began it."""
        study = self._storage.get_study_id_from_name(_NAME)
        return Trial(
            self._study, self._storage.get_trial_id_from_study_id_trial_number(study, number)
        )

    def _is_left(self, trial: FrozenTrial) -> bool:
        """Return whether a command was stopped before it finished a trial, or began it."""
        if trial.state.name == "WAITING":
            return True
        if trial.state.name != "RUNNING" or trial.number in self._locks:
            return False
        with self._lock_of(trial.number).open("a") as lock:
            return _is_taken(lock)

    def _hold(self, number: int) -> None:
        lock = self._lock_of(number).open("a")
        fcntl.flock(lock, fcntl.LOCK_EX)
        self._locks[number] = lock

    def _lock_of(self, number: int) -> Path:
        return self._folder / f"trial_{number}.lock"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait until no other command is in such a block."""
        with (self._folder / _MUTEX).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _is_taken(lock: IO[str]) -> bool:
    """Lock a file until it is closed; return whether no other process holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _progress(trial: FrozenTrial) -> Progress:
    names = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "unfinished"}
    score = trial.value
    if score is None:
        score = trial.intermediate_values.get(trial.last_step or 0, math.nan)
    result = names[trial.state.name]
    return Progress(trial.number, result, score, dict(trial.params), dict(trial.user_attrs))
