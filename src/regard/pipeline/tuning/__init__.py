"""The command tune: a search of settings by Optuna, in which each fold is a step of a trial.

`searching` runs the search. `space` says which settings are varied, `study` keeps the trials in a
file, `trials` trains their folds side by side, `page` writes the best settings as an experiment,
`trace` gathers the page of all trials, `lines` words the log.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from regard.errors import ConfigError

if TYPE_CHECKING:
    from regard.config import Config


def tune(config: "Config") -> None:
    """Search the settings of a model, see `searching.search`.

    Raises:
        ConfigError: Optuna is missing, or see there.
    """
    if find_spec("optuna") is None:
        raise ConfigError(
            "tune needs Optuna: pip install 'regard[tune]' (in a clone, make tune installs it)"
        )
    from regard.pipeline.tuning.searching import search

    search(config)
