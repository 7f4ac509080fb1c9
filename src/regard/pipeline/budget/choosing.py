"""The result of a command with a budget: the asked model, a blend, or the fast model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from regard.pipeline.blending import make_blend
from regard.pipeline.budget.clock import Clock
from regard.pipeline.budget.safety import target_of
from regard.pipeline.member_settings import has_own_name
from regard.pipeline.runner import Session

if TYPE_CHECKING:
    from regard.config import Config
    from regard.runs.run import Run


def choose_result(
    config: Config, first: Run, asked: list[Run], clock: Clock, session: Session
) -> tuple[Run, str]:
    """Return the blend of what was made, the asked model, or the fast one if it is better."""
    members = asked if first in asked or is_sample(first, config) else [*asked, first]
    best = first
    reason = "the fast model: no other was trained in time"
    for run in asked:
        if run is not first and is_better(run, best):
            best = run
            reason = f"{run.config.name}: it scores best out of fold"
    if best is first and len(members) > 1:
        reason = "the fast model: it scores better out of fold than the others in this time"
    # A network that was cut gains by the fast model; one that was not is what was asked for.
    is_cut = any(cut.startswith(f"{config.name}:") for cut in clock.cuts)
    if len(members) > 1 and (config.members or is_cut):
        blended = clock.extend(lambda: _blend(config, members, session), "the blend")
        if blended is not None and (config.members or is_better(blended, best)):
            return blended, f"the blend of {len(members)} runs"
    return best, reason


def _blend(config: Config, runs: Sequence[Run], session: Session) -> Run:
    folders = [run.folder for run in runs]
    name = config.name if config.members and has_own_name(config) else "blend"
    target = target_of(config)
    method = config.blend.method
    return make_blend(config, folders, name=name, method=method, session=session, target=target)


def is_sample(run: Run, config: Config) -> bool:
    """Return whether a run has read a part of the rows only."""
    return bool(run.config.data_dir != config.data_dir)


def is_better(run: Run, other: Run) -> bool:
    """Return whether a run scores at least as well as another on the folds that both trained."""
    scores = [dict(zip(one.scored_folds, one.scores["fold_scores"], strict=True)) for one in
              (run, other)]  # fmt: skip
    both = sorted(set(scores[0]) & set(scores[1]))
    if not both or is_sample(other, run.config):
        return True
    means = [float(np.mean([of_fold[fold] for fold in both])) for of_fold in scores]
    sign = 1 if run.scores["greater_is_better"] else -1
    return sign * means[0] >= sign * means[1]
