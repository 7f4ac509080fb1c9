"""Every setting: its type, its range, its choices. The larger sections are in separate files.

No class here has a default: all values are in `conf/*.yaml`, so that every value can be read in one
place. A section has the name of the room or module that reads it first.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regard.config.checks import (
    at_least,
    choice,
    choices,
    each_once,
    folder_name,
    not_empty,
    rate,
)
from regard.config.competition import CompetitionConfig
from regard.config.compute import ComputeConfig
from regard.config.model import MODEL_SETTINGS, ModelConfig, model_from
from regard.config.plugins import import_plugins
from regard.config.registries import registry
from regard.config.serving import ServeConfig
from regard.config.tracking import TrackingConfig
from regard.config.training import (
    BatchesConfig,
    CalibrationConfig,
    PriorConfig,
    PseudoLabelsConfig,
    ThresholdsConfig,
    TrainingConfig,
)
from regard.config.tuning import TuneConfig
from regard.config.values import section_from, section_keys
from regard.errors import ConfigError

# Choices are fields of type str with a check, because OmegaConf refuses `Literal`. The classes are
# not frozen: OmegaConf makes a frozen one read-only, so no setting could be overridden.
COMBINATIONS = ("concatenation", "average")
FOLD_KINDS = ("stratified", "time")
MIN_SIMILARITY = 0.5  # as text.near_duplicates.MIN_SIMILARITY
# The settings of training that only tasks of classes have, and how each is switched off.
OF_CLASSES = {"class_weights": "null", "label_smoothing": "0", "focal_gamma": "0"}
PREDICTING_MODELS = ("auto", "folds", "refit", "both")


@dataclass
class TextConfig:
    """Cleaning, tokens and vocabulary."""

    cleaning: list[str]
    tokenizer: str
    language: str
    vocabulary_size: int
    min_count: int
    use_test: bool

    def __post_init__(self) -> None:
        choices("text.cleaning", self.cleaning)
        choice("text.tokenizer", self.tokenizer, ("auto", *registry("text.tokenizer")))
        choice("text.language", self.language, ("auto", *registry("text.language")))
        # <pad>, <unk> and one word.
        at_least("text.vocabulary_size", self.vocabulary_size, 3)
        at_least("text.min_count", self.min_count, 1)


@dataclass
class FeaturesConfig:
    """Numbers computed from the texts, which models read next to the texts themselves."""

    text_statistics: list[str]

    def __post_init__(self) -> None:
        choices("features.text_statistics", self.text_statistics)
        each_once("features.text_statistics", self.text_statistics)


@dataclass
class FoldsConfig:
    """How rows are assigned to folds."""

    n_folds: int
    seed: int
    kind: str
    near_duplicates: float | None
    only: list[int] | None

    @property
    def follow_time(self) -> bool:
        """Whether folds follow one another in time, each trained on earlier rows."""
        return self.kind == "time"

    def __post_init__(self) -> None:
        choice("folds.kind", self.kind, FOLD_KINDS)
        at_least("folds.n_folds", self.n_folds, 2)
        at_least("folds.seed", self.seed, 0)
        least = self.near_duplicates
        if least is not None and not MIN_SIMILARITY <= least <= 1.0:
            raise ConfigError(
                f"folds.near_duplicates={least} is out of range; give a similarity from "
                f"{MIN_SIMILARITY} to 1, such as 0.7, or null"
            )
        if self.only is not None:
            not_empty("folds.only", self.only)
            each_once("folds.only", self.only)
            for fold in self.only:
                at_least("folds.only", fold, 0)


@dataclass
class TrainedVectorsConfig:
    """gensim's settings for vectors trained on the competition's own texts."""

    embedding_dim: int
    window: int
    min_count: int
    epochs: int
    negative: int
    skip_gram: bool

    def __post_init__(self) -> None:
        for key in ("embedding_dim", "window", "min_count", "epochs", "negative"):
            at_least(f"embeddings.<word2vec or fasttext>.{key}", getattr(self, key), 1)


@dataclass
class EmbeddingsConfig:
    """The sources of word vectors, and how tokens are looked up in them."""

    sources: list[str]
    combination: str
    lookup: list[str]
    min_coverage: float
    word2vec: TrainedVectorsConfig
    fasttext: TrainedVectorsConfig

    def __post_init__(self) -> None:
        not_empty("embeddings.sources", self.sources)
        for source in self.sources:
            self._check_source(source)
        choice("embeddings.combination", self.combination, COMBINATIONS)
        rate("embeddings.min_coverage", self.min_coverage)
        not_empty("embeddings.lookup", self.lookup)
        choices("embeddings.lookup", self.lookup)
        for step in self.lookup:
            is_last = step == self.lookup[-1] and len(self.lookup) > 1
            if registry("embeddings.lookup")[step].comes_last and not is_last:
                raise ConfigError(
                    f"embeddings.lookup={self.lookup}: {step} searches the tokens that the other "
                    "steps found; write it last"
                )

    def _check_source(self, source: str) -> None:
        # Only the first colon separates, so that the path in file:C:/vectors.txt stays whole.
        kind, _, name = source.partition(":")
        choice("embeddings.sources", kind)
        sources = registry("embeddings.sources")
        if bool(name) != bool(sources[kind].argument):
            forms = [
                f"{other}:{known.argument}" if known.argument else other
                for other, known in sources.items()
            ]
            raise ConfigError(f"embeddings.sources has {source!r}; write {' or '.join(forms)}")


@dataclass
class ReportConfig:
    """How many texts and rows the report shows."""

    n_explained_rows: int
    n_worst_rows: int

    def __post_init__(self) -> None:
        at_least("report.n_explained_rows", self.n_explained_rows, 0)
        at_least("report.n_worst_rows", self.n_worst_rows, 0)


@dataclass
class PredictConfig:
    """The models that predict rows."""

    models: str

    def __post_init__(self) -> None:
        choice("predict.models", self.models, PREDICTING_MODELS)


@dataclass
class BlendConfig:
    """How the outputs of several runs are combined."""

    method: str

    def __post_init__(self) -> None:
        choice("blend.method", self.method, ("auto", *registry("blend.method")))


@dataclass
class Config:
    """Every setting of a run."""

    name: str
    seed: int
    seeds: list[int] | None
    # Not Path: OmegaConf writes a Path as a Python object, which yaml.safe_load refuses to read.
    data_dir: str
    output_dir: str
    plugins: list[str]
    overrides: list[str]
    competition: CompetitionConfig
    text: TextConfig
    features: FeaturesConfig
    folds: FoldsConfig
    embeddings: EmbeddingsConfig
    model: ModelConfig
    members: dict[str, ModelConfig]
    batches: BatchesConfig
    training: TrainingConfig
    prior: PriorConfig
    pseudo_labels: PseudoLabelsConfig
    calibration: CalibrationConfig
    thresholds: ThresholdsConfig
    predict: PredictConfig
    compute: ComputeConfig
    report: ReportConfig
    tracking: TrackingConfig
    blend: BlendConfig
    tune: TuneConfig
    serve: ServeConfig

    def __post_init__(self) -> None:
        folder_name("name", self.name)
        # Merged here once: no reader of the settings has to look at both lists.
        own = [*self.features.text_statistics, *self.competition.text_statistics]
        self.features.text_statistics = list(dict.fromkeys(own))
        self._check_seeds()
        self._check_task()
        self._check_models()
        self._check_folds()

    def models(self) -> dict[str, ModelConfig]:
        """Return the model and the members, by their keys."""
        return {
            "model": self.model,
            **{f"members.{name}": member for name, member in self.members.items()},
        }

    @property
    def competition_dir(self) -> Path:
        """The folder of the competition's files."""
        return Path(self.data_dir) / self.competition.name

    @property
    def uses_test_file(self) -> bool:
        """Whether training reads the test texts, so that another test file gives another run."""
        reads = self.text.use_test or self.pseudo_labels.run is not None
        return reads and self.competition.has_test

    def __reduce__(self) -> Any:
        # By value, so that another process imports the plugins before it builds the settings.
        return from_values, (dataclasses.asdict(self),)

    def _check_seeds(self) -> None:
        if self.seeds is not None:
            not_empty("seeds", list(map(str, self.seeds)))
            each_once("seeds", list(map(str, self.seeds)))
        for seed in (self.seed, *(self.seeds or [])):
            # 31 bits, the range of derive_seed: every library takes such a seed.
            if not 0 <= seed < 2**31:
                key = "seed" if seed == self.seed else "seeds"
                raise ConfigError(
                    f"{key}={seed} is out of range; give a whole number from 0 to 2147483647"
                )

    def _check_task(self) -> None:
        """Refuse settings that the task has no use for."""
        task = self.competition.task
        if self.prior.test_positive_rate is not None and task != "binary":
            raise ConfigError(
                f"prior.test_positive_rate is for the task binary, not {task}; set it to null"
            )
        if self.calibration.temperature and not registry("competition.task")[task].has_temperature:
            raise ConfigError(
                "calibration.temperature is for probabilities of classes and soft labels, not for "
                f"the task {task}; set it to false"
            )
        if not registry("competition.task")[task].has_classes:
            for key, off in OF_CLASSES.items():
                if getattr(self.training, key):
                    raise ConfigError(
                        f"training.{key} is for tasks of classes, not {task}; set it to {off}"
                    )
        if self.pseudo_labels.run and self.prior.test_positive_rate is not None:
            raise ConfigError(
                "pseudo_labels.run and prior.test_positive_rate do not go together: the test rows "
                "already have the share of positives of the test set; set one of them to null"
            )
        if self.pseudo_labels.run and not self.competition.has_test:
            raise ConfigError(
                "pseudo_labels.run needs test rows, but competition.test_file=null; set one of them"
            )

    def _check_models(self) -> None:
        models = self.models()
        for key, model in models.items():
            model.check_training(key, self.training)
        if self.seeds is not None and not any(model.is_random for model in models.values()):
            raise ConfigError(
                f"seeds is for networks: model.learner={self.model.learner} draws no random "
                "numbers; set seeds=null"
            )
        has_pupil = any(model.reads_pseudo_labels for model in models.values())
        if self.pseudo_labels.run and not has_pupil:
            raise ConfigError(
                f"pseudo_labels.run is for networks, not for model.learner={self.model.learner}; "
                "set it to null"
            )
        if misfit := self.model.misfit(self.competition.task):
            raise ConfigError(misfit)
        for name in self.members:
            folder_name(f"members.{name}", name)

    def _check_folds(self) -> None:
        if self.folds.follow_time and self.competition.fold_column:
            raise ConfigError(
                "folds.kind=time and competition.fold_column both assign the rows to folds; set "
                "one to null"
            )
        if self.folds.follow_time and self.folds.near_duplicates is not None:
            raise ConfigError(
                "folds.kind=time orders rows by time alone, but folds.near_duplicates="
                f"{self.folds.near_duplicates} puts similar rows into one fold; set it to null"
            )
        if self.folds.follow_time and not self.competition.time_column:
            raise ConfigError(
                "folds.kind=time needs competition.time_column: a column of train.csv that orders "
                "the rows"
            )


