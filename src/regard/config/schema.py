"""Every setting: its type, its range, its choices.

No class has a default: all values live in `conf/*.yaml`, so that every value can be read in one place. A section is
named after the module that reads it first.
"""

from dataclasses import dataclass
from typing import Any

from regard.config.checks import at_least, choice, each_once, not_empty, not_negative, positive, rate
from regard.errors import ConfigError

TASKS = ("binary", "multi_class", "multi_label", "ordinal", "regression", "soft_labels")
METRIC_OF_TASK = {
    "binary": "roc_auc",
    "multi_class": "accuracy",
    "multi_label": "mean_column_roc_auc",
    "ordinal": "quadratic_weighted_kappa",
    "regression": "rmse",
    "soft_labels": "log_loss",
}
LABEL_METRICS = (
    "accuracy",
    "f1",
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "matthews_correlation",
    "quadratic_weighted_kappa",
)
SUBMISSION_VALUES = ("probabilities", "labels", "numbers")
TEXT_MODES = ("joined", "apart", "pair")
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
PRIOR_METHODS = ("class_weights", "probabilities")
PAIR_COMBINATIONS = ("concatenation", "absolute_difference", "product")
PAIR_ORDERS = ("random", "both")
MODEL_KINDS = ("network", "linear")
LINEAR_FEATURES = ("tfidf", "nb_svm")
ENCODERS = ("rnn", "cnn", "dpcnn")
CELLS = ("lstm", "gru", "lstm_gru")
POOLINGS = ("attention", "max", "mean", "last")
OPTIMIZERS = ("lazy_adam", "adam", "adamw", "nadam", "rmsprop", "sgd")
SCHEDULES = ("constant", "cosine", "exponential", "one_cycle")
WEIGHT_AVERAGES = ("none", "ema", "last_epochs")
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")
BLEND_METHODS = ("mean", "rank_mean", "hill_climbing", "nnls", "stacker")


