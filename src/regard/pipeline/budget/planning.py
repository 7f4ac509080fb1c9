"""Plans: how many epochs and folds of a network fit into a time, by its measured speed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.speed import Speed

# The speed of a machine that others use varies. A training that is too slow is cut by its time
# limit, but nothing replaces a prediction that is too slow.
MARGIN = 1.2
_PREDICTION_MARGIN = 1.6
_PREDICTION_SECONDS = 1.5  # to start it and to write the submission
# Fewer epochs than this share of those asked for are worth less than fewer folds.
_LEAST_SHARE = 0.3
_LEAST_EPOCHS = 2


@dataclass(frozen=True)
class Room:
    """The time that a network may take, and the work that is to be done.

    Attributes:
        seconds: until the submission must be written.
        n_folds: the folds to choose from.
        n_slots: the folds that are trained at a time.
        n_rows: the test rows; 0 without a test file.
        rows_per_block: test rows of a job.
    """

    seconds: float
    n_folds: int
    n_slots: int
    n_rows: int
    rows_per_block: int


@dataclass(frozen=True)
class Plan:
    """The epochs and folds that are trained.

    Attributes:
        n_epochs: of each fold.
        n_folds: the first so many folds.
        training: the expected seconds of the training, with a margin.
        prediction: the seconds to keep for the prediction, with a margin.
    """

    n_epochs: int
    n_folds: int
    training: float
    prediction: float

    @property
    def seconds(self) -> float:
        """All seconds."""
        return self.training + self.prediction


def plan_network(speed: Speed, room: Room) -> Plan | None:
    """Plan the training of a network.

    All folds with as many epochs as fit; if too few of them fit, fewer folds; if even the fewest
    folds that keep all workers busy are too many, fewer epochs again.

    Returns:
        None if not even one epoch fits.

    Example:
        of 12 epochs and 5 folds, 2 at a time, an epoch of 10 seconds: 500 seconds -> all 12 epochs
        of 5 folds; 240 -> 6 epochs of 5 folds; 100 -> 4 epochs of 4 folds; 40 -> 3 epochs of 2
        folds (with nothing to set up and no test rows)
    """
    least = min(max(_LEAST_EPOCHS, math.ceil(_LEAST_SHARE * speed.n_epochs)), speed.n_epochs)
    counts = fold_counts(room.n_folds, room.n_slots)
    for n_folds in counts:
        plan = _plan_of(speed, room, n_folds)
        if plan.n_epochs >= least:
            return plan
    plan = _plan_of(speed, room, counts[-1])
    return plan if plan.n_epochs >= 1 else None


def fold_counts(n_folds: int, n_slots: int) -> list[int]:
    """Return the numbers of folds to try: all, then those that keep all workers busy.

    Example:
        5 folds, 2 at a time -> [5, 4, 2]; 5 folds, 8 at a time -> [5]
    """
    full = range(n_slots * (n_folds // n_slots), 0, -n_slots)
    return list(dict.fromkeys([n_folds, *full]))


def _plan_of(speed: Speed, room: Room, n_folds: int) -> Plan:
    """Return the plan of a number of folds; with no epochs if none fits."""
    prediction = 0.0
    if room.n_rows:
        forecast = speed.prediction(n_folds, room.n_rows, room.n_slots, room.rows_per_block)
        prediction = _PREDICTION_SECONDS + _PREDICTION_MARGIN * forecast
    of_fold = (room.seconds - prediction) / MARGIN / math.ceil(n_folds / room.n_slots)
    fitting = math.floor((of_fold - speed.set_up) / max(speed.epoch, 1e-6))
    n_epochs = min(max(fitting, 0), speed.n_epochs)
    training = MARGIN * speed.training(n_epochs, n_folds, room.n_slots)
    return Plan(n_epochs, n_folds, training, prediction)


def planned_config(config: Config, speed: Speed, plan: Plan, chosen: Sequence[int]) -> Config:
    """Return the settings of a run with the epochs and the folds of a plan.

    Nothing raises the number of epochs again, and the learning rate falls within them.

    Args:
        config: the settings of the uncut run.
        speed: the batch size and the patience that go with its epochs.
        plan: the plan.
        chosen: the folds that the uncut run trains.
    """
    training = dataclasses.replace(
        config.training,
        epochs=plan.n_epochs,
        min_steps=0,
        patience=min(speed.patience, max(plan.n_epochs, 1)),
        refit=False,
    )
    batches = dataclasses.replace(config.batches, size=speed.batch_size)
    folds = config.folds
    if plan.n_folds < len(chosen):
        folds = dataclasses.replace(folds, only=list(chosen[: plan.n_folds]))
    return dataclasses.replace(config, training=training, batches=batches, folds=folds)


def cuts_of(name: str, speed: Speed, plan: Plan, n_folds: int) -> list[str]:
    """Return the cuts of a plan in words.

    Example:
        "bigru_pool: 4 of 12 epochs", "bigru_pool: 2 of 5 folds"
    """
    cuts = []
    if plan.n_epochs < speed.n_epochs:
        cuts.append(f"{name}: {plan.n_epochs} of {speed.n_epochs} epochs")
    if plan.n_folds < n_folds:
        cuts.append(f"{name}: {plan.n_folds} of {n_folds} folds")
    return cuts
