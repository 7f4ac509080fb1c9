"""The settings of a competition: its files, columns, task and metric."""

from dataclasses import dataclass
from typing import Any

from regard.config.checks import (
    at_least,
    choice,
    choices,
    each_once,
    folder_name,
    not_empty,
)
from regard.config.dialect import (
    BY_FILE,
    ESCAPE,
    PARTS,
    ROW_NUMBERS,
    Dialect,
    check_by_part,
    check_dialect,
    of_part,
)
from regard.config.registries import registry
from regard.errors import ConfigError

KINDS = ("csv", "code")
SUBMISSION_VALUES = ("probabilities", "labels", "numbers", "top_labels")
TEXT_MODES = ("joined", "separate", "pair")
DECIMALS = (".", ",")


@dataclass
class CompetitionConfig:
    """The files, columns, task and metric of a competition.

    If `metric` or `submit` is `auto`, the task's usual value replaces it. An `id_column` of None
    becomes `ROW_NUMBERS`, the column of row numbers that reading adds.
    """

    name: str
    slug: str | None
    kind: str
    source: str | None
    train_file: Any  # a name, or a list of names
    test_file: str | None
    sample_file: str | None
    encoding: Any  # this and the next three: a text, or a mapping of the files, see BY_FILE
    separator: Any
    quoting: Any
    escape: Any
    skip_blank: bool
    encoding_errors: str
    id_column: Any  # a name; None becomes ROW_NUMBERS
    test_id_column: str | None
    text_columns: list[str]
    texts: str
    symmetric_pairs: bool
    numeric_columns: list[str]
    categorical_columns: list[str]
    prompt_column: str | None
    text_statistics: list[str]
    joined_files: list[str]
    join_column: str | None
    label_columns: list[str]
    label_values: list[str] | None
    label_missing: list[str | None]
    label_separator: str | None
    decimal: str
    label_range: list[float] | None
    label_grid: Any  # OmegaConf refuses a union of a number and a str
    group_column: str | None
    fold_column: str | None
    time_column: str | None
    subgroup_columns: list[str]
    task: str
    metric: str
    beta: float | None
    top_k: int | None
    greater_is_better: bool | None
    metric_compares: str | None
    submit: str

    def __post_init__(self) -> None:
        folder_name("competition.name", self.name)
        choice("competition.kind", self.kind, KINDS)
        choice("competition.task", self.task)
        choice("competition.submit", self.submit, (*SUBMISSION_VALUES, "auto"))
        choice("competition.texts", self.texts, TEXT_MODES)
        choice("competition.decimal", self.decimal, DECIMALS)
        if (self.test_file is None) != (self.sample_file is None):
            raise ConfigError(
                "competition.test_file and competition.sample_file go together: name both files, "
                "or set both to null to train without test rows"
            )
        self._check_columns()
        self._check_prompt_and_joins()
        self._check_labels()
        # Replaced here once: no reader of the settings, and no fingerprint of them, meets null.
        self.id_column = ROW_NUMBERS if self.id_column is None else str(self.id_column)
        self._check_files()
        # The same for auto.
        if self.metric == "auto":
            task = registry("competition.task")[self.task]
            self.metric = task.default_metric_of(len(self.label_columns))
        # YAML reads null as no value, and None as a word; a file may hold either.
        self.label_missing = ["null" if one is None else str(one) for one in self.label_missing]
        metrics: Any = registry("competition.metric")
        self.metric = metrics.resolve(self)
        self._choose_submission()

    @property
    def input_columns(self) -> list[str]:
        """The columns that models read of a row: texts, numbers, categories and the prompt."""
        columns = [*self.text_columns, *self.numeric_columns, *self.categorical_columns]
        prompt = [self.prompt_column] if self.prompt_column else []
        return list(dict.fromkeys([*columns, *prompt]))

    @property
    def train_files(self) -> list[str]:
        """The names of the train files, in the order of their rows."""
        return [self.train_file] if isinstance(self.train_file, str) else list(self.train_file)

    @property
    def train_name(self) -> str:
        """The train files in messages."""
        return " + ".join(self.train_files)

    def dialect(self, part: str) -> Dialect:
        """Return how the "train", "test" or "sample" file is written."""
        encoding, separator, quoting, escape = (
            of_part(getattr(self, name), part) for name in BY_FILE
        )
        return Dialect(
            encoding or "utf-8",
            separator,
            quoting or "minimal",
            # Quotes of YAML and of a shell double a backslash, or do not.
            ESCAPE if escape == 2 * ESCAPE else escape,
            self.skip_blank,
            self.encoding_errors,
        )

    @property
    def n_texts(self) -> int:
        """The number of texts that a model reads of each row."""
        return 1 if self.texts == "joined" else len(self.text_columns)

    @property
    def in_any_order(self) -> bool:
        """Whether the texts of a row are a pair whose order has no meaning."""
        return self.texts == "pair" and self.symmetric_pairs

    @property
    def id_column_of_test(self) -> str:
        """The id column of the test and the sample file."""
        return str(self.test_id_column or self.id_column)

    @property
    def numbers_test_rows(self) -> bool:
        """Whether test and sample have no ids: their rows belong together in order."""
        return self.id_column_of_test == ROW_NUMBERS

    @property
    def is_code(self) -> bool:
        """Whether a notebook is submitted, which predicts a hidden test file without internet."""
        return self.kind == "code"

    @property
    def has_test(self) -> bool:
        """Whether there are test rows to predict."""
        return self.test_file is not None

    def _check_files(self) -> None:
        files = self.train_file
        names = files if isinstance(files, list) else [files]
        if not all(isinstance(name, str) and name for name in names):
            raise ConfigError(f"competition.train_file={files} is no name and no list of names")
        not_empty("competition.train_file", names)
        each_once("competition.train_file", names)
        for key in BY_FILE:
            check_by_part(f"competition.{key}", getattr(self, key))
        for part in PARTS:
            check_dialect(self.dialect(part))

    def _check_columns(self) -> None:
        not_empty("competition.text_columns", self.text_columns)
        not_empty("competition.label_columns", self.label_columns)
        each_once("competition.subgroup_columns", self.subgroup_columns)
        each_once("competition.text_columns", self.text_columns)
        each_once("competition.label_columns", self.label_columns)
        # A label that is read as an input as well would be predicted from itself.
        roles = [
            *self.text_columns,
            *self.numeric_columns,
            *self.categorical_columns,
            *self.label_columns,
        ]
        each_once(
            "competition.text_columns, numeric_columns, categorical_columns and label_columns "
            "together",
            roles,
        )
        if self.texts == "pair" and len(self.text_columns) != 2:
            raise ConfigError(
                "competition.texts=pair needs two text columns, but text_columns has "
                f"{len(self.text_columns)} ({', '.join(self.text_columns)}); name both, or set "
                "competition.texts=joined"
            )

    def _check_prompt_and_joins(self) -> None:
        choices("features.text_statistics", self.text_statistics, "competition.text_statistics")
        each_once("competition.text_statistics", self.text_statistics)
        if self.prompt_column in self.label_columns:
            raise ConfigError(
                f"competition.prompt_column={self.prompt_column} is a label column; name the "
                "column of the text that the texts answer, or set it to null"
            )
        each_once("competition.joined_files", self.joined_files)
        if bool(self.joined_files) != (self.join_column is not None):
            raise ConfigError(
                "competition.joined_files and competition.join_column go together: name the files "
                "and the column that they share with train and test, or set [] and null"
            )

    def _check_labels(self) -> None:
        task = registry("competition.task")[self.task]
        if task.one_label_column and len(self.label_columns) != 1:
            raise ConfigError(
                f"competition.label_columns has {len(self.label_columns)} columns, but the task "
                f"{self.task} has one; several columns are task=multi_class (of which one is 1), "
                "multi_label, regression or soft_labels"
            )
        if self.label_separator is not None:
            self._check_separator(task)
        if self.label_range is not None:
            if not task.has_units:
                raise ConfigError(
                    f"competition.label_range is for the task regression, not {self.task}; set it "
                    "to null"
                )
            if len(self.label_range) != 2 or not self.label_range[0] < self.label_range[1]:
                raise ConfigError(
                    f"competition.label_range={self.label_range} is not [lowest, highest]"
                )
        self._check_grid(task)

    def _check_grid(self, task: Any) -> None:
        """Refuse a grid that is no step, and one for labels that are classes."""
        grid = self.label_grid
        if grid is None:
            return
        is_step = type(grid) in (int, float) and 0 < grid < float("inf")
        if grid != "auto" and not is_step:
            raise ConfigError(
                f"competition.label_grid={grid} is not known; give auto, a step such as 0.5, or "
                "null"
            )
        if task.has_classes:
            raise ConfigError(
                f"competition.label_grid is for tasks of numbers, not {self.task}, whose labels "
                "are the values themselves; set it to null"
            )

    def _check_separator(self, task: Any) -> None:
        if not task.takes_separator:
            raise ConfigError(
                f"competition.label_separator is for the task multi_label, not {self.task}; set it "
                "to null"
            )
        if not self.label_separator or len(self.label_columns) != 1:
            raise ConfigError(
                f"competition.label_separator={self.label_separator!r} parts the labels of one "
                f"column, but label_columns has {len(self.label_columns)}; name one column, and "
                "the character between its labels, or json"
            )

    def _choose_submission(self) -> None:
        """Choose `submit` if it is auto, else make sure that it suits the task and the metric."""
        task = registry("competition.task")[self.task]
        metrics: Any = registry("competition.metric")
        metric = metrics.find(self.metric)
        # An unknown metric is refused later, with those that suit the task.
        compares_labels = metric is not None and metric.compares == "labels"
        ranks_labels = metric is not None and metric.compares == "rankings"
        # The first one is the usual one: auto takes it.
        suiting = task.submissions(compares_labels=compares_labels, ranks_labels=ranks_labels)
        if self.submit == "auto":
            self.submit = suiting[0]
        elif self.submit not in suiting:
            why = f"the task is {self.task}"
            if task.has_classes and compares_labels:
                why = f"competition.metric={self.metric} compares labels"
            raise ConfigError(
                f"competition.submit={self.submit}, but {why}; set it to {' or '.join(suiting)}"
            )
        if self.label_grid is not None and metric and metric.compares == "probabilities":
            raise ConfigError(
                f"competition.metric={self.metric} scores probabilities, which a grid would make "
                "worse; set competition.label_grid=null"
            )
        self._check_top_k(is_used=ranks_labels or self.submit == "top_labels")

    def _check_top_k(self, *, is_used: bool) -> None:
        """Refuse a missing number of labels in a cell, and one that nothing reads."""
        if self.top_k is None and self.submit == "top_labels":
            raise ConfigError(
                "competition.submit=top_labels needs competition.top_k, the number of labels in a "
                "cell, such as 3"
            )
        if self.top_k is not None and not is_used:
            raise ConfigError(
                f"competition.top_k={self.top_k} is for competition.metric=map_at_k or "
                "top_k_accuracy, or competition.submit=top_labels; set it to null"
            )
        if self.top_k is not None:
            at_least("competition.top_k", self.top_k, 1)
