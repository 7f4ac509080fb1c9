"""The settings: which exist, their types and ranges (`schema`), and how a script gets them (`composing`).

All values live in `conf/*.yaml`. Hydra refuses wrong keys and types against the dataclasses of the schema; ranges and
choices are checked when its sections are built, before any stage runs.
"""

from regard.config.composing import (
    explain,
    from_hydra,
    from_values,
    known_keys,
    one_line_errors,
    register_schema,
    run_script,
    section_values,
)
from regard.config.schema import (
    AttentionConfig,
    BatchesConfig,
    BlendConfig,
    CompetitionConfig,
    ComputeConfig,
    Config,
    EmbeddingsConfig,
    FeaturesConfig,
    FoldsConfig,
    HeadConfig,
    LinearConfig,
    ModelConfig,
    PairConfig,
    PriorConfig,
    ReportConfig,
    RnnConfig,
    TextConfig,
    ThresholdsConfig,
    TrainedVectorsConfig,
    TrainingConfig,
)

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
    "PairConfig",
    "PriorConfig",
    "ReportConfig",
    "RnnConfig",
    "TextConfig",
    "ThresholdsConfig",
    "TrainedVectorsConfig",
    "TrainingConfig",
    "explain",
    "from_hydra",
    "from_values",
    "known_keys",
    "one_line_errors",
    "register_schema",
    "run_script",
    "section_values",
]
