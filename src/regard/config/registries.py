"""The registries of choices: which values a setting may have.

A registry is a dictionary beside the code that implements its entries, for example
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
    "blend.method": "regard.ensembling.methods:METHODS",
}


def registry(setting: str) -> Mapping[str, Any]:
    """Return the choices of a setting by name.

    Example:
        registry("competition.task") -> {"binary": Binary, "multi_class": MultiClass, ...}
    """
    module, _, attribute = REGISTRIES[setting].partition(":")
    choices: Mapping[str, Any] = getattr(importlib.import_module(module), attribute)
    return choices
