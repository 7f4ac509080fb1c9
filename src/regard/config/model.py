"""The settings of models: one class for each learner."""

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass, make_dataclass
from typing import Any, ClassVar

from regard.config.attention import AttentionConfig, check_poolings, reads_attention
from regard.config.checks import (
    at_least,
    choice,
    choices,
    each_once,
    not_empty,
    not_negative,
    positive,
    rate,
)
from regard.config.pairs import PairConfig
from regard.config.plugins import import_plugins, loaded_plugins
from regard.config.registries import registry
from regard.config.training import FineTuningConfig, TrainingConfig
from regard.config.values import is_required, section_from
from regard.errors import ConfigError

LINEAR_FEATURES = ("tfidf", "nb_svm")
# The settings of networks whose choices have a section of settings each, and what one is called.
_WITH_SECTIONS = {"model.encoder": "an encoder", "model.sequence_attention": "an attention"}


@dataclass
class ModelConfig:
    """The settings that every model has.

    A learner's settings are a subclass, registered in `MODEL_SETTINGS`.
    """

    name: str
    learner: str

    # Whether the learner reads the embedding matrix.
    reads_word_vectors: ClassVar[bool] = False
    # Whether the learner reads the states of a pretrained encoder.
    reads_encoder: ClassVar[bool] = False
    # Whether the learner trains a pretrained encoder.
    trains_encoder: ClassVar[bool] = False
    # Whether training draws random numbers, so that another seed gives another model.
    is_random: ClassVar[bool] = False
    # Whether the learner can train on pseudo-labels of the test rows.
    reads_pseudo_labels: ClassVar[bool] = False

    @classmethod
    def schema(cls) -> "type[ModelConfig]":
        """Return the class that has all fields; `NetworkConfig` adds sections of its choices."""
        return cls

    @property
    def uses_encoder(self) -> bool:
        """Whether the learner needs the folder of a pretrained encoder."""
        return self.reads_encoder or self.trains_encoder

    def identity(self) -> dict[str, Any]:
        """Return the settings that determine the trained model.

        Two models with the same identity are the same model: the name is left out, and so are
        sections that the model does not read.
        """
        values = dataclasses.asdict(self)
        del values["name"]
        return values

    def suits(self, task: str) -> bool:
        """Return whether the model can learn the labels of a kind of task."""
        return not self.misfit(task)

    def misfit(self, task: str) -> str:
        """Return why the model cannot learn a kind of task; an empty string if it can."""
        return ""

    def check_training(self, key: str, training: TrainingConfig) -> None:
        """Refuse training settings that this model cannot follow.

        Args:
            key: of this model: "model" or "members.<name>".
            training: the settings of training.
        """

    def __reduce__(self) -> Any:
        # By value: the class of a network's settings is assembled from a registry, so pickle would
        # not find it by name. Another process imports the plugins first.
        return _unpickled, (dataclasses.asdict(self), loaded_plugins())


@dataclass
class HeadConfig:
    """The dense layers between the pooled texts and the outputs."""

    input_dropout: float
    input_batch_norm: bool
    units: int
    dropout: float
    batch_norm: bool

    def __post_init__(self) -> None:
        at_least("model.head.units", self.units, 0)
        rate("model.head.input_dropout", self.input_dropout)
        rate("model.head.dropout", self.dropout)


