"""Inspect a competition's files, and refuse files from which no submission can be made."""

import logging
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from regard.competitions.check.findings import Findings
from regard.competitions.check.labels import describe_labels, find_conflicts
from regard.competitions.check.order import measure_order
from regard.competitions.check.reading import inspect_reading, reading_lines
from regard.competitions.check.relations import grid_line
from regard.competitions.check.report import report_lines
from regard.competitions.check.similar import find_similar
from regard.competitions.check.texts import (
    count_empty,
    draw_sample,
    find_suspicious_texts,
    measure_lengths,
    measure_scripts,
)
from regard.config import CompetitionConfig, Config
from regard.data.drift import measure_drift
from regard.data.features import build_features, find_features
from regard.data.folds import check_enough_groups, check_enough_rows, group_rows, read_times
from regard.data.tables import Tables, each_text, read_tables
from regard.metrics.own import try_own
from regard.metrics.registry import check_metric
from regard.tasks import TASKS, Targets, Task
from regard.tasks.submission import submission_columns
from regard.text import (
    IndexedTexts,
    RaggedTokens,
    Steps,
    concatenate,
    identical_rows,
    index_texts,
)

_log = logging.getLogger(__name__)


def check(config: Config) -> Findings:
    """Log the findings, after every check that could stop training or the submission.

    Raises:
        ConfigError: the metric or the label values do not fit the task.
        DataError: the files are missing, broken or inconsistent, or the labels or the sample do not
            fit the task.
    """
    # Training and submit make the same checks: files that pass here do not fail hours later.
    competition = config.competition
    check_metric(competition)
    folder = Path(config.data_dir) / competition.name
    _log.info("%s: %s", competition.name, folder)
    tables = read_tables(competition, folder)
    task = TASKS[competition.task].from_labels(tables.train, competition)
    labels = task.encode_labels(tables.train, competition)
    _log.info("%s, %s", task.kind, task.count_labels(labels))
    if not competition.fold_column and not config.folds.follow_time:
        _check_folds(tables.train, competition, task, labels, config.folds.n_folds)
    space = find_features(tables.train, competition)
    build_features(tables.test, space, competition, [], file=str(competition.test_file))
    sample = list(tables.sample.columns) if competition.has_test else None
    columns = submission_columns(sample, task, competition)
    reading = inspect_reading(tables, config)
    findings = inspect_tables(tables, competition, reading.tokenizer)
    if column := competition.time_column:
        labels = labels[read_times(tables.train[column].tolist(), column).argsort(kind="stable")]
    findings = replace(findings, order=measure_order(task, labels))
    notes = [try_own(competition.metric, task, Targets(labels)), grid_line(task, labels)]
    lines = [*report_lines(findings), *reading_lines(reading), *filter(None, notes)]
    for line in lines:
        _log.info("%s", line)
    if competition.has_test:
        held = ", ".join(columns)
        _log.info("ready: the submission will hold %s in %s", competition.submit, held)
    else:
        _log.info("ready: without a test file, training ends with the report")
    return findings


def _check_folds(
    train: pd.DataFrame,
    competition: CompetitionConfig,
    task: Task,
    labels: np.ndarray,
    n_folds: int,
) -> None:
    """Refuse labels and groups that are too rare for so many folds."""
    column = competition.group_column
    cells = train[column].tolist() if column else None
    groups = group_rows(np.arange(len(labels)), cells)
    if column:
        check_enough_groups(groups, column=column, n_folds=n_folds)
    if task.classes:
        strata = task.strata(labels)
        check_enough_rows(strata, groups, task.classes, n_folds=n_folds, group_column=column)


def inspect_tables(tables: Tables, competition: CompetitionConfig, steps: Steps) -> Findings:
    """Collect the findings on texts and labels.

    Args:
        tables: the files, as `read_tables` returns them.
        competition: the columns and the task.
        steps: the tokenizer, or the cleaning steps, by which texts are compared, as in `prepare`.
    """
    names = competition.text_columns
    train = tables.train
    test = tables.test
    # The first row with the same texts as each row, train rows before test rows:
    #   train texts a b a, test texts b c  ->  first_rows 0 1 0 1 4
    # The third train row repeats the first; the first test row is in train, because 1 < 3.
    indexed, texts = _index_rows(tables, competition, steps)
    first_rows = identical_rows(
        indexed.identical, len(train), len(texts), any_order=competition.in_any_order
    )
    train_texts = pd.Series(first_rows[: len(train)], index=train.index)
    is_conflicting = find_conflicts(train_texts, train[competition.label_columns])
    all_texts = pd.concat([frame[name] for name in names for frame in (train, test)])
    return Findings(
        n_rows=(len(train), len(test)),
        n_empty={name: (count_empty(train[name]), count_empty(test[name])) for name in names},
        n_repeated=int(train_texts.duplicated().sum()),
        n_conflicting=train_texts[is_conflicting].nunique(),
        conflicting_ids=tuple(train.loc[is_conflicting, competition.id_column].head(5)),
        n_in_train=int((first_rows[len(train) :] < len(train)).sum()),
        labels=describe_labels(train, competition),
        lengths={
            name: (measure_lengths(train[name], steps), measure_lengths(test[name], steps))
            for name in names
        },
        scripts=measure_scripts(draw_sample(all_texts)),
        suspicious=find_suspicious_texts(tables, competition),
        similar=find_similar(
            texts,
            first_rows,
            _label_numbers(train, competition),
            [*train[competition.id_column], *test[competition.id_column_of_test]],
            len(train),
        ),
        drift=measure_drift(texts, indexed.tokens, len(train)),
    )


def _index_rows(
    tables: Tables, competition: CompetitionConfig, steps: Steps
) -> tuple[IndexedTexts, list[RaggedTokens]]:
    """Return all texts as token ids, and the texts of each row, column by column.

    Rows of train come before those of test.
    """
    indexed = index_texts(
        chain(each_text(tables.train, competition), each_text(tables.test, competition)), steps
    )
    n_train, n_test = len(tables.train), len(tables.test)
    n_texts = len(indexed.ragged) // (n_train + n_test)
    of_test = n_train * n_texts
    texts = [
        concatenate(
            indexed.ragged.rows(text * n_train, (text + 1) * n_train),
            indexed.ragged.rows(of_test + text * n_test, of_test + (text + 1) * n_test),
        )
        for text in range(n_texts)
    ]
    return indexed, texts


def _label_numbers(train: pd.DataFrame, competition: CompetitionConfig) -> np.ndarray | None:
    """Return a number for each different label of the train rows; None for labels of numbers."""
    if not TASKS[competition.task].has_classes:
        return None
    labels = train.groupby(competition.label_columns, sort=False).ngroup()
    return labels.to_numpy(np.int64)
