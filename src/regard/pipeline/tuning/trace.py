"""The data of the page that shows a search."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from regard.config import Choices
from regard.metrics.registry import METRICS
from regard.pipeline.tuning.lines import folds_better, next_command, short_names
from regard.report.tuning import Axis, Trace, TracedTrial

if TYPE_CHECKING:
    from regard.config import Config
    from regard.pipeline.tuning.space import Setting, Space
    from regard.pipeline.tuning.study import Progress, Study

# The importance of settings is that of a forest, which has nothing to learn from fewer trials.
_FEWEST_TRIALS = 5
_SEED = 1


def trace_of(config: Config, space: Space, study: Study, page: str) -> Trace:
    """Return the data of the page.

    Args:
        config: the settings of the command.
        space: the settings that are varied.
        study: at least one of its trials is complete.
        page: the name of the page of the best settings.
    """
    metric = config.competition.metric
    trials, best = study.trials(), study.best()
    if best is None:
        raise ValueError("no trial is complete")
    first = next((trial for trial in trials if trial.number == 0), best)
    names = short_names([setting.key for setting in space.settings])
    return Trace(
        competition=config.competition.name,
        study=str(config.tune.study),
        model=config.model.name,
        metric=metric,
        greater_is_better=METRICS[metric].greater_is_better,
        axes=[_axis(setting, names[setting.key]) for setting in space.settings],
        trials=[_traced(trial, space) for trial in trials],
        best=best.number,
        folds_better=folds_better(first, best) if first.result == "complete" else (0, 0),
        importance=importance(study),
        page=page,
        command=next_command(config, page),
    )


def importance(study: Study) -> dict[str, float]:
    """Return the share of each setting in the spread of the scores, the greatest first.

    Returns:
        Nothing if there are too few complete trials, or all of them score alike.
    """
    complete = [trial for trial in study.trials() if trial.result == "complete"]
    if len(complete) < _FEWEST_TRIALS or len({trial.score for trial in complete}) == 1:
        return {}
    evaluator = FanovaImportanceEvaluator(seed=_SEED)
    found = get_param_importances(study.study, evaluator=evaluator)
    return {key: float(share) for key, share in found.items() if math.isfinite(share)}


def _axis(setting: Setting, short: str) -> Axis:
    if isinstance(setting.values, Choices):
        return Axis(setting.key, short, choices=tuple(setting.choices))
    values = setting.values
    return Axis(setting.key, short, low=values.low, high=values.high, log=values.log)


def _traced(trial: Progress, space: Space) -> TracedTrial:
    shown: dict[str, Any] = trial.notes.get("settings", {})
    return TracedTrial(
        number=trial.number,
        result=trial.result,
        score=trial.score,
        fold_scores=tuple(trial.notes.get("fold_scores", ())),
        seconds=float(trial.notes.get("seconds", 0.0)),
        params={key: trial.params[key] for key in space.first() if key in trial.params},
        settings={str(key): str(value) for key, value in shown.items()},
        run=str(trial.notes.get("run", "")),
        reason=str(trial.notes.get("reason", "")),
    )
