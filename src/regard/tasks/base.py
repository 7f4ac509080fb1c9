"""The base class of all tasks."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from regard.config import CompetitionConfig


@dataclass(frozen=True)
class Task(ABC):
    """A task: the labels to predict, and the meaning of a model's outputs.

    Subclasses hold everything in which one kind of task differs from another, so code elsewhere
    asks the task instead of its kind. `regard.tasks` has a table of the kinds.

    Attributes:
        label_names: the classes, lowest first where they are ranked; else the label columns.
        grids: of numbers, the only values of each column; empty if they may take any.
        kind: the name of the task in the settings.
        default_metric: the metric that `competition.metric=auto` chooses.
        fraction_metric: the usual metric of competitions whose sample submission holds fractions;
            None where fractions have no meaning.
        has_classes: whether labels are classes rather than numbers.
        has_units: whether labels are numbers with a unit, which models standardize.
        has_temperature: whether probabilities can be calibrated by `calibration.temperature`.
        one_label_column: whether there is exactly one label column.
        similar_kinds: other kinds of task whose labels may be the same cells.
        rates_texts: whether labels are numbers or ranks that a text gets, such as grades.
        takes_separator: whether a cell may hold several labels, see `label_separator`.
        report_section: the section of the report that shows the mistakes.
        correctness_caption: the report's words for the values of `correctness`.
    """

    label_names: tuple[str, ...]
    grids: tuple[tuple[float, ...], ...] = field(default=(), kw_only=True)

    kind: ClassVar[str]
    default_metric: ClassVar[str]
    fraction_metric: ClassVar[str | None] = None
    has_classes: ClassVar[bool] = True
    has_units: ClassVar[bool] = False
    has_temperature: ClassVar[bool] = False
    one_label_column: ClassVar[bool] = True
    similar_kinds: ClassVar[tuple[str, ...]] = ()
    rates_texts: ClassVar[bool] = False
    takes_separator: ClassVar[bool] = False
    report_section: ClassVar[Literal["confusion", "labels", "residuals"]]
    correctness_caption: ClassVar[str] = "probability of the true label"

    # Facts that the settings need before any label is read.

    @classmethod
    def kinds(cls) -> tuple[str, ...]:
        """Return its kind and those it inherits from: it takes the metrics of all of them.

        A kind that inherits from no other one overrides this to take the metrics of others.
        """
        # `vars`, for a class that only inherits its kind would count it twice.
        return tuple(vars(base)["kind"] for base in cls.__mro__ if "kind" in vars(base))

    @classmethod
    def default_metric_of(cls, n_columns: int) -> str:
        """Return the default metric for so many label columns."""
        return cls.default_metric

    @classmethod
    def submissions(cls, *, compares_labels: bool, ranks_labels: bool = False) -> tuple[str, ...]:
        """Return the values that may be submitted, the usual ones first.

        Args:
            compares_labels: whether the metric compares labels.
            ranks_labels: whether the metric compares the order of the labels in each row.
        """
        return ("labels",) if compares_labels else ("probabilities", "labels")

    @classmethod
    def usual_label_metric(cls, shares: Mapping[str, float]) -> tuple[str, str]:
        """Return the usual metric of competitions that ask for labels, and the reason.

        Args:
            shares: the share of the rows that have each label; of two, the positive one last.
        """
        return cls.default_metric, f"usual for the task {cls.kind}"

    @classmethod
    def excludes(cls, n_columns: int) -> bool:
        """Return whether so many label columns are one label, of which one is positive."""
        return False

    # From the cells of train.csv to labels.

    @classmethod
    @abstractmethod
    def from_labels(cls, train: pd.DataFrame, competition: CompetitionConfig) -> Self:
        """Build the task from the label columns of the train rows.

        Args:
            train: all columns str.
            competition: the label columns, and the known values and range if any.

        Raises:
            ConfigError: `competition.label_values` does not fit this kind of task.
            DataError: labels are missing, all alike, or their meaning is unclear.
        """

    @abstractmethod
    def encode_labels(self, train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
        """Turn the label columns into numbers.

        Returns:
            `(rows,)` int32 for one class a row, else `(rows, columns)` float32.

        Raises:
            DataError: a label does not belong to the task; the message lists such labels, their
                number of rows and the first ids.
        """

    def count_labels(self, labels: np.ndarray) -> str:
        """Return the rows of each label, or the mean of each column, in words for the log."""
        return f"{len(labels):,} labels"

    @abstractmethod
    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return the strata whose shares folds preserve.

        Returns:
            `(rows,)` int64, or `(rows, labels)` bool where a row may have several labels.
        """

    def ideal_outputs(self, labels: np.ndarray) -> np.ndarray:
        """Return the outputs of a perfect model, `(rows, n_outputs)` float64."""
        return labels.astype(np.float64)

    def label_numbers(self, labels: np.ndarray) -> np.ndarray:
        """Return labels as numbers, `(rows, columns)` float64."""
        return labels.astype(np.float64)

    # The outputs of a model.

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of the outputs, as in oof.csv."""
        return self.label_names

    @property
    def probability_names(self) -> tuple[str, ...]:
        """The names of the outputs, for people who read probabilities beside labels."""
        return self.output_names

    @property
    def n_outputs(self) -> int:
        """The number of outputs of a row."""
        return len(self.output_names)

    @property
    @abstractmethod
    def activation(self) -> str:
        """The Keras name of the activation of the outputs."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The values of a single label; empty for tasks of several columns or of numbers."""
        return ()

    @property
    def written_values(self) -> tuple[str, ...]:
        """The values that cells of labels may have, as train spells them."""
        return self.classes

    @property
    def independent_probabilities(self) -> bool:
        """Whether each output is a probability that leaves the other outputs free."""
        return self.activation == "sigmoid"

    def finish_outputs(self, outputs: np.ndarray) -> np.ndarray:
        """Make outputs that were fitted one by one obey the constraints of the task.

        Classes that exclude one another sum to one, probabilities of being above a rank never rise
        with the rank, and numbers stay within their range.
        """
        # Only a softmax ties outputs together; kinds with other constraints override this.
        if self.activation == "softmax":
            return outputs / outputs.sum(axis=1, keepdims=True)
        return outputs

    def class_probabilities(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each of `classes`, `(rows, classes)` float64.

        Example:
            binary, [[0.9]] -> [[0.1, 0.9]]
        """
        raise TypeError(f"the task {self.kind} has no classes of one column")

    def valid_outputs(self, outputs: np.ndarray) -> tuple[np.ndarray, str]:
        """Return which outputs are valid, bool of their shape, and the name of valid ones."""
        # Comparisons with NaN are false.
        return (outputs >= 0.0) & (outputs <= 1.0), "probabilities from 0 to 1"

    def numbers(self, outputs: np.ndarray) -> np.ndarray:
        """Return outputs as numbers, `(rows, columns)` float64."""
        return outputs.astype(np.float64)

    # Decisions: from outputs to labels.

    @property
    def threshold_search(self) -> str | None:
        """How thresholds are tuned: see `metrics.thresholds`; None where there are none."""
        return None

    def cut_values(self, outputs: np.ndarray) -> np.ndarray:
        """Return the values that are compared with cut points, `(rows,)` float64."""
        return outputs[:, 0].astype(np.float64)

    def default_thresholds(self) -> np.ndarray:
        """Return the thresholds that `decide` uses when none were tuned, float64."""
        return np.full(self.n_outputs, 0.5)

    def decide(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Turn outputs into labels: positive from the threshold upwards.

        Args:
            outputs: `(rows, n_outputs)`.
            thresholds: in the form of `default_thresholds`; None: these themselves.

        Returns:
            int64: `(rows,)` classes, or `(rows, n_outputs)` of 0 and 1.
        """
        thresholds = self.default_thresholds() if thresholds is None else thresholds
        return (outputs.astype(np.float64) >= thresholds).astype(np.int64)

    def hard_labels(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the labels of outputs as they are written in train.csv.

        Returns:
            str: `(rows,)`, or `(rows, n_outputs)` for several label columns.
        """
        raise TypeError(f"the task {self.kind} has no labels to decide for")

    def confidence(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each row's decision, `(rows,)`; 1 where nothing is decided."""
        return np.ones(len(outputs))

    def agreement(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the probability, in each row, of the label decided for the first row.

        Of several labels, it is that of all of them together. Of numbers, it is the number, or the
        mean of several.

        Args:
            outputs: `(rows, n_outputs)`.
            thresholds: see `decide`.

        Returns:
            `(rows,)` float64.

        Example:
            binary, [[0.9], [0.6]] -> [0.9, 0.6]; [[0.1], [0.6]] -> [0.9, 0.4]
        """
        return self.numbers(outputs).mean(axis=1)

    # Training.

    @property
    @abstractmethod
    def loss(self) -> str:
        """The name of the training loss, see `network.losses`."""

    @property
    def weighted_names(self) -> tuple[str, ...]:
        """The names that a list in `training.class_weights` has a weight for, in order."""
        return self.classes

    def class_counts(self, labels: np.ndarray) -> np.ndarray:
        """Count the rows of each class, `(columns, classes)`."""
        raise TypeError(f"the task {self.kind} has no classes to count")

    def class_weight_table(self, weights: np.ndarray) -> np.ndarray:
        """Return listed class weights in the form of `class_weights.class_weights`."""
        raise TypeError(f"the task {self.kind} has no classes to weight")

    def cell_weights(self, labels: np.ndarray, class_weights: np.ndarray | None) -> np.ndarray:
        """Return the weight of each label in each output, `(rows, n_outputs)`."""
        ideal = self.ideal_outputs(labels)
        if class_weights is None:
            return np.ones_like(ideal)
        # Weights [[1, 3]], labels [[0], [1]] -> [[1], [3]]
        no, yes = class_weights.T
        return np.where(ideal > 0.5, yes, no)

    def mean_loss(
        self, outputs: np.ndarray, labels: np.ndarray, class_weights: np.ndarray | None = None
    ) -> float:
        """Return the mean over rows of the cross-entropy; of the squared error for numbers.

        Args:
            outputs: `(rows, n_outputs)`.
            labels: of these rows.
            class_weights: from `class_weights.class_weights`; None: all rows weigh the same.
        """
        return float(-self._log_likelihoods(outputs, labels, class_weights).mean())

    def row_losses(self, outputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the loss of each row, `(rows,)` float64, whose mean is `mean_loss`."""
        return -self._log_likelihoods(outputs, labels, None)

    def _log_likelihoods(
        self, outputs: np.ndarray, labels: np.ndarray, class_weights: np.ndarray | None
    ) -> np.ndarray:
        ideal = self.ideal_outputs(labels)
        # The logarithm of an output of 0 would be infinite.
        smallest = np.finfo(np.float32).eps
        likely = outputs.astype(np.float64).clip(smallest, 1 - smallest)
        losses = ideal * np.log(likely)
        if self.activation != "softmax":
            losses = (losses + (1 - ideal) * np.log1p(-likely)) / self.n_outputs
        return np.asarray((losses * self.cell_weights(labels, class_weights)).sum(axis=1))

    # The report.

    @property
    def threshold_names(self) -> tuple[str, ...]:
        """The names of the thresholds."""
        return self.label_names

    @property
    def threshold_note(self) -> str:
        """One phrase on the meaning of a threshold."""
        return "Labels are positive from this probability upwards"

    def shown_thresholds(self, thresholds: np.ndarray) -> np.ndarray:
        """Return thresholds on the scale that people read them on."""
        return thresholds

    def correctness(self, labels: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return how right each row is, `(rows,)`: the greater, the better.

        The probability of the true labels; for numbers the mean distance, below zero.
        """
        distance = np.abs(self.numbers(outputs) - self.label_numbers(labels))
        return -distance.mean(axis=1)

    @abstractmethod
    def describe_label(self, label: np.ndarray) -> str:
        """Describe the label of one row in words, for example "sport"."""

    @abstractmethod
    def describe_output(self, output: np.ndarray, thresholds: np.ndarray | None = None) -> str:
        """Describe the outputs of one row in words, for example "sport (0.93)".

        Args:
            output: `(n_outputs,)`.
            thresholds: see `decide`.
        """

    # Storage.

    def to_dict(self) -> dict[str, Any]:
        """Return the kind and the fields, for JSON; `regard.tasks.task_from` reads them back."""
        return {"kind": self.kind, **dataclasses.asdict(self)}
