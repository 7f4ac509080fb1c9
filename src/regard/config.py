"""The schema of `conf/`: which settings exist, their types and ranges; and how a script gets them.

All values live in `conf/*.yaml`; the dataclasses here have no defaults, so that every value can be read in one
place. A section is named after the module that reads it first. Hydra refuses wrong keys and types against these
classes; ranges and choices are checked when the sections are built (`from_hydra`), before any stage runs.
"""

import dataclasses
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.core.config_store import ConfigStore
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from regard.errors import ConfigError, RegardError, did_you_mean, one_line

TASKS = ("binary", "multi_class", "multi_label")
SUBMISSION_VALUES = ("probabilities", "labels")
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
LOOKUP_STEPS = ("exact", "lower", "capitalised", "upper", "stem")
SOURCE_KINDS = ("word2vec", "fasttext", "file", "package", "gensim")
CELLS = ("lstm", "gru")
POOLINGS = ("attention", "max", "mean", "last")
OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd")
SCHEDULES = ("constant", "cosine", "exponential")
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")


@dataclass
class CompetitionConfig:
    """The files of one competition and what is predicted (read by `data`, `task`, `metrics`)."""

    name: str
    source: str | None
    train_file: str
    test_file: str
    sample_file: str
    encoding: str
    separator: str
    id_column: str
    test_id_column: str | None
    text_columns: list[str]
    label_columns: list[str]
    label_values: list[str] | None
    task: str
    metric: str
    submit: str

    def __post_init__(self) -> None:
        _choice("competition.task", self.task, TASKS)
        _choice("competition.submit", self.submit, SUBMISSION_VALUES)
        _not_empty("competition.text_columns", self.text_columns)
        _not_empty("competition.label_columns", self.label_columns)
        _each_once("competition.text_columns", self.text_columns)
        _each_once("competition.label_columns", self.label_columns)
        if len(self.separator) != 1 and self.separator != "\\t":
            raise ConfigError(f"competition.separator={self.separator!r} is not one character; \\t is the tab")
        if self.task != "multi_label" and len(self.label_columns) != 1:
            raise ConfigError(
                f"competition.label_columns has {len(self.label_columns)} columns, but the task {self.task} has one; "
                "several columns are task=multi_label"
            )
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ConfigError(
                f"competition.encoding={self.encoding} is not known to Python; for example utf-8, cp1252, latin-1"
            ) from None


@dataclass
class TextConfig:
    """Cleaning, tokens and vocabulary."""

    cleaning: list[str]
    vocabulary_size: int
    min_count: int
    use_test: bool

    def __post_init__(self) -> None:
        for step in self.cleaning:
            _choice("text.cleaning", step, CLEANING_STEPS)
        _at_least("text.vocabulary_size", self.vocabulary_size, 3)
        _at_least("text.min_count", self.min_count, 1)


@dataclass
class FoldsConfig:
    """How rows are divided into folds."""

    n_folds: int
    seed: int
    group_column: str | None
    fold_column: str | None

    def __post_init__(self) -> None:
        _at_least("folds.n_folds", self.n_folds, 2)
        _at_least("folds.seed", self.seed, 0)


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
            _at_least(f"embeddings.<word2vec or fasttext>.{key}", getattr(self, key), 1)


@dataclass
class EmbeddingsConfig:
    """Where word vectors come from."""

    sources: list[str]
    lookup: list[str]
    word2vec: TrainedVectorsConfig
    fasttext: TrainedVectorsConfig

    def __post_init__(self) -> None:
        _not_empty("embeddings.sources", self.sources)
        for source in self.sources:
            kind, _, rest = source.partition(":")
            _choice("embeddings.sources", kind, SOURCE_KINDS)
            if (kind in ("word2vec", "fasttext")) == bool(rest):
                raise ConfigError(
                    f"embeddings.sources has {source!r}; write word2vec, fasttext, file:<path>, package:<name> or "
                    "gensim:<name>"
                )
        _not_empty("embeddings.lookup", self.lookup)
        for step in self.lookup:
            _choice("embeddings.lookup", step, LOOKUP_STEPS)


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
        _choice("model.rnn.cell", self.cell, CELLS)
        _at_least("model.rnn.n_layers", self.n_layers, 1)
        _at_least("model.rnn.units", self.units, 1)
        _rate("model.rnn.dropout", self.dropout)
        _rate("model.rnn.recurrent_dropout", self.recurrent_dropout)


@dataclass
class AttentionConfig:
    """The attention among the poolings."""

    use_bias: bool


@dataclass
class HeadConfig:
    """The dense layers between the pooled text and the outputs."""

    units: int
    dropout: float
    batch_norm: bool

    def __post_init__(self) -> None:
        _at_least("model.head.units", self.units, 0)
        _rate("model.head.dropout", self.dropout)