@dataclass
class CompetitionConfig:
    """The files of one competition and what is predicted (read by `data`, `task`, `metrics`).

    Where `metric` or `submit` is `auto`, it stands for what is usual for the task.
    """

    name: str
    slug: str | None
    source: str | None
    train_file: str
    test_file: str
    sample_file: str
    encoding: str
    separator: str | None
    id_column: str
    test_id_column: str | None
    text_columns: list[str]
    texts: str
    symmetric_pairs: bool
    numeric_columns: list[str]
    categorical_columns: list[str]
    label_columns: list[str]
    label_values: list[str] | None
    label_range: list[float] | None
    group_column: str | None
    fold_column: str | None
    time_column: str | None
    subgroup_columns: list[str]
    task: str
    metric: str
    submit: str

    def __post_init__(self) -> None:
        if not self.name or set(self.name) & set("/\\ "):
            raise ConfigError(f"competition.name={self.name!r} names a folder: no slashes or spaces, and not empty")
        choice("competition.task", self.task, TASKS)
        choice("competition.submit", self.submit, (*SUBMISSION_VALUES, "auto"))
        choice("competition.texts", self.texts, TEXT_MODES)
        self._check_columns()
        self._check_labels()
        if self.separator is not None and len(self.separator) != 1 and self.separator != "\\t":
            raise ConfigError(f"competition.separator={self.separator!r} is not one character; \\t is the tab")
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ConfigError(
                f"competition.encoding={self.encoding} is not known to Python; for example utf-8, cp1252, latin-1"
            ) from None
        if self.metric == "auto":
            several = self.task == "regression" and len(self.label_columns) > 1
            self.metric = "mcrmse" if several else METRIC_OF_TASK[self.task]
        self._choose_submission()

    @property
    def in_any_order(self) -> bool:
        """Whether the texts of a row are a pair whose order means nothing."""
        return self.texts == "pair" and self.symmetric_pairs

    @property
    def id_column_of_test(self) -> str:
        """The id column of the test and the sample file."""
        return self.test_id_column or self.id_column

    def _check_columns(self) -> None:
        not_empty("competition.text_columns", self.text_columns)
        not_empty("competition.label_columns", self.label_columns)
        each_once("competition.subgroup_columns", self.subgroup_columns)
        each_once("competition.text_columns", self.text_columns)
        each_once("competition.label_columns", self.label_columns)
        roles = [*self.text_columns, *self.numeric_columns, *self.categorical_columns, *self.label_columns]
        each_once("competition.text_columns, numeric_columns, categorical_columns and label_columns together", roles)
        if self.texts == "pair" and len(self.text_columns) != 2:
            raise ConfigError(
                f"competition.texts=pair needs two text columns, but text_columns has {len(self.text_columns)} "
                f"({', '.join(self.text_columns)}); name both, or set competition.texts=joined"
            )

    def _check_labels(self) -> None:
        if self.task in ("binary", "multi_class", "ordinal") and len(self.label_columns) != 1:
            raise ConfigError(
                f"competition.label_columns has {len(self.label_columns)} columns, but the task {self.task} has one; "
                "several columns are task=multi_label, regression or soft_labels"
            )
        if self.label_range is not None:
            if self.task != "regression":
                raise ConfigError(
                    f"competition.label_range is for the task regression, not {self.task}; set it to null"
                )
            if len(self.label_range) != 2 or not self.label_range[0] < self.label_range[1]:
                raise ConfigError(f"competition.label_range={self.label_range} is not [lowest, highest]")

    def _choose_submission(self) -> None:
        """What `submit` may be for this task, and what `auto` stands for; the best is named first."""
        of_labels = self.metric in LABEL_METRICS
        fitting = {
            "regression": ["numbers"],
            "soft_labels": ["probabilities"],
            "ordinal": ["labels"] if of_labels else ["numbers", "labels"],
        }.get(self.task, ["labels"] if of_labels else ["probabilities", "labels"])
        if self.submit == "auto":
            self.submit = fitting[0]
        elif self.submit not in fitting:
            of_numbers = self.task in ("regression", "soft_labels") or not of_labels
            why = f"the task is {self.task}" if of_numbers else f"competition.metric={self.metric} compares labels"
            raise ConfigError(f"competition.submit={self.submit}, but {why}; set it to {' or '.join(fitting)}")


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


@dataclass
class BatchesConfig:
    """Length-bucketed batches."""

    max_tokens: int
    size: int
    prediction_size: int
    n_lengths: int
    batches_per_chunk: int
    pair_orders: str
    word_dropout: float

    def __post_init__(self) -> None:
        rate("batches.word_dropout", self.word_dropout)
        choice("batches.pair_orders", self.pair_orders, PAIR_ORDERS)
        for key in ("max_tokens", "size", "prediction_size", "n_lengths", "batches_per_chunk"):
            at_least(f"batches.{key}", getattr(self, key), 1)


@dataclass
class TrainingConfig:
    """The recipe one fold is trained by."""

    epochs: int
    patience: int
    optimizer: str
    learning_rate: float
    schedule: str
    warm_up: float
    weight_decay: float
    weight_average: str
    ema_epochs: float
    n_averaged_epochs: int
    clip_norm: float | None
    class_weights: Any
    label_smoothing: float
    focal_gamma: float
    adversarial_epsilon: float
    precision: str

    def __post_init__(self) -> None:
        self._check_class_weights()
        at_least("training.epochs", self.epochs, 1)
        at_least("training.patience", self.patience, 1)
        choice("training.optimizer", self.optimizer, OPTIMIZERS)
        choice("training.schedule", self.schedule, SCHEDULES)
        choice("training.precision", self.precision, PRECISIONS)
        positive("training.learning_rate", self.learning_rate)
        rate("training.warm_up", self.warm_up)
        rate("training.weight_decay", self.weight_decay)
        choice("training.weight_average", self.weight_average, WEIGHT_AVERAGES)
        positive("training.ema_epochs", self.ema_epochs)
        at_least("training.n_averaged_epochs", self.n_averaged_epochs, 1)
        rate("training.label_smoothing", self.label_smoothing)
        not_negative("training.focal_gamma", self.focal_gamma)
        not_negative("training.adversarial_epsilon", self.adversarial_epsilon)
        if self.clip_norm is not None:
            positive("training.clip_norm", self.clip_norm)

    def _check_class_weights(self) -> None:
        weights = self.class_weights
        if isinstance(weights, list) and weights and all(type(weight) in (int, float) for weight in weights):
            for weight in weights:
                positive("training.class_weights", weight)
        elif weights not in (None, "balanced", "class_balanced"):
            raise ConfigError(
                f"training.class_weights={weights} is not known; give null, balanced, class_balanced, or a weight for "
                "each class in their order, for example [1, 4.5]"
            )