@dataclass
class NetworkConfig(ModelConfig):
    """A network: word vectors, an encoder, poolings, a dense head.

    `schema` adds a section for each registered encoder, named as the encoder: `rnn`, `cnn`, ...;
    and one for each sequence attention: `self_attention`, `cbam`, ...
    """

    trainable_embeddings: bool
    frozen_embedding_epochs: int
    embedding_projection: int
    embedding_dropout: float
    encoder: str
    skip_connection: bool
    sequence_attention: list[str]
    sequence_dropout: float
    pooling: list[str]
    attention: AttentionConfig
    pair: PairConfig
    category_dim: int
    head: HeadConfig

    reads_word_vectors: ClassVar[bool] = True
    is_random: ClassVar[bool] = True
    reads_pseudo_labels: ClassVar[bool] = True

    @classmethod
    def schema(cls) -> type[ModelConfig]:
        """Return the class that has a section for each encoder and each sequence attention."""
        return _with_sections(
            tuple(
                (setting, name, entry.settings)
                for setting in _WITH_SECTIONS
                for name, entry in registry(setting).items()
            )
        )

    @property
    def encoder_settings(self) -> Any:
        """The section of the chosen encoder."""
        return getattr(self, self.encoder)

    def identity(self) -> dict[str, Any]:
        """Return the settings that determine the network; of the sections, those of its choices."""
        values = super().identity()
        # Otherwise every run would change its identity with each encoder that a plugin adds.
        for setting in _WITH_SECTIONS:
            for name in registry(setting):
                if name != self.encoder and name not in self.sequence_attention:
                    values.pop(name, None)
        if not reads_attention(self.pooling):
            del values["attention"]
        # Settings of alignments count only where they are read.
        reads = registry("model.pair.alignment")[self.pair.alignment].reads
        for name in {"scaled", "comparison", "composition"} - {*reads}:
            del values["pair"][name]
        return values

    def check_training(self, key: str, training: TrainingConfig) -> None:
        """Refuse adversarial training of word vectors that are not trained."""
        if training.adversarial_epsilon and not self.trainable_embeddings:
            raise ConfigError(
                "training.adversarial_epsilon needs word vectors that are trained; set it to 0, or "
                f"{key}.trainable_embeddings=true"
            )

    def __post_init__(self) -> None:
        choice("model.learner", self.learner)
        at_least("model.embedding_projection", self.embedding_projection, 0)
        at_least("model.frozen_embedding_epochs", self.frozen_embedding_epochs, 0)
        if self.frozen_embedding_epochs and not self.trainable_embeddings:
            raise ConfigError(
                f"model.frozen_embedding_epochs={self.frozen_embedding_epochs} delays the training "
                "of word vectors, but model.trainable_embeddings=false; set one of them back"
            )
        rate("model.embedding_dropout", self.embedding_dropout)
        rate("model.sequence_dropout", self.sequence_dropout)
        at_least("model.category_dim", self.category_dim, 1)
        check_poolings(self.pooling, self.attention)
        choices("model.sequence_attention", self.sequence_attention)
        each_once("model.sequence_attention", self.sequence_attention)
        self._fill_sections()
        self._check_encoder()

    def _fill_sections(self) -> None:
        """Give every section its defaults: a page may lack those that its model does not read."""
        # Also those that are not chosen: a plugin may have added some since a run was saved.
        for setting in _WITH_SECTIONS:
            for name, entry in registry(setting).items():
                if getattr(self, name, None) is None:
                    setattr(self, name, _default(entry.settings))
        for name in self.sequence_attention:
            if getattr(self, name) is None:
                raise _without_settings("model.sequence_attention", name)

    def _check_encoder(self) -> None:
        choice("model.encoder", self.encoder)
        if self.encoder_settings is None:
            raise _without_settings("model.encoder", self.encoder)
        encoders = registry("model.encoder")
        if self.skip_connection and not encoders[self.encoder].keeps_timesteps:
            raise ConfigError(
                "model.skip_connection=true puts word vectors next to the encoder's timesteps, but "
                f"model.encoder={self.encoder} has fewer of them; set it to false"
            )


@dataclass
class LinearConfig(ModelConfig):
    """A linear model of n-grams."""

    features: str
    characters: bool
    cased: bool
    min_df: int
    # scikit-learn's name: the inverse of the strength of regularization. The best one is chosen.
    C: list[float]
    ngram_weights: list[float] | None

    def misfit(self, task: str) -> str:
        """Return that naive Bayes ratios need classes, if the task has none."""
        if self.features == "nb_svm" and not registry("competition.task")[task].has_classes:
            return f"model.features=nb_svm is for tasks of classes, not {task}; set it to tfidf"
        return ""

    def __post_init__(self) -> None:
        choice("model.learner", self.learner)
        choice("model.features", self.features, LINEAR_FEATURES)
        at_least("model.min_df", self.min_df, 1)
        _check_c(self.C)
        if self.ngram_weights is not None:
            not_empty("model.ngram_weights", self.ngram_weights)
            for value in self.ngram_weights:
                not_negative("model.ngram_weights", value)


@dataclass
class FrozenEncoderConfig(ModelConfig):
    """A linear model of the states of a pretrained encoder, whose weights stay as they are."""

    # None on the page: an experiment has such a member before its folder is named.
    encoder_folder: str | None
    encoder_pooling: list[str]
    encoder_max_tokens: int
    C: list[float]

    reads_encoder: ClassVar[bool] = True

    def as_linear(self) -> LinearConfig:
        """Return the settings of the linear model, which reads no n-grams."""
        return LinearConfig(
            name=self.name,
            learner="linear",
            features="tfidf",
            characters=False,
            cased=True,
            min_df=1,
            C=self.C,
            ngram_weights=[1.0],
        )

    def __post_init__(self) -> None:
        choice("model.learner", self.learner)
        not_empty("model.encoder_pooling", self.encoder_pooling)
        choices("model.encoder_pooling", self.encoder_pooling)
        each_once("model.encoder_pooling", self.encoder_pooling)
        # The two special tokens of a text, and one of its own.
        at_least("model.encoder_max_tokens", self.encoder_max_tokens, 3)
        _check_c(self.C)


