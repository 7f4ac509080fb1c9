"""Trackers: programs that show settings, curves and scores of runs while folds are trained.

A new tracker is one file with a `Tracker`, and its entry here. Its package is imported when it is
made, so that settings are checked without it.
"""

from regard.runs.tracking.mlflow_runs import MlflowTracker
from regard.runs.tracking.tensorboard_events import TensorBoardTracker
from regard.runs.tracking.tracker import Subject, Tracker
from regard.runs.tracking.wandb_runs import WandbTracker

__all__ = ["TRACKERS", "Subject", "Tracker"]

# The choices of the setting tracking.tracker.
TRACKERS: dict[str, type[Tracker]] = {
    "tensorboard": TensorBoardTracker,
    "mlflow": MlflowTracker,
    "wandb": WandbTracker,
}
