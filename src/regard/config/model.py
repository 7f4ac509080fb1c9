"""The network, or the linear model."""

from dataclasses import dataclass

from regard.config.checks import (
    at_least,
    choice,
    each_once,
    not_empty,
    positive,
    rate,
)
from regard.errors import ConfigError

PAIR_COMBINATIONS = ("concatenation", "absolute_difference", "product")
MODEL_KINDS = ("network", "linear")
LINEAR_FEATURES = ("tfidf", "nb_svm")
ENCODERS = ("rnn", "cnn", "dpcnn")
CELLS = ("lstm", "gru", "lstm_gru")
POOLINGS = ("attention", "max", "mean", "last")


@dataclass
class RnnConfig:
    """The recurrent layers."""

    cell: str
    n_layers: int
    units: int
    bidirectional: bool
    dropout: float
    recurrent_dropout: float

    def __post_init__(self) -> None:
        choice("model.rnn.cell", self.cell, CELLS)
        at_least("model.rnn.n_layers", self.n_layers, 0)
        at_least("model.rnn.units", self.units, 1)
        if self.cell == "lstm_gru" and self.n_layers < 2:
            raise ConfigError(
                f"model.rnn.cell=lstm_gru is an LSTM and GRUs after it, but model.rnn.n_layers={self.n_layers}; give 2 "
                "or more"
            )
        rate("model.rnn.dropout", self.dropout)
        rate("model.rnn.recurrent_dropout", self.recurrent_dropout)


@dataclass
class CnnConfig:
    """Convolutions of several widths, side by side."""

    kernel_sizes: list[int]
    filters: int

    def __post_init__(self) -> None:
        not_empty("model.cnn.kernel_sizes", self.kernel_sizes)
        for size in self.kernel_sizes:
            at_least("model.cnn.kernel_sizes", size, 1)
        each_once("model.cnn.kernel_sizes", self.kernel_sizes)
        at_least("model.cnn.filters", self.filters, 1)


@dataclass
class DpcnnConfig:
    """The deep pyramid of convolutions."""

    filters: int
    n_blocks: int

    def __post_init__(self) -> None:
        at_least("model.dpcnn.filters", self.filters, 1)
        at_least("model.dpcnn.n_blocks", self.n_blocks, 0)


@dataclass
class AttentionConfig:
    """The attention among the poolings."""

    use_bias: bool


@dataclass
class HeadConfig:
    """The dense layers between the pooled text and the outputs."""

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
class PairConfig:
    """How the encodings of the two texts of a pair meet."""

    combination: list[str]

    def __post_init__(self) -> None:
        not_empty("model.pair.combination", self.combination)
        for name in self.combination:
            choice("model.pair.combination", name, PAIR_COMBINATIONS)
        each_once("model.pair.combination", self.combination)


@dataclass
class LinearConfig:
    """A linear model of n-grams."""

    features: str
    characters: bool
    cased: bool
    min_texts: int
    C: list[float]

    def __post_init__(self) -> None:
        choice("model.linear.features", self.features, LINEAR_FEATURES)
        at_least("model.linear.min_texts", self.min_texts, 1)
        if not self.C:
            raise ConfigError("model.linear.C is empty; give at least one number, such as [4.0]")
        for value in self.C:
            positive("model.linear.C", value)


@dataclass
class ModelConfig:
    """The network, or the linear model."""

    name: str
    kind: str
    trainable_embeddings: bool
    frozen_embedding_epochs: int
    embedding_projection: int
    embedding_dropout: float
    encoder: str
    rnn: RnnConfig
    cnn: CnnConfig
    dpcnn: DpcnnConfig
    skip_connection: bool
    sequence_dropout: float
    pooling: list[str]
    attention: AttentionConfig
    pair: PairConfig
    category_dim: int
    head: HeadConfig
    linear: LinearConfig

    @property
    def is_linear(self) -> bool:
        """Whether it is no network."""
        return self.kind == "linear"

    def is_for(self, task: str) -> bool:
        """Whether it can learn the labels of a task: naive Bayes ratios need classes."""
        return not (
            self.is_linear
            and self.linear.features == "nb_svm"
            and task in ("regression", "soft_labels")
        )

    def __post_init__(self) -> None:
        choice("model.kind", self.kind, MODEL_KINDS)
        at_least("model.embedding_projection", self.embedding_projection, 0)
        at_least("model.frozen_embedding_epochs", self.frozen_embedding_epochs, 0)
        if self.frozen_embedding_epochs and not self.trainable_embeddings:
            raise ConfigError(
                f"model.frozen_embedding_epochs={self.frozen_embedding_epochs} says when word vectors start to learn, "
                "but model.trainable_embeddings=false; set one of them back"
            )
        rate("model.embedding_dropout", self.embedding_dropout)
        choice("model.encoder", self.encoder, ENCODERS)
        if self.encoder == "dpcnn" and self.skip_connection:
            raise ConfigError(
                "model.skip_connection=true puts word vectors beside the encoder's timesteps, but model.encoder=dpcnn "
                "has fewer of them; set it to false"
            )
        rate("model.sequence_dropout", self.sequence_dropout)
        at_least("model.category_dim", self.category_dim, 1)
        not_empty("model.pooling", self.pooling)
        for pooling in self.pooling:
            choice("model.pooling", pooling, POOLINGS)
        each_once("model.pooling", self.pooling)