@dataclass
class ModelConfig:
    """The network."""

    name: str
    trainable_embeddings: bool
    embedding_dropout: float
    rnn: RnnConfig
    skip_connection: bool
    sequence_dropout: float
    pooling: list[str]
    attention: AttentionConfig
    head: HeadConfig

    def __post_init__(self) -> None:
        _rate("model.embedding_dropout", self.embedding_dropout)
        _rate("model.sequence_dropout", self.sequence_dropout)
        _not_empty("model.pooling", self.pooling)
        for pooling in self.pooling:
            _choice("model.pooling", pooling, POOLINGS)
        _each_once("model.pooling", self.pooling)


@dataclass
class BatchesConfig:
    """Length-bucketed batches."""

    max_tokens: int
    size: int
    prediction_size: int
    n_lengths: int
    batches_per_chunk: int

    def __post_init__(self) -> None:
        for key in ("max_tokens", "size", "prediction_size", "n_lengths", "batches_per_chunk"):
            _at_least(f"batches.{key}", getattr(self, key), 1)


@dataclass
class TrainingConfig:
    """The recipe one fold is trained by."""

    epochs: int
    patience: int
    optimizer: str
    learning_rate: float
    schedule: str
    clip_norm: float | None
    precision: str

    def __post_init__(self) -> None:
        _at_least("training.epochs", self.epochs, 1)
        _at_least("training.patience", self.patience, 1)
        _choice("training.optimizer", self.optimizer, OPTIMIZERS)
        _choice("training.schedule", self.schedule, SCHEDULES)
        _choice("training.precision", self.precision, PRECISIONS)
        _positive("training.learning_rate", self.learning_rate)
        if self.clip_norm is not None:
            _positive("training.clip_norm", self.clip_norm)


@dataclass
class ComputeConfig:
    """Where folds run. What they compute is the same but for rounding, so this is no part of a run's identity."""

    n_workers: int | None
    threads_per_worker: int | None

    def __post_init__(self) -> None:
        for key in ("n_workers", "threads_per_worker"):
            if getattr(self, key) is not None:
                _at_least(f"compute.{key}", getattr(self, key), 1)


@dataclass
class ReportConfig:
    """What the report shows."""

    n_attention_texts: int
    n_worst_rows: int

    def __post_init__(self) -> None:
        _at_least("report.n_attention_texts", self.n_attention_texts, 0)
        _at_least("report.n_worst_rows", self.n_worst_rows, 0)


@dataclass
class Config:
    """Every setting of a run."""

    name: str
    seed: int
    data_dir: str
    output_dir: str
    overrides: list[str]
    competition: CompetitionConfig
    text: TextConfig
    folds: FoldsConfig
    embeddings: EmbeddingsConfig
    model: ModelConfig
    batches: BatchesConfig
    training: TrainingConfig
    compute: ComputeConfig
    report: ReportConfig

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**31:
            raise ConfigError(f"seed={self.seed} is out of range; give a whole number from 0 to 2147483647")
        if not self.name or set(self.name) & set("/\\ "):
            raise ConfigError(f"name={self.name!r} names a folder: no slashes or spaces, and not empty")


def register_schema() -> None:
    """Tell Hydra the schema, under the name `conf/config.yaml` starts its defaults with."""
    ConfigStore.instance().store(name="regard_schema", node=Config)


def from_hydra(config: DictConfig) -> Config:
    """Turn Hydra's composed settings into plain dataclasses, checked.

    Raises:
        ConfigError: a value is missing, of the wrong type or out of range; the message names its key.
    """
    try:
        built = OmegaConf.to_object(config)
        keys = _keys_of(OmegaConf.to_container(config, resolve=True))
    except OmegaConfBaseException as error:
        raise ConfigError(_omegaconf_message(error)) from error
    # Hydra's + adds even what the schema does not have, and OmegaConf then drops it without a word.
    for key in sorted(keys - set(known_keys())):
        raise ConfigError(f"there is no setting {key!r}; {did_you_mean(key, known_keys())}")
    if not isinstance(built, Config):
        raise ConfigError("conf/config.yaml must start its defaults with regard_schema")
    return built


def known_keys(section: type = Config, prefix: str = "") -> list[str]:
    """Return the dotted names of all settings.

    Example:
        known_keys() -> ["name", "seed", ..., "model.rnn.units", ...]
    """
    keys: list[str] = []
    for field in dataclasses.fields(section):
        if isinstance(field.type, type) and dataclasses.is_dataclass(field.type):
            keys += known_keys(field.type, f"{prefix}{field.name}.")
        else:
            keys.append(prefix + field.name)
    return keys


