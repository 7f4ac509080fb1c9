"""The data that a report is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from regard.data.drift import Drift
from regard.runs.explained import WeighedWords
from regard.tasks import Targets, Task
from regard.text import RaggedTokens


@dataclass(frozen=True, eq=False)
class HeldOutRows:
    """Train rows with their out-of-fold predictions.

    Attributes:
        ids: `(rows,)` str.
        texts: `(rows,)` str; several text columns are joined by newlines.
        targets: the labels, weights and subgroups of the rows.
        outputs: `(rows, n_outputs)`, out of fold.
        texts_by_column: of several text columns, the `(rows,)` texts of each by its name.
        folds: `(rows,)` int64, the fold that held each row out; None if it is not known.
        tokens: the token ids of the rows, text column by text column; empty if none are known.
        columns: the cells of the columns of categories, groups and prompts, `(rows,)` str by name.
        groups: `(rows,)` int64, equal for rows with identical texts or of one group of the
            competition; None if they are not known.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    targets: Targets
    outputs: np.ndarray
    texts_by_column: Mapping[str, Sequence[str]] = field(default_factory=dict)
    folds: np.ndarray | None = None
    tokens: Sequence[RaggedTokens] = ()
    columns: Mapping[str, np.ndarray] = field(default_factory=dict)
    groups: np.ndarray | None = None

    @property
    def has_groups(self) -> bool:
        """Whether some rows belong together."""
        return self.groups is not None and len(np.unique(self.groups)) < len(self.groups)


@dataclass(frozen=True)
class PreviousRun:
    """The run of the same competition that was finished before this one.

    Attributes:
        name: its name.
        metric: the metric of its score.
        oof_score: its out-of-fold score.
        test_score: its test score; None if it is not known.
        changes: each setting that differs: its key, its value then and its value now, as text.
        n_more_changes: the number of further settings that differ.
    """

    name: str
    metric: str
    oof_score: float
    test_score: float | None
    changes: Sequence[tuple[str, str, str]]
    n_more_changes: int = 0


@dataclass(frozen=True)
class PairOfRows:
    """Two train rows with similar or identical texts and different labels.

    Attributes:
        ids: of the rows.
        labels: of the rows, in words.
        texts: of the rows.
    """

    ids: tuple[str, str]
    labels: tuple[str, str]
    texts: tuple[str, str]


@dataclass(frozen=True)
class SimilarTexts:
    """The train rows with similar texts.

    Attributes:
        n_read: the number of train rows that were compared.
        n_rows: the number of train rows whose text is similar to another one, identical or not.
        n_conflicts: the number of found pairs with different labels; None for labels of numbers.
        examples: some of these pairs.
    """

    n_read: int
    n_rows: int
    n_conflicts: int | None
    examples: Sequence[PairOfRows]


@dataclass(frozen=True, eq=False)
class BrowserRow:
    """A row with the weights of its words.

    Attributes:
        id: the id of the row.
        part: "train" or "test".
        models: the models that weighed its words.
        methods: its words and weights by method.
        output: `(n_outputs,)`, out of fold for a train row.
        label: its label in the form of the task; None for a test row.
    """

    id: str
    part: str
    models: Sequence[str]
    methods: Mapping[str, WeighedWords]
    output: np.ndarray
    label: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Browser:
    """The rows that a reader can browse, word by word.

    Attributes:
        rows: the rows; none if `report.n_explained_rows` is 0.
        faithfulness: see `runs.weighing.mean_faithfulness`; empty if nothing was measured.
    """

    rows: Sequence[BrowserRow] = ()
    faithfulness: Mapping[str, Any] = field(default_factory=dict)

    @property
    def methods(self) -> list[str]:
        """The methods that weigh at least one row."""
        return list(dict.fromkeys(name for row in self.rows for name in row.methods))


