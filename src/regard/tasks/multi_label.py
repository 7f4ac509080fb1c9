"""Multi-label classification: several columns of positive and negative labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from regard.tasks import cells, pair_cells, tag_cells
from regard.tasks.forms import YesNo
from regard.tasks.rankings import ranked_submissions
from regard.tasks.tags import join_tags

if TYPE_CHECKING:
    from regard.config import CompetitionConfig


@dataclass(frozen=True)
class MultiLabel(YesNo):
    """Several labels a row: `(rows, columns)` of 0 and 1; outputs are a probability for each.

    Attributes:
        joiner: where the labels of a row are tags in one cell, the characters between them or one
            of `tags.LIST_FORMS`; empty where each label has a column.

    Example:
        MultiLabel(("rude", "mean")).decide(np.array([[0.9, 0.1]])) -> [[1, 0]]
    """

    joiner: str = ""

    kind = "multi_label"
    has_temperature = True
    default_metric = "mean_column_roc_auc"
    fraction_metric = "mean_column_roc_auc"
    one_label_column = False
    takes_separator = True
    report_section = "labels"

    @classmethod
    def submissions(cls, *, compares_labels: bool, ranks_labels: bool = False) -> tuple[str, ...]:
        """Return probabilities and labels, or the likeliest labels in one cell."""
        return ranked_submissions(compares_labels=compares_labels, ranks_labels=ranks_labels)

    @classmethod
    def usual_label_metric(cls, shares: Mapping[str, float]) -> tuple[str, str]:
        """Return micro F1."""
        return "f1_micro", "usual for several labels per row"

    @classmethod
    def from_labels(cls, train: pd.DataFrame, competition: CompetitionConfig) -> Self:
        """Build the task from the label columns, of which some may be constant, or from tags."""
        if competition.label_separator is not None:
            names, joiner = tag_cells.find_tags(train, competition)
            return cls(names, joiner=joiner)
        values = pair_cells.read_pair(train, competition)
        # A label that no train row has must still be predicted, so it is no error.
        for column in competition.label_columns:
            if train[column].nunique() < 2:
                cells.warn_of_constant(train, competition, column)
        return cls(tuple(competition.label_columns), values)

    def encode_labels(self, train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray:
        """Return 1 for each positive cell and for each tag, else 0."""
        if not self.joiner:
            return super().encode_labels(train, competition)
        return tag_cells.encode_tags(train, competition, self.label_names)

    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return the labels, `(rows, columns)` bool: folds preserve the share of each."""
        return labels >= 0.5

    @property
    def threshold_search(self) -> str:
        """A threshold for each column; a single column is cut as a binary label is."""
        return "columns" if self.n_outputs > 1 else "cuts"

    @property
    def written_values(self) -> tuple[str, ...]:
        """The negative and the positive value of each column, or the tags."""
        return self.label_names if self.joiner else self.values

    def hard_labels(self, outputs: np.ndarray, thresholds: np.ndarray | None = None) -> np.ndarray:
        """Return the value of each cell, `(rows, columns)` str; of tags `(rows,)` joined ones.

        Example:
            ("rude", "mean") with joiner=" ", [[0.9, 0.8]] -> ["rude mean"]
        """
        decided = self.decide(outputs, thresholds)
        if not self.joiner:
            return np.array(self.values)[decided]
        rows = [join_tags(tags, self.joiner) for tags in self.decided_tags(decided)]
        return np.array(rows, dtype=object)

    def decided_tags(self, decided: np.ndarray) -> list[list[str]]:
        """Return the names of the positive columns of each row.

        Example:
            ("rude", "mean"), [[1, 0]] -> [["rude"]]
        """
        names = np.array(self.label_names, dtype=object)
        return [names[row > 0].tolist() for row in decided]

    @property
    def weighted_names(self) -> tuple[str, ...]:
        """The columns: the weights are those of their positive rows."""
        return self.label_names

    def class_weight_table(self, weights: np.ndarray) -> np.ndarray:
        """Return the weights of negative and positive rows of each column, `(columns, 2)`.

        Example:
            [2, 3] -> [[1, 2], [1, 3]]
        """
        # One weight a column is given: that of its positive rows, relative to the negative ones.
        return np.stack([np.ones_like(weights), weights], axis=1)

    def describe_label(self, label: np.ndarray) -> str:
        """Return the names of the positive columns, or "none"."""
        named = zip(self.label_names, label, strict=True)
        return ", ".join(name for name, value in named if value > 0.5) or "none"

    def describe_output(self, output: np.ndarray, thresholds: np.ndarray | None = None) -> str:
        """Return the columns that are predicted positive, with their probabilities.

        Example:
            ("rude", "mean"), [0.9, 0.1] -> "rude (0.90)"
        """
        decided = self.decide(output[None], thresholds)[0]
        named = zip(self.label_names, output, decided, strict=True)
        return ", ".join(f"{name} ({found:.2f})" for name, found, yes in named if yes) or "none"