def from_values(values: dict[str, Any]) -> Config:
    """Rebuild settings from the dictionary of `dataclasses.asdict`, as saved in config.json.

    Raises:
        ConfigError: they are not the settings of this version, or a plugin cannot be imported.
    """
    try:
        # First, since the sections check their choices against registries that plugins add to.
        import_plugins(values["plugins"])
        models = {
            "model": model_from(values["model"]),
            "members": {name: model_from(member) for name, member in values["members"].items()},
        }
        config: Config = section_from({**values, **models}, Config)
    except (AttributeError, KeyError, TypeError) as error:
        raise ConfigError(f"these are not the settings of this version: {error}") from error
    return config


def known_keys() -> list[str]:
    """Return the dotted names of all settings; of models, the settings of every learner.

    Example:
        known_keys() -> ["name", "seed", ..., "model.rnn.units", ..., "model.C", ...]
    """
    keys = [key for key in section_keys(Config) if not key.startswith("model.")]
    models = [key for of_learner in model_keys().values() for key in of_learner]
    # Learners share names such as model.learner; a dictionary keeps each once, in order.
    return list(dict.fromkeys([*keys, *models]))


def model_keys() -> dict[str, list[str]]:
    """Return the dotted names of the settings of a model, by learner."""
    return {
        learner: section_keys(settings.schema(), "model.")
        for learner, settings in MODEL_SETTINGS.items()
    }