@dataclass(frozen=True, eq=False)
class ReportData:
    """The data that a report is made from.

    Attributes:
        competition: the name of the competition.
        run: the name of the run.
        finished: when training ended, in ISO 8601; empty while it runs.
        overrides: the settings that differ from the defaults.
        sections: keys of `sections.SECTIONS`, in the order of the page; see `choose_sections`.
        task: the task.
        scores: the content of metrics.json: `metric`, `greater_is_better`, `oof_score`,
            `fold_scores`, `folds` (their numbers; without it all), `n_folds`,
            `n_trainable_parameters`, `seconds_of_all_folds`, `training` (the notes of
            `parallel.usage`; older and unfinished runs have none), and

            - `thresholds`: None, or `all_rows` (thresholds tuned on all rows), their `score`, and
              `by_fold` with the best `thresholds` of each fold, their `score`, and the
              `honest_score` of thresholds tuned on the other folds;
            - `blend`, for a blend only: its `method`, the scores of all `methods`, and for each of
              its `members` the `seed`, `score` and `weight`.
        histories: the content of history.json for each fold: `best_epoch` (from 1) and `epochs`, a
            record of `epoch`, `loss`, `valid_loss`, `score` and `seconds` each. Empty for a
            blend, which trains no models.
        held_out: train rows with their out-of-fold predictions.
        n_train: the number of train rows.
        n_test: the number of test rows.
        vocabulary_size: the number of tokens, or None if the models read none.
        coverage: for each source of word vectors: `source`, `embedding_dim`, `types` and `tokens`
            (shares from 0 to 1), `found_by` (how the vectors were found, with counts) and `missing`
            (pairs of token and count).
        browser: rows with the weights of their words.
        n_worst_rows: the number of rows to list as most wrong.
        note: a sentence below the scores; empty for none.
        signs: warning signs of the training, each with settings to try.
        test_score: of the submission, by the labels of the test rows; None if they are not known.
        previous: the run that was finished before this one; None for the first.
        vocabulary: the tokens by id, for `held_out.tokens`.
        pairs: the train rows with similar texts; None if they were not compared.
        drift: how well a model tells test rows from train rows; None if that was not measured.
        wrong_labels_file: the name of the file of all likely wrong labels; empty if none was
            written.
        failures: the errors of sections whose data could not be gathered.
    """

    competition: str
    run: str
    finished: str
    overrides: Sequence[str]
    sections: Sequence[str]
    task: Task
    scores: Mapping[str, Any]
    histories: Sequence[Mapping[str, Any]]
    held_out: HeldOutRows
    n_train: int
    n_test: int
    vocabulary_size: int | None = None
    coverage: Sequence[Mapping[str, Any]] = ()
    cut: str = ""
    browser: Browser = field(default_factory=Browser)
    n_worst_rows: int = 0
    note: str = ""
    signs: Sequence[str] = ()
    test_score: float | None = None
    previous: PreviousRun | None = None
    vocabulary: Sequence[str] = ()
    pairs: SimilarTexts | None = None
    drift: Drift | None = None
    wrong_labels_file: str = ""
    failures: Mapping[str, Exception] = field(default_factory=dict)

    @property
    def fold_numbers(self) -> list[int]:
        """The numbers of the folds that are scored, in the order of `fold_scores`."""
        return list(self.scores.get("folds", range(len(self.scores["fold_scores"]))))

    @property
    def n_folds(self) -> int:
        """The number of all folds, trained or not."""
        return int(self.scores.get("n_folds", len(self.scores["fold_scores"])))

    @property
    def thresholds(self) -> np.ndarray:
        """The thresholds of the submission: tuned on all rows, or the defaults."""
        tuned = self.scores["thresholds"]
        return self.task.default_thresholds() if tuned is None else np.asarray(tuned["all_rows"])


def held_out_rows(
    *,
    ids: Sequence[str],
    texts: Mapping[str, Sequence[str]],
    targets: Targets,
    outputs: np.ndarray,
    folds: np.ndarray | None = None,
    tokens: Sequence[RaggedTokens] = (),
    columns: Mapping[str, np.ndarray] | None = None,
    groups: np.ndarray | None = None,
) -> HeldOutRows:
    """Keep the train rows that have an out-of-fold prediction.

    Folds ordered by time never hold out the earliest rows: their outputs are NaN.

    Args:
        ids: `(train rows,)` str.
        texts: for each text column its name and its `(train rows,)` texts.
        targets: the targets of all train rows.
        outputs: `(train rows, n_outputs)`, NaN in rows that no fold held out.
        folds: `(train rows,)` int64.
        tokens: the token ids of the train rows, text column by text column.
        columns: `(train rows,)` str by name.
        groups: `(train rows,)` int64.
    """
    # The first output decides: a row has all of its outputs or none.
    rows = np.flatnonzero(~np.isnan(outputs[:, 0]))
    by_column = {name: [column[int(row)] for row in rows] for name, column in texts.items()}
    return HeldOutRows(
        ids=[ids[int(row)] for row in rows],
        texts=list(map("\n".join, zip(*by_column.values(), strict=True))),
        targets=targets.take(rows),
        outputs=outputs[rows],
        texts_by_column=by_column if len(by_column) > 1 else {},
        folds=None if folds is None else folds[rows],
        tokens=[text.take(rows) for text in tokens],
        columns={name: cells[rows] for name, cells in (columns or {}).items()},
        groups=None if groups is None else groups[rows],
    )
