"""The data that a comparison of two runs is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regard.metrics.registry import METRICS
from regard.tasks import Targets, Task


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """A run, and its predictions of the rows that both runs have predicted out of fold.

    Attributes:
        name: its name.
        finished: when it was finished, in ISO 8601.
        scores: the content of metrics.json.
        histories: the content of history.json for each fold; empty for a blend.
        outputs: `(rows, n_outputs)`, out of fold.
        decided: `(rows,)` or `(rows, n_outputs)` int64: the decision of each row, by thresholds
            tuned on other folds; of tasks without classes, `Task.numbers`.
        thresholds: those of its submission.
        n_rows: the number of all rows that it has predicted out of fold.
        test_score: of its submission, by the labels of the test rows; None if they are not known.
        report: the path of its report, relative to the page; empty if there is none.
    """

    name: str
    finished: str
    scores: Mapping[str, Any]
    histories: Sequence[Mapping[str, Any]]
    outputs: np.ndarray
    decided: np.ndarray
    thresholds: np.ndarray
    n_rows: int
    test_score: float | None = None
    report: str = ""

    @property
    def folds(self) -> list[int]:
        """The numbers of the folds that are scored, in the order of `fold_scores`."""
        return list(self.scores.get("folds", range(len(self.scores["fold_scores"]))))


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two runs of one competition.

    Attributes:
        competition: the name of the competition.
        task: the task.
        metric: the metric that both are scored by, that of the first run.
        first: a run.
        second: another one; differences are the second run less the first.
        ids: `(rows,)` str, of the rows that both have predicted out of fold.
        texts: of each text column its name and its `(rows,)` texts.
        targets: the labels of the rows.
        has_same_folds: whether both runs have held out the same rows together.
        changes: each setting that differs: its key, and its value in either run.
        n_other_changes: the number of settings that only one of the runs has.
        n_shown: the number of rows to show.
        groups: see `HeldOutRows.groups`; None if each row is one.
    """

    competition: str
    task: Task
    metric: str
    first: ComparedRun
    second: ComparedRun
    ids: Sequence[str]
    texts: Mapping[str, Sequence[str]]
    targets: Targets
    has_same_folds: bool
    changes: Sequence[tuple[str, str, str]]
    n_shown: int
    n_other_changes: int = 0
    groups: np.ndarray | None = None

    @property
    def runs(self) -> tuple[ComparedRun, ComparedRun]:
        """Both runs."""
        return self.first, self.second

    @property
    def sign(self) -> int:
        """1 if a greater score is better, else -1."""
        return 1 if METRICS[self.metric].greater_is_better else -1

    def compared(self, run: ComparedRun) -> np.ndarray:
        """Return the predictions of a run as the metric compares them."""
        metric = METRICS[self.metric]
        if metric.compares == "labels" or self.task.grids:
            return run.decided
        return self.task.numbers(run.outputs)

    def is_right(self, run: ComparedRun) -> np.ndarray:
        """Return where a run decides for the true label, bool `(rows, columns)`."""
        labels = self.targets.labels.reshape(len(self.ids), -1)
        return run.decided.reshape(len(self.ids), -1) == labels