def explain(error: BaseException, overrides: Iterable[str], groups: dict[str, list[str]]) -> str:
    """Return one line for what Hydra or OmegaConf refused.

    Args:
        error: what was raised while the settings were composed.
        overrides: the command line's words, for example `["model.rnn.unitz=3"]`.
        groups: the option groups of `conf/` with their options, for example `{"model": ["lstm_attention"]}`.
    """
    keys = known_keys()
    for override in overrides:
        key, equals, value = override.lstrip("+~").partition("=")
        key = key.partition("@")[0]
        if key.startswith(("-", "hydra")):
            continue
        if key in groups:
            wanted = [word for word in value.strip("[]").split(",") if word not in (*groups[key], "null", "")]
            if wanted and "." not in value:
                return f"no conf/{key}/{wanted[0]}.yaml ({key}={value}); {did_you_mean(wanted[0], groups[key])}"
        elif key not in keys and equals:
            return f"there is no setting {key!r}; {did_you_mean(key, [*keys, *groups])}"
    return _omegaconf_message(error)


def run_script(stage: Callable[[Config], object], config_dir: Path) -> None:
    """Compose the settings from `conf/` and the command line, run a stage, and tell a user's mistake in one line.

    Args:
        stage: what the script does.
        config_dir: the folder of `config.yaml`, absolute.
    """
    register_schema()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout, force=True)
    # Hydra then raises what it refuses, instead of printing it over several lines.
    os.environ["HYDRA_FULL_ERROR"] = "1"

    mistakes: list[Exception] = []

    def task(config: DictConfig) -> None:
        # Kept from Hydra, which would print all overrides before the error; of a sweep, the other jobs go on.
        try:
            stage(from_hydra(config))
        except RegardError as error:
            mistakes.append(error)
            sys.stderr.write(f"{_error_kind(error)}: {one_line(error)}\n")
        except (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError) as error:
            mistakes.append(error)
            sys.stderr.write(f"file error: {error.filename}: {error.strerror}\n")

    # Hydra takes -m only before or after all overrides.
    sys.argv[1:] = sorted(sys.argv[1:], key=lambda word: word not in ("-m", "--multirun"))
    try:
        hydra.main(version_base="1.3", config_path=str(config_dir), config_name="config")(task)()
    except (HydraException, OmegaConfBaseException) as error:
        groups = {group.name: sorted(file.stem for file in group.glob("*.yaml")) for group in config_dir.iterdir()}
        sys.exit(f"config error: {explain(error, sys.argv[1:], groups)}")
    except yaml.YAMLError as error:
        sys.exit(f"config error: a page of conf/ is not YAML: {one_line(error)}")
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
    if mistakes:
        sys.exit(1)


def section_values(*sections: Any) -> list[dict[str, Any]]:
    """Return config sections as plain dictionaries, for fingerprints and files."""
    return [dataclasses.asdict(section) for section in sections]


def _keys_of(values: Any, prefix: str = "") -> set[str]:
    """The dotted names of all leaves."""
    if not isinstance(values, dict):
        return {prefix}
    return {key for name, value in values.items() for key in _keys_of(value, f"{prefix}.{name}" if prefix else name)}


def _error_kind(error: RegardError) -> str:
    """What the user should look at: "config error", "data error" or "artefact error"."""
    return f"{type(error).__name__.removesuffix('Error').lower()} error"


def _omegaconf_message(error: BaseException) -> str:
    """OmegaConf's message without its type listing, with the full key in front."""
    cause: BaseException = error
    while cause.__cause__ is not None and not getattr(cause, "full_key", None):
        cause = cause.__cause__
    key = getattr(cause, "full_key", None)
    message = one_line(cause).split(" full_key:")[0]
    if unknown := re.search(r"Key '(\w+)' not in", message):
        message += f"; {did_you_mean(unknown[1], {name.rpartition('.')[2] for name in known_keys()})}"
    if "missing mandatory value" in message:
        return f"{key} has no value; set it, or start the page with `defaults: [base]`, which sets what most share"
    return f"{key}: {message}" if key else message


def _choice(key: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ConfigError(f"{key}={value} is not known; {did_you_mean(value, allowed)} (one of {', '.join(allowed)})")


def _at_least(key: str, value: int, least: int) -> None:
    if value < least:
        raise ConfigError(f"{key}={value} is out of range; give a whole number of at least {least}")


def _rate(key: str, value: float) -> None:
    if not 0.0 <= value < 1.0:
        raise ConfigError(f"{key}={value} is out of range; give a rate from 0 up to, not including, 1")


def _positive(key: str, value: float) -> None:
    if not 0.0 < value < float("inf"):
        raise ConfigError(f"{key}={value} is out of range; give a number above 0")


def _not_empty(key: str, values: Sequence[str]) -> None:
    if not values:
        raise ConfigError(f"{key} is empty; name at least one")


def _each_once(key: str, values: Sequence[str]) -> None:
    repeated = sorted({value for value in values if values.count(value) > 1})
    if repeated:
        raise ConfigError(f"{key} names {', '.join(repeated)} twice")
