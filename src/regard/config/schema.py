"""Every setting: its type, its range, its choices; the larger sections have files of their own.

No class has a default: all values live in `conf/*.yaml`, so that every value can be read in one
place. A section is named after the module that reads it first.
"""

import dataclasses
import functools
from dataclasses import dataclass

from regard.config.checks import (
    at_least,
    choice,
    each_once,
    folder_name,
    not_empty,
)
from regard.config.competition import CompetitionConfig
from regard.config.model import ModelConfig
from regard.config.registries import registry
from regard.config.training import (
    BatchesConfig,
    PriorConfig,
    PseudoLabelsConfig,
    ThresholdsConfig,
    TrainingConfig,
)
from regard.errors import ConfigError

CLEANING_STEPS = (
    "html_unescape",
    "lower_case",
    "contractions",
    "urls",
    "numbers",
    "repeated_characters",
    "strip_special_characters",
    "stop_words",
    "stemming",
)
LOOKUP_STEPS = ("exact", "lower", "capitalised", "upper", "stem", "parts", "spelling")
COMBINATIONS = ("concatenation", "average")
SOURCE_KINDS = ("word2vec", "fasttext", "file", "package", "gensim")
TEXT_STATISTICS = ("length", "capitals", "punctuation", "unique_words", "shared_words")
FOLD_KINDS = ("stratified", "time")


@dataclass
class TextConfig:
    """Cleaning, tokens and vocabulary."""

    cleaning: list[str]
    vocabulary_size: int
    min_count: int
    use_test: bool

    def __post_init__(self) -> None:
        for step in self.cleaning:
            choice("text.cleaning", step, CLEANING_STEPS)
        at_least("text.vocabulary_size", self.vocabulary_size, 3)
        at_least("text.min_count", self.min_count, 1)


@dataclass
class FeaturesConfig:
    """Numbers about the texts, read by the network beside them."""

    text_statistics: list[str]

    def __post_init__(self) -> None:
        for name in self.text_statistics:
            choice("features.text_statistics", name, TEXT_STATISTICS)
        each_once("features.text_statistics", self.text_statistics)


@dataclass
class FoldsConfig:
    """How rows are divided into folds."""

    n_folds: int
    seed: int
    kind: str

    def __post_init__(self) -> None:
        choice("folds.kind", self.kind, FOLD_KINDS)
        at_least("folds.n_folds", self.n_folds, 2)
        at_least("folds.seed", self.seed, 0)


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
    """Where word vectors come from."""

    sources: list[str]
    combination: str
    lookup: list[str]
    word2vec: TrainedVectorsConfig
    fasttext: TrainedVectorsConfig

    def __post_init__(self) -> None:
        not_empty("embeddings.sources", self.sources)
        for source in self.sources:
            kind, _, rest = source.partition(":")
            choice("embeddings.sources", kind, SOURCE_KINDS)
            if (kind in ("word2vec", "fasttext")) == bool(rest):
                raise ConfigError(
                    f"embeddings.sources has {source!r}; write word2vec, fasttext, file:<path>, package:<name> or "
                    "gensim:<name>"
                )
        choice("embeddings.combination", self.combination, COMBINATIONS)
        not_empty("embeddings.lookup", self.lookup)
        for step in self.lookup:
            choice("embeddings.lookup", step, LOOKUP_STEPS)
        if "spelling" in self.lookup[:-1] or self.lookup == ["spelling"]:
            raise ConfigError(
                f"embeddings.lookup={self.lookup}: spelling seeks among what the other steps found; write it last"
            )


@dataclass
class ComputeConfig:
    """Where folds run. What they compute is the same but for rounding, so this is no part of a run's identity."""

    n_workers: int | None
    threads_per_worker: int | None

    def __post_init__(self) -> None:
        for key in ("n_workers", "threads_per_worker"):
            if getattr(self, key) is not None:
                at_least(f"compute.{key}", getattr(self, key), 1)


