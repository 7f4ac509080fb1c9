"""The settings: their names, types and ranges, and how commands get them.

`schema` has all settings, the larger sections in modules of their own. `composing` reads the pages
of `conf/`, `mistakes` explains what is wrong on them or on the command line, `registries` names the
dictionaries of choices, `plugins` imports modules that add choices.

All values are in `conf/*.yaml`. Hydra refuses wrong keys and types by the dataclasses of the
schema; ranges and choices are checked when its sections are built, before any stage runs.
"""

from regard.config.competition import CompetitionConfig
from regard.config.composing import (
    from_hydra,
    one_line_errors,
    register_schema,
    run_script,
)
from regard.config.mistakes import explain, split_flags
from regard.config.model import (
    AttentionConfig,
    HeadConfig,
    LinearConfig,
    ModelConfig,
    NetworkConfig,
    PairConfig,
)
from regard.config.plugins import import_plugins, plugin_hashes
from regard.config.registries import registry
from regard.config.schema import (
    BlendConfig,
    ComputeConfig,
    Config,
    EmbeddingsConfig,
    FeaturesConfig,
    FoldsConfig,
    ReportConfig,
    TextConfig,
    TrainedVectorsConfig,
    from_values,
    known_keys,
)
from regard.config.training import (
    BatchesConfig,
    PriorConfig,
    PseudoLabelsConfig,
    ThresholdsConfig,
    TrainingConfig,
)
from regard.config.values import section_values

__all__ = [
    "AttentionConfig",
    "BatchesConfig",
    "BlendConfig",
    "CompetitionConfig",
    "ComputeConfig",
    "Config",
    "EmbeddingsConfig",
    "FeaturesConfig",
    "FoldsConfig",
    "HeadConfig",
    "LinearConfig",
    "ModelConfig",
    "NetworkConfig",
    "PairConfig",
    "PriorConfig",
    "PseudoLabelsConfig",
    "ReportConfig",
    "TextConfig",
    "ThresholdsConfig",
    "TrainedVectorsConfig",
    "TrainingConfig",
    "explain",
    "from_hydra",
    "from_values",
    "import_plugins",
    "known_keys",
    "one_line_errors",
    "plugin_hashes",
    "register_schema",
    "registry",
    "run_script",
    "section_values",
    "split_flags",
]
