"""The registries of choices: which values a setting may have.

A registry is a dictionary next to the code that implements its entries, for example
`regard.text.cleaning.STEPS`. The check of a setting and its error message read the registry, so a
new entry needs no change here; `regard.config.plugins` adds entries from outside.
"""

import importlib
from collections.abc import Mapping
from typing import Any

# Setting -> "module:attribute". A module named here must not import Keras or TensorFlow at its top,
# since it is imported whenever settings are checked.
REGISTRIES = {
    "competition.task": "regard.tasks:TASKS",
    "competition.metric": "regard.metrics.registry:METRICS",
    "text.cleaning": "regard.text.cleaning:STEPS",
    "text.tokenizer": "regard.text.segmenting:SEGMENTERS",
    "text.language": "regard.text.languages:LANGUAGES",
    "features.text_statistics": "regard.data.text_statistics:STATISTICS",
    "embeddings.sources": "regard.embeddings.sources:SOURCES",
    "embeddings.lookup": "regard.embeddings.lookup:LOOKUPS",
    "model.learner": "regard.config.model:MODEL_SETTINGS",
    "model.encoder": "regard.network.encoders:ENCODERS",
    "model.rnn.cell": "regard.network.encoders.recurrent:CELLS",
    "model.sequence_attention": "regard.network.sequence_attention:SEQUENCE_ATTENTIONS",
    "model.encoder_pooling": "regard.network.transformer.pooling:POOLINGS",
    "model.pooling": "regard.network.poolings:POOLINGS",
    "model.attention.score": "regard.network.attention.scores:SCORES",
    "model.attention.query": "regard.network.attention.queries:QUERIES",
    "model.attention.normaliser": "regard.network.attention.normalisers:NORMALISERS",
    "model.pair.alignment": "regard.network.alignment:ALIGNMENTS",
    "model.pair.combination": "regard.network.pairs:COMBINATIONS",
    "training.optimizer": "regard.network.optimizers:OPTIMIZERS",
    "training.schedule": "regard.network.schedules:SCHEDULES",
    "training.callbacks": "regard.network.callbacks:CALLBACKS",
    "training.weight_average": "regard.network.weight_averages:WEIGHT_AVERAGES",
    "compute.engine": "regard.parallel.engines:ENGINES",
    "tracking.tracker": "regard.runs.tracking:TRACKERS",
    "blend.method": "regard.ensembling.methods:METHODS",
}


def registry(setting: str) -> Mapping[str, Any]:
    """Return the choices of a setting by name.

    Example:
        registry("model.rnn.cell") -> {"lstm": Cell(...), "gru": Cell(...), "lstm_gru": Cell(...)}
    """
    # Imported on first use: the modules named import this room for the checks of their settings.
    module, _, attribute = REGISTRIES[setting].partition(":")
    choices: Mapping[str, Any] = getattr(importlib.import_module(module), attribute)
    return choices
