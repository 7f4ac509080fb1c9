"""The settings: which exist, with their types and ranges, and how scripts get them.

`schema` has them all, the larger sections in files of their own; `composing` reads `conf/`,
`mistakes` tells what is wrong there or on the command line.

All values live in `conf/*.yaml`. Hydra refuses wrong keys and types against the dataclasses of the
schema; ranges and choices are checked when its sections are built, before any stage runs.
"""

from regard.config.competition import CompetitionConfig
from regard.config.composing import (
    from_hydra,
    from_values,
    one_line_errors,
    register_schema,
    run_script,
    section_values,
)
from regard.config.mistakes import explain, split_flags
from regard.config.model import (
    AttentionConfig,
    CnnConfig,
    DpcnnConfig,
    HeadConfig,
    LinearConfig,
    ModelConfig,
    PairConfig,
    RnnConfig,
)
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
    known_keys,
)
from regard.config.training import (
    BatchesConfig,
    PriorConfig,
    PseudoLabelsConfig,
    ThresholdsConfig,
    TrainingConfig,
)

__all__ = [
    "AttentionConfig",
    "BatchesConfig",
    "BlendConfig",
    "CnnConfig",
    "CompetitionConfig",
    "ComputeConfig",
    "Config",
    "DpcnnConfig",
    "EmbeddingsConfig",
    "FeaturesConfig",
    "FoldsConfig",
    "HeadConfig",
    "LinearConfig",
    "ModelConfig",
    "PairConfig",
    "PriorConfig",
    "PseudoLabelsConfig",
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
    "split_flags",
]
