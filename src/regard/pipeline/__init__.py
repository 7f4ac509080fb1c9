"""The stages, in the order data flows: prepare, divide into folds, embed, train, predict, submit,
report.

Each stage makes sure of the ones before it, does nothing where its artefact is there already, and
returns the plan of where everything is. None of them imports Keras: that is for the processes that
train and predict. Finished runs can be blended.
"""

from regard.pipeline.blending import blend_runs
from regard.pipeline.ensembles import run
from regard.pipeline.preparing import divide, embed, prepare
from regard.pipeline.reading import (
    ensure_data,
    read_scores,
    read_task,
    read_thresholds,
    read_vocabulary,
)
from regard.pipeline.running import (
    predict,
    report,
    submit,
    tell,
    train,
)

__all__ = [
    "blend_runs",
    "divide",
    "embed",
    "ensure_data",
    "predict",
    "prepare",
    "read_scores",
    "read_task",
    "read_thresholds",
    "read_vocabulary",
    "report",
    "run",
    "submit",
    "tell",
    "train",
]
