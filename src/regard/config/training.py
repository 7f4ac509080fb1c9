"""The settings of training: batches, optimizer, weights of rows, decision thresholds."""

from dataclasses import dataclass
from typing import Any

from regard.config.checks import (
    at_least,
    choice,
    choices,
    each_once,
    not_negative,
    positive,
    rate,
)
from regard.errors import ConfigError

PRIOR_METHODS = ("class_weights", "probabilities")
TRUNCATIONS = ("auto", "head", "tail", "both")
PAIR_ORDERS = ("random", "both")
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclass
class BatchesConfig:
    """Length-bucketed batches."""

    max_tokens: int
    truncate: str
    size: int
    prediction_size: int
    n_lengths: int
    batches_per_chunk: int
    pair_orders: str
    word_dropout: float

    def __post_init__(self) -> None:
        rate("batches.word_dropout", self.word_dropout)
        choice("batches.pair_orders", self.pair_orders, PAIR_ORDERS)
        choice("batches.truncate", self.truncate, TRUNCATIONS)
        at_least("batches.max_tokens", self.max_tokens, 0)
        for key in ("size", "prediction_size", "n_lengths", "batches_per_chunk"):
            at_least(f"batches.{key}", getattr(self, key), 1)


@dataclass
class TrainingConfig:
    """Epochs, optimizer and loss of the training of a fold."""

    epochs: int
    min_steps: int
    patience: int
    optimizer: str
    learning_rate: float
    schedule: str
    warmup: float
    weight_decay: float
    weight_average: str
    ema_epochs: float
    n_averaged_epochs: int
    clip_norm: float | None
    # Any, because OmegaConf refuses a union of a list and a str; _check_class_weights checks it.
    class_weights: Any
    label_smoothing: float
    focal_gamma: float
    adversarial_epsilon: float
    callbacks: list[str]
    precision: str
    refit: bool

    def __post_init__(self) -> None:
        self._check_class_weights()
        at_least("training.epochs", self.epochs, 1)
        at_least("training.min_steps", self.min_steps, 0)
        at_least("training.patience", self.patience, 1)
        choice("training.optimizer", self.optimizer)
        choice("training.schedule", self.schedule)
        choice("training.precision", self.precision, PRECISIONS)
        positive("training.learning_rate", self.learning_rate)
        rate("training.warmup", self.warmup)
        rate("training.weight_decay", self.weight_decay)
        choice("training.weight_average", self.weight_average)
        positive("training.ema_epochs", self.ema_epochs)
        at_least("training.n_averaged_epochs", self.n_averaged_epochs, 1)
        rate("training.label_smoothing", self.label_smoothing)
        not_negative("training.focal_gamma", self.focal_gamma)
        not_negative("training.adversarial_epsilon", self.adversarial_epsilon)
        choices("training.callbacks", self.callbacks)
        each_once("training.callbacks", self.callbacks)
        if self.clip_norm is not None:
            positive("training.clip_norm", self.clip_norm)

    def _check_class_weights(self) -> None:
        weights = self.class_weights
        if (
            isinstance(weights, list)
            and weights
            # Not isinstance: True and False are ints to Python.
            and all(type(weight) in (int, float) for weight in weights)
        ):
            for weight in weights:
                positive("training.class_weights", weight)
        elif weights not in (None, "balanced", "class_balanced"):
            raise ConfigError(
                f"training.class_weights={weights} is not known; give null, balanced, "
                "class_balanced, or a weight for each class in their order, for example [1, 4.5]"
            )


@dataclass
class FineTuningConfig:
    """How a pretrained encoder is trained; it needs other settings than a new network."""

    epochs: int
    batch_size: int
    learning_rate: float
    layer_decay: float
    head_learning_rate: float
    warmup: float
    weight_decay: float
    dropout: float
    recompute: bool

    def __post_init__(self) -> None:
        at_least("model.fine_tuning.epochs", self.epochs, 1)
        at_least("model.fine_tuning.batch_size", self.batch_size, 1)
        positive("model.fine_tuning.learning_rate", self.learning_rate)
        positive("model.fine_tuning.head_learning_rate", self.head_learning_rate)
        rate("model.fine_tuning.warmup", self.warmup)
        rate("model.fine_tuning.weight_decay", self.weight_decay)
        rate("model.fine_tuning.dropout", self.dropout)
        if not 0.0 < self.layer_decay <= 1.0:
            raise ConfigError(
                f"model.fine_tuning.layer_decay={self.layer_decay} is out of range; give a factor "
                "above 0, up to 1 for the same rate in all layers"
            )


@dataclass
class PriorConfig:
    """A known share of positives in the test set, and how predictions are fitted to it."""

    test_positive_rate: float | None
    method: str

    def __post_init__(self) -> None:
        choice("prior.method", self.method, PRIOR_METHODS)
        if self.test_positive_rate is not None and not 0.0 < self.test_positive_rate < 1.0:
            raise ConfigError(
                f"prior.test_positive_rate={self.test_positive_rate} is out of range; give a share "
                "between 0 and 1"
            )


@dataclass
class PseudoLabelsConfig:
    """Training on test rows too, labelled by the predictions of an earlier run."""

    run: str | None
    threshold: float
    weight: float

    def __post_init__(self) -> None:
        positive("pseudo_labels.weight", self.weight)
        if not 0.0 <= self.threshold <= 1.0:
            raise ConfigError(
                f"pseudo_labels.threshold={self.threshold} is out of range; give a probability "
                "from 0 to 1"
            )


@dataclass
class ThresholdsConfig:
    """Decision thresholds, for metrics and submissions of labels."""

    tuned: bool
    per_label: bool


@dataclass
class CalibrationConfig:
    """Probabilities that are corrected by the labels of the held-out rows."""

    temperature: bool
