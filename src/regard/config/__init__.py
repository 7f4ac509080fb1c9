"""The settings: their names, types and ranges, and how they are loaded.

`schema` lists all sections, the larger ones in separate files; `loading` reads the pages of
`conf/`, `messages` explains mistakes in a page or on the command line.

All values live in `conf/*.yaml`. Hydra checks keys and types against the dataclasses of the schema;
ranges and choices are checked when the sections are built, before any stage runs.
"""

from regard.config.competition import CompetitionConfig
from regard.config.loading import (
    composition_errors,
    from_hydra,
    from_values,
    page_folders,
    page_options,
    register_own_pages,
    register_schema,
    section_values,
)
from regard.config.messages import explain, split_flags
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
    "composition_errors",
    "explain",
    "from_hydra",
    "from_values",
    "known_keys",
    "page_folders",
    "page_options",
    "register_own_pages",
    "register_schema",
    "section_values",
    "split_flags",
]