@dataclass
class FinetunedEncoderConfig(ModelConfig):
    """A network whose texts go through a pretrained encoder, all of which is trained."""

    # None on the page: an experiment has such a member before its folder is named.
    encoder_folder: str | None
    fine_tuning: FineTuningConfig
    pooling: list[str]
    attention: AttentionConfig
    category_dim: int
    head: HeadConfig

    trains_encoder: ClassVar[bool] = True
    is_random: ClassVar[bool] = True
    reads_pseudo_labels: ClassVar[bool] = True

    def identity(self) -> dict[str, Any]:
        """Return the settings that determine the network; its attention if a pooling reads it."""
        values = super().identity()
        if not reads_attention(self.pooling):
            del values["attention"]
        return values

    def check_training(self, key: str, training: TrainingConfig) -> None:
        """Refuse adversarial training, which moves word vectors."""
        if training.adversarial_epsilon:
            raise ConfigError(
                f"training.adversarial_epsilon moves word vectors, which {key}.learner="
                f"{self.learner} does not have; set it to 0"
            )

    def __post_init__(self) -> None:
        choice("model.learner", self.learner)
        at_least("model.category_dim", self.category_dim, 1)
        check_poolings(self.pooling, self.attention)
        if reads_attention(self.pooling) and self.attention.query == "other":
            raise ConfigError(
                "model.attention.query=other looks at the other text of a pair, but model.learner="
                f"{self.learner} reads both in one sequence; choose another query"
            )


# The settings of each learner's models, by the learner's name.
MODEL_SETTINGS: dict[str, type[ModelConfig]] = {
    "network": NetworkConfig,
    "linear": LinearConfig,
    "frozen_encoder": FrozenEncoderConfig,
    "finetuned_encoder": FinetunedEncoderConfig,
}


def model_from(values: dict[str, Any]) -> ModelConfig:
    """Build the settings of a model from the dictionary of `dataclasses.asdict`.

    Raises:
        ConfigError: the learner or another choice is not known.
        KeyError: a setting is missing.
        TypeError: there is no such setting.
    """
    choice("model.learner", values["learner"])
    model: ModelConfig = section_from(values, MODEL_SETTINGS[values["learner"]].schema())
    return model


def _check_c(values: Sequence[float]) -> None:
    if not values:
        raise ConfigError("model.C is empty; give at least one number, such as [4.0]")
    for value in values:
        positive("model.C", value)


# Cached, because dataclasses are equal only if they are of one class: without it, the same
# settings built twice would differ.
@functools.cache
def _with_sections(sections: tuple[tuple[str, str, type], ...]) -> type[NetworkConfig]:
    """`NetworkConfig` with more sections; each is None until it is given or has defaults.

    Args:
        sections: the setting whose choice reads the section, the name of both, and its class.
    """
    taken = {field.name for field in dataclasses.fields(NetworkConfig)}
    for setting, name, _ in sections:
        if name in taken or not name.isidentifier():
            raise ConfigError(
                f"{_WITH_SECTIONS[setting]} cannot be called {name}: its name is that of its "
                "section of settings"
            )
        taken.add(name)
    # A default is needed here only, as a page gives the section of its own encoder alone.
    fields = [(name, settings | None, None) for _, name, settings in sections]
    return make_dataclass(
        "NetworkConfig",
        fields,
        bases=(NetworkConfig,),
        namespace={"__doc__": NetworkConfig.__doc__, "__module__": __name__},
    )


def _default(settings: type) -> Any:
    """A section with its defaults; None if a field has none."""
    return None if any(map(is_required, dataclasses.fields(settings))) else settings()


def _without_settings(setting: str, name: str) -> ConfigError:
    return ConfigError(
        f"{setting}={name} needs its settings: give them on the page of the model, in a section "
        f"{name}"
    )


def _unpickled(values: dict[str, Any], plugins: Sequence[str]) -> ModelConfig:
    import_plugins(plugins)
    return model_from(values)
