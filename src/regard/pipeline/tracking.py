"""Tracking: what the folds of a run report is passed on to a program that shows it.

A thread of its own writes, so that a slow server keeps no worker waiting, and a tracker that fails
ends no training.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import logging
import os
import queue
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.artefacts import read_fold_state, read_json
from regard.config import NO_TRACKER, flat_values
from regard.errors import one_line
from regard.runs.tracking import TRACKERS, Subject

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

THREAD = "tracking"
# A server that is away must not keep a finished run waiting for long.
_MAX_WAIT = 30.0
_SCORES = ("oof_score", "mean_of_folds", "std_of_folds", "seconds_of_all_folds")
_SECRET = re.compile(r"(KEY|TOKEN|PASSWORD|SECRET)$")
_MIN_CHARACTERS = 6  # of a secret; a shorter value may be any word


def check_tracking(config: Config) -> None:
    """Make sure that the tracker of a run can be used.

    Raises:
        ConfigError: its package is missing, or it would have to ask for a key.
    """
    if config.tracking.tracker != NO_TRACKER:
        tracker = TRACKERS[config.tracking.tracker]
        tracker.check_installed()
        tracker.check_ready()


@contextlib.contextmanager
def tracked(run: Run) -> Iterator[None]:
    """Pass on to the tracker of a run what is trained in this block, and its scores at the end."""
    if run.config.tracking.tracker == NO_TRACKER:
        yield
        return
    tracking = Tracking(run, run.unfinished_folder, run.chosen_folds)
    run.on_event = tracking.on_event
    is_finished = False
    try:
        tracking.log_histories()
        yield
        is_finished = True
    finally:
        if is_finished:
            tracking.log_histories()  # of folds that were taken over from another run
            tracking.log_result()
        tracking.close(is_finished=is_finished)


def track_finished(run: Run) -> None:
    """Write the curves and scores of a finished run, as far as its tracker does not have them."""
    if run.config.tracking.tracker != NO_TRACKER:
        tracking = Tracking(run, run.folder, [] if run.members else run.scored_folds)
        tracking.log_histories()
        tracking.log_result()
        tracking.close(is_finished=True)


class Tracking:
    """Calls the tracker of a run, in a thread.

    Args:
        run: the run; its settings name the tracker.
        folder: the folder that its folds are in, or are written into.
        folds: the numbers of these folds.
    """

    def __init__(self, run: Run, folder: Path, folds: Sequence[int]) -> None:
        self._name = run.config.tracking.tracker
        self._tracker = TRACKERS[self._name](subject_of(run, folds))
        self._place = run.folder.absolute()
        self._folder = folder
        self._folds = folds
        self._last: dict[int, int] = {}
        self._has_failed = False
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._calls.put(self._start)
        self._thread = threading.Thread(target=self._work, name=THREAD, daemon=True)
        self._thread.start()

    def on_event(self, fold: int, event: Mapping[str, Any]) -> None:
        """Take an event of a fold: the record of an epoch is passed on."""
        if "score" in event and "epoch" in event:
            self._calls.put(functools.partial(self._log_epoch, fold, event))

    def log_histories(self) -> None:
        """Pass on the epochs that are in files: of finished folds, and of interrupted ones."""
        self._calls.put(self._log_histories)

    def log_result(self) -> None:
        """Pass on the scores of the run, and its folder."""
        self._calls.put(self._log_result)

    def close(self, *, is_finished: bool) -> None:
        """End the tracking once all is written, or after a while without it."""
        self._calls.put(functools.partial(self._tracker.close, is_finished=is_finished))
        self._calls.put(None)
        self._thread.join(_MAX_WAIT)
        if self._thread.is_alive():
            _log.warning(
                "tracking: %s has not taken all values within %.0f seconds; the rest is left out, "
                "and the run itself is not affected",
                self._name,
                _MAX_WAIT,
            )

    def _start(self) -> None:
        self._last = dict(self._tracker.start())

    def _log_histories(self) -> None:
        for fold in self._folds:
            for record in _history(self._folder / f"fold_{fold}"):
                self._log_epoch(fold, record)

    def _log_epoch(self, fold: int, record: Mapping[str, Any]) -> None:
        epoch = int(record["epoch"])
        if epoch > self._last.get(fold, 0):
            values = {name: float(value) for name, value in record.items() if name != "epoch"}
            self._tracker.log_epoch(fold, epoch, values)
            self._last[fold] = epoch

    def _log_result(self) -> None:
        scores = read_json(self._folder / "metrics.json")
        found = {name: float(scores[name]) for name in _SCORES if name in scores}
        self._tracker.log_result(found, self._place)

    def _work(self) -> None:
        """Make the calls in turn; after one that fails, only end the tracker."""
        while (call := self._calls.get()) is not None:
            if self._has_failed:
                continue
            try:
                call()
            # A package or its server may fail in any way, and the training must go on.
            except Exception as error:
                self._has_failed = True
                _log.warning(
                    "tracking: %s fails (%s); nothing more is written to it, and the run goes on",
                    self._name,
                    without_secrets(f"{type(error).__name__}: {one_line(error)}"),
                )
                with contextlib.suppress(Exception):  # it may fail again
                    self._tracker.close(is_finished=False)


def subject_of(run: Run, folds: Sequence[int]) -> Subject:
    """Return a run as a tracker shows it, with the folds that it trains."""
    config = run.config
    values = dataclasses.asdict(config)
    del values["tracking"]
    values["overrides"] = [word for word in config.overrides if "tracking" not in word]
    return Subject(
        name=run.name,
        competition=config.competition.name,
        home=run.competition_folder.absolute(),
        folds=folds,
        settings=flat_values(values),
        project=config.tracking.project or config.competition.name,
        uri=config.tracking.uri,
    )


def without_secrets(text: str) -> str:
    """Return a message without passwords in addresses and values of secret variables.

    Example:
        "https://me:pass@host is away" -> "https://***@host is away"
    """
    text = re.sub(r"(?<=://)[^/@\s]+@", "***@", text)
    for name, value in os.environ.items():
        if _SECRET.search(name) and len(value) >= _MIN_CHARACTERS:
            text = text.replace(value, "***")
    return text


def _history(folder: Path) -> list[dict[str, Any]]:
    """Return the records of a fold's epochs; those so far of a fold that was interrupted."""
    if (folder / "history.json").exists():
        return list(read_json(folder / "history.json")["epochs"])
    state = folder.with_name(f".{folder.name}.unfinished") / "state.npz"
    return list(read_fold_state(state).get("history", []))
