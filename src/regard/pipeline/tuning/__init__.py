"""The command tune: a search of settings by Optuna, in which each fold is a step of a trial.

`searching` runs the search. `space` says which settings are varied, `study` keeps the trials in a
file, `trials` trains their folds side by side, `page` writes the best settings as an experiment,
`trace` gathers the page of all trials, `lines` words the log.
"""

from regard.pipeline.tuning.searching import tune

__all__ = ["tune"]