@dataclass
class PriorConfig:
    """What is known of the test labels, and how predictions are fitted to it."""

    test_positive_rate: float | None
    method: str

    def __post_init__(self) -> None:
        choice("prior.method", self.method, PRIOR_METHODS)
        if self.test_positive_rate is not None and not 0.0 < self.test_positive_rate < 1.0:
            raise ConfigError(
                f"prior.test_positive_rate={self.test_positive_rate} is out of range; give a share between 0 and 1"
            )


@dataclass
class PseudoLabelsConfig:
    """Which test rows are learnt from as well, with what an earlier run says of them."""

    run: str | None
    threshold: float
    weight: float

    def __post_init__(self) -> None:
        positive("pseudo_labels.weight", self.weight)
        if not 0.0 <= self.threshold <= 1.0:
            raise ConfigError(
                f"pseudo_labels.threshold={self.threshold} is out of range; give a probability from 0 to 1"
            )


@dataclass
class ThresholdsConfig:
    """From which prediction on a label is said, for metrics and submissions of labels."""

    tuned: bool
    per_label: bool


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
        choice("blend.method", self.method, ("auto", *BLEND_METHODS))


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
                raise ConfigError(f"{key}={seed} is out of range; give a whole number from 0 to 2147483647")
        if not self.name or set(self.name) & set("/\\ "):
            raise ConfigError(f"name={self.name!r} names a folder: no slashes or spaces, and not empty")
        if self.prior.test_positive_rate is not None and self.competition.task != "binary":
            raise ConfigError(
                f"prior.test_positive_rate is for the task binary, not {self.competition.task}; set it to null"
            )
        if self.competition.task in ("regression", "soft_labels"):
            for key, off in (("class_weights", "null"), ("label_smoothing", "0"), ("focal_gamma", "0")):
                if getattr(self.training, key):
                    raise ConfigError(
                        f"training.{key} is for tasks of classes, not {self.competition.task}; set it to {off}"
                    )
        if self.pseudo_labels.run and self.prior.test_positive_rate is not None:
            raise ConfigError(
                "pseudo_labels.run and prior.test_positive_rate do not go together: the test rows already have the "
                "share of positives of the test set; set one of them to null"
            )
        if self.training.adversarial_epsilon and not self.model.trainable_embeddings:
            raise ConfigError(
                "training.adversarial_epsilon needs word vectors that are trained; set it to 0, or "
                "model.trainable_embeddings=true"
            )
        if self.model.is_linear:
            self._check_linear()
        if self.folds.kind == "time" and self.competition.fold_column:
            raise ConfigError("folds.kind=time and competition.fold_column both divide the rows; set one to null")
        if self.folds.kind == "time" and not self.competition.time_column:
            raise ConfigError(
                "folds.kind=time needs competition.time_column: a column of train.csv that orders the rows"
            )

    def _check_linear(self) -> None:
        if self.seeds is not None:
            raise ConfigError("seeds is for networks: a linear model draws no random numbers; set seeds=null")
        if self.pseudo_labels.run:
            raise ConfigError("pseudo_labels.run is for networks, not for model.kind=linear; set it to null")
        if self.model.linear.features == "nb_svm" and self.competition.task in ("regression", "soft_labels"):
            raise ConfigError(
                f"model.linear.features=nb_svm is for tasks of classes, not {self.competition.task}; set it to tfidf"
            )
