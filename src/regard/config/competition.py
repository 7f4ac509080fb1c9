"""What a competition's files hold, and what is predicted."""

from dataclasses import dataclass

from regard.config.checks import (
    choice,
    each_once,
    folder_name,
    not_empty,
)
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
TEXT_MODES = ("joined", "separate", "pair")


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
        folder_name("competition.name", self.name)
        choice("competition.task", self.task, TASKS)
        choice("competition.submit", self.submit, (*SUBMISSION_VALUES, "auto"))
        choice("competition.texts", self.texts, TEXT_MODES)
        self._check_columns()
        self._check_labels()
        if self.separator is not None and len(self.separator) != 1 and self.separator != "\\t":
            raise ConfigError(
                f"competition.separator={self.separator!r} is not one character; \\t is the tab"
            )
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
        roles = [
            *self.text_columns,
            *self.numeric_columns,
            *self.categorical_columns,
            *self.label_columns,
        ]
        each_once(
            "competition.text_columns, numeric_columns, categorical_columns and label_columns together",
            roles,
        )
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
                raise ConfigError(
                    f"competition.label_range={self.label_range} is not [lowest, highest]"
                )

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
            why = (
                f"the task is {self.task}"
                if of_numbers
                else f"competition.metric={self.metric} compares labels"
            )
            raise ConfigError(
                f"competition.submit={self.submit}, but {why}; set it to {' or '.join(fitting)}"
            )
