"""The networks of a command with a budget: measured, planned and trained in time."""

from __future__ import annotations

import dataclasses
import functools
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from regard.parallel import workers
from regard.parallel.slots import worker_slots
from regard.parallel.time_limit import TimeLimit
from regard.pipeline.budget.clock import Clock
from regard.pipeline.budget.planning import Plan, Room, cuts_of, plan_network, planned_config
from regard.pipeline.budget.safety import target_of
from regard.pipeline.runner import Session, make
from regard.runs.predicting import ROWS_PER_BLOCK
from regard.runs.speed import Speed

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

# The share and the maximum of the time that a measurement of the speed takes.
_MEASURING_SHARE = 0.08
_MEASURING_SECONDS = 12.0
# With less time for each, fewer networks are trained.
_LEAST_SECONDS_PER_NETWORK = 60.0


def make_networks(
    networks: Sequence[Config], clock: Clock, session: Session, reserve: float
) -> list[Run]:
    """Make the runs of networks, the first ones first, each in its share of the time."""
    made: list[Run] = []
    for index, config in enumerate(networks):
        left = clock.left - reserve
        n_more = len(networks) - index
        n_fitting = min(max(int(left // _LEAST_SECONDS_PER_NETWORK), 1), n_more)
        seconds = left / n_fitting
        network = _Network(config, clock, session, has_others=n_more > 1 or bool(made))
        make_it = functools.partial(network.make, time.monotonic() + seconds)
        run = clock.extend(make_it, f"{config.name} is left out", reserve=reserve)
        if run:
            made.append(run)
    return made


class _Network:
    """One network of a command with a budget.

    Args:
        config: its settings, uncut.
        clock: the time of the command.
        session: the command.
        has_others: whether other networks can take the time of one that is too slow.
    """

    def __init__(self, config: Config, clock: Clock, session: Session, *, has_others: bool) -> None:
        self._has_others = has_others
        self._config = config
        self._clock = clock
        self._session = session

    def make(self, end: float) -> Run | None:
        """Measure, plan and train the network, and predict by it.

        Args:
            end: when the submission must be written.

        Returns:
            None if it does not fit.
        """
        run = make(self._config, "embed", self._session)
        folds = run.chosen_folds
        n_slots = len(worker_slots(run.config.compute, len(folds)))
        speed = self._measure(run, folds[:n_slots], end)
        room = Room(
            seconds=end - time.monotonic(),
            n_folds=len(folds),
            n_slots=n_slots,
            n_rows=len(run.test_ids) if run.config.competition.has_test else 0,
            rows_per_block=ROWS_PER_BLOCK,
        )
        plan = None if speed is None else plan_network(speed, room)
        name = self._config.name
        too_few = plan is not None and plan.n_epochs < 2 and self._has_others
        if speed is None or plan is None or too_few:
            self._clock.cut(f"{name} is left out: one epoch does not fit")
            return None
        _log.info(
            "budget: %s: %d epochs of %d folds in %.0f s, then %.0f s to predict",
            name, plan.n_epochs, plan.n_folds, plan.training, plan.prediction,
        )  # fmt: skip
        for cut in cuts_of(name, speed, plan, len(folds)):
            self._clock.cut(cut)
        return self._train(speed, plan, room, folds)

    def _measure(self, run: Run, folds: Sequence[int], end: float) -> Speed | None:
        """Return the speed of the slowest of all workers at once."""
        seconds = min(_MEASURING_SHARE * 60 * self._clock.minutes, _MEASURING_SECONDS)
        jobs = [
            workers.Job(f"speed {fold}", run.learner.measure_speed, (run, fold, seconds))
            for fold in folds
        ]
        found = workers.run_jobs(jobs, run.config.compute, imports=run.learner.preload)
        speeds = [speed for speed in found if speed is not None]
        if not speeds:
            return None
        values = [dataclasses.astuple(speed) for speed in speeds]
        slowest = Speed(*(max(column) for column in zip(*values, strict=True)))
        _log.info(
            "budget: %s: %.1f s to set up a fold, %.1f s an epoch (measured)",
            self._config.name, slowest.set_up, slowest.epoch,
        )  # fmt: skip
        return slowest

    def _train(self, speed: Speed, plan: Plan, room: Room, folds: Sequence[int]) -> Run:
        config = planned_config(self._config, speed, plan, folds)
        now = time.monotonic()
        end = now + room.seconds - plan.prediction
        limit = TimeLimit(
            end=end,
            hard_end=end + 1.0 + 0.2 * plan.prediction,
            fold_seconds=speed.fold(plan.n_epochs),
            valid_seconds=speed.valid,
        )
        run = make(config, target_of(config), self._session, limit=limit)
        if cut := run.scores.get("cut_folds"):
            self._clock.cut(f"{config.name}: folds {cut} ended before their last epoch")
        if len(run.scored_folds) < plan.n_folds:
            self._clock.cut(f"{config.name}: {len(run.scored_folds)} of {room.n_folds} folds")
        return run
