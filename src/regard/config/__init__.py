"""The settings: their names, types and ranges, and how commands get them.

`schema` lists all sections, the larger ones in separate files; `loading` reads the pages of
`conf/`, `messages` explains mistakes in a page or on the command line, `registries` names the
dictionaries of choices, `plugins` imports modules that add choices.

All values live in `conf/*.yaml`. Hydra checks keys and types against the dataclasses of the schema;
ranges and choices are checked when the sections are built, before any stage runs.
"""

from regard.config.competition import CompetitionConfig
from regard.config.compute import LOCAL_ENGINE, ComputeConfig, RayConfig, SlurmConfig
from regard.config.dialect import ROW_NUMBERS, Dialect
from regard.config.loading import (
    compose_settings,
    composition_errors,
    from_hydra,
    page_folders,
    page_options,
    read_page_text,
    register_own_pages,
    register_schema,
)
from regard.config.messages import explain, split_flags
from regard.config.model import (
    FinetunedEncoderConfig,
    FrozenEncoderConfig,
    HeadConfig,
    LinearConfig,
    ModelConfig,
    NetworkConfig,
)
from regard.config.plugins import (
    import_plugins,
    loaded_plugins,
    plugin_hashes,
    plugins_missing,
)
from regard.config.registries import registry
from regard.config.saved import from_saved
from regard.config.schema import (
    Config,
    EmbeddingsConfig,
    TextConfig,
    TrainedVectorsConfig,
    from_values,
    known_keys,
)
from regard.config.serving import ServeConfig
from regard.config.tracking import NO_TRACKER, TrackingConfig
from regard.config.training import (
    BatchesConfig,
    PriorConfig,
    ThresholdsConfig,
    TrainingConfig,
)
from regard.config.tuning import Choices, Range, TuneConfig
from regard.config.values import flat_values, section_values

__all__ = [
    "LOCAL_ENGINE",
    "NO_TRACKER",
    "ROW_NUMBERS",
    "BatchesConfig",
    "Choices",
    "CompetitionConfig",
    "ComputeConfig",
    "Config",
    "Dialect",
    "EmbeddingsConfig",
    "FinetunedEncoderConfig",
    "FrozenEncoderConfig",
    "HeadConfig",
    "LinearConfig",
    "ModelConfig",
    "NetworkConfig",
    "PriorConfig",
    "Range",
    "RayConfig",
    "ServeConfig",
    "SlurmConfig",
    "TextConfig",
    "ThresholdsConfig",
    "TrackingConfig",
    "TrainedVectorsConfig",
    "TrainingConfig",
    "TuneConfig",
    "compose_settings",
    "composition_errors",
    "explain",
    "flat_values",
    "from_hydra",
    "from_saved",
    "from_values",
    "import_plugins",
    "known_keys",
    "loaded_plugins",
    "page_folders",
    "page_options",
    "plugin_hashes",
    "plugins_missing",
    "read_page_text",
    "register_own_pages",
    "register_schema",
    "registry",
    "section_values",
    "split_flags",
]