@dataclass
class ReportConfig:
    """What the report shows."""

    n_attention_texts: int
    n_worst_rows: int

    def __post_init__(self) -> None:
        at_least("report.n_attention_texts", self.n_attention_texts, 0)
        at_least("report.n_worst_rows", self.n_worst_rows, 0)


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
    data_dir: str
    output_dir: str
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
    thresholds: ThresholdsConfig
    compute: ComputeConfig
    report: ReportConfig
    blend: BlendConfig

    def __post_init__(self) -> None:
        if self.seeds is not None:
            not_empty("seeds", list(map(str, self.seeds)))
            each_once("seeds", list(map(str, self.seeds)))
        for seed in (self.seed, *(self.seeds or [])):
            if not 0 <= seed < 2**31:
                key = "seed" if seed == self.seed else "seeds"
                raise ConfigError(
                    f"{key}={seed} is out of range; give a whole number from 0 to 2147483647"
                )
        folder_name("name", self.name)
        if self.prior.test_positive_rate is not None and self.competition.task != "binary":
            raise ConfigError(
                f"prior.test_positive_rate is for the task binary, not {self.competition.task}; set it to null"
            )
        if not registry("competition.task")[self.competition.task].has_classes:
            for key, off in (
                ("class_weights", "null"),
                ("label_smoothing", "0"),
                ("focal_gamma", "0"),
            ):
                if getattr(self.training, key):
                    raise ConfigError(
                        f"training.{key} is for tasks of classes, not {self.competition.task}; set it to {off}"
                    )
        if self.pseudo_labels.run and self.prior.test_positive_rate is not None:
            raise ConfigError(
                "pseudo_labels.run and prior.test_positive_rate do not go together: the test rows already have the "
                "share of positives of the test set; set one of them to null"
            )
        for key, model in self.models().items():
            if self.training.adversarial_epsilon and not (
                model.is_linear or model.trainable_embeddings
            ):
                raise ConfigError(
                    "training.adversarial_epsilon needs word vectors that are trained; set it to 0, or "
                    f"{key}.trainable_embeddings=true"
                )
        if self.model.is_linear:
            self._check_linear()
        for name in self.members:
            folder_name(f"members.{name}", name)
        if self.folds.kind == "time" and self.competition.fold_column:
            raise ConfigError(
                "folds.kind=time and competition.fold_column both divide the rows; set one to null"
            )
        if self.folds.kind == "time" and not self.competition.time_column:
            raise ConfigError(
                "folds.kind=time needs competition.time_column: a column of train.csv that orders the rows"
            )

    def models(self) -> dict[str, ModelConfig]:
        """Return the model and the members, by their keys."""
        return {
            "model": self.model,
            **{f"members.{name}": member for name, member in self.members.items()},
        }

    def _check_linear(self) -> None:
        has_networks = not all(model.is_linear for model in self.models().values())
        if self.seeds is not None and not has_networks:
            raise ConfigError(
                "seeds is for networks: a linear model draws no random numbers; set seeds=null"
            )
        if self.pseudo_labels.run and not has_networks:
            raise ConfigError(
                "pseudo_labels.run is for networks, not for model.kind=linear; set it to null"
            )
        if not self.model.is_for(self.competition.task):
            raise ConfigError(
                f"model.linear.features=nb_svm is for tasks of classes, not {self.competition.task}; set it to tfidf"
            )


@functools.cache
def known_keys(section: type = Config, prefix: str = "") -> tuple[str, ...]:
    """Return the dotted names of all settings.

    Example:
        known_keys() -> ("name", "seed", ..., "model.rnn.units", ...)
    """
    keys: list[str] = []
    for field in dataclasses.fields(section):
        if isinstance(field.type, type) and dataclasses.is_dataclass(field.type):
            keys += known_keys(field.type, f"{prefix}{field.name}.")
        else:
            keys.append(prefix + field.name)
    return tuple(keys)
