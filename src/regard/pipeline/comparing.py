"""The command report with two runs: compare their out-of-fold predictions in one page."""

from __future__ import annotations

import dataclasses
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from regard.artefacts import check_file, fingerprint, write_text
from regard.config import Config
from regard.errors import ArtefactError, ConfigError, one_line
from regard.metrics.registry import METRICS
from regard.metrics.thresholds import is_tuned, tune_over_folds
from regard.pipeline.finished import open_run
from regard.pipeline.previous import setting_changes
from regard.pipeline.related_rows import related_rows
from regard.report.comparison import (
    ComparedRun,
    Comparison,
    Difference,
    difference_of,
    render_comparison,
)
from regard.runs.leaderboard import noted_test_score

if TYPE_CHECKING:
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

_MAX_BYTES = 240  # of a file name; file systems take 255, and a temporary one is longer


def compare_runs(config: Config, run: str, run2: str) -> Path:
    """Compare two finished runs, and write the comparison as one HTML file.

    Args:
        config: the competition and where its artefacts are.
        run: a word that names the first run, see `runs.finding`; empty: the latest.
        run2: a word that names the second.

    Returns:
        The path of the page.

    Raises:
        ConfigError: there is no such run, or they cannot be compared.
        ArtefactError: a file of a run is damaged.
    """
    first, second = open_run(config, run), open_run(config, run2)
    _check_comparable(first, second)
    page = _page_of(first, second)
    data = _comparison(first, second, page.parent)
    difference = difference_of(data)
    page.parent.mkdir(parents=True, exist_ok=True)
    write_text(page, render_comparison(data, difference))
    _log.info("%s", result_line(data, difference))
    _log.info("comparison: %s", page)
    return page


def result_line(data: Comparison, difference: Difference) -> str:
    """Return the result in one line.

    Example:
        "accuracy: 0.9753 and 0.9771, difference +0.0018 (95 % interval -0.0031 to +0.0067; the
        second is better in 74.2% of 1000 draws)"
    """
    first, second = difference.scores
    line = f"{data.metric}: {first:.4f} and {second:.4f}, difference {difference.value:+.4f}"
    if np.isnan(difference.low):
        return line
    return (
        f"{line} (95 % interval {difference.low:+.4f} to {difference.high:+.4f}; the second is "
        f"better in {difference.share:.1%} of {difference.n_draws} draws)"
    )


def _check_comparable(first: Run, second: Run) -> None:
    """Refuse runs whose rows or labels are not the same."""
    if first.folder == second.folder:
        raise ConfigError(
            f"run and run2 both name {first.name}; name two runs, as make leaderboard lists them"
        )
    if first.task != second.task:
        raise ConfigError(
            f"run {first.name} predicts {first.task.kind} of {_labels(first)}, and {second.name} "
            f"{second.task.kind} of {_labels(second)}, so they cannot be compared; name two runs "
            "of one task"
        )
    if first.input_hashes["train"] != second.input_hashes["train"]:
        raise ConfigError(
            f"runs {first.name} and {second.name} were trained on different train files, so they "
            "cannot be compared; train one of them again on the present file"
        )


def _labels(run: Run) -> str:
    names = run.config.competition.label_columns
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _page_of(first: Run, second: Run) -> Path:
    """Return the path of the comparison, next to the folder of the first run's runs."""
    name = f"{first.name}-vs-{second.name}"
    if len(os.fsencode(name)) > _MAX_BYTES:
        name = fingerprint(first.name, second.name)
    return first.competition_folder / "comparisons" / f"{name}.html"


def _comparison(first: Run, second: Run, place: Path) -> Comparison:
    """Gather the rows that both runs have predicted out of fold.

    Raises:
        ConfigError: there is none.
    """
    tables = [_read_oof(run) for run in (first, second)]
    if not tables[0].ids.equals(tables[1].ids):
        raise ConfigError(
            f"runs {first.name} and {second.name} have different train rows, so they cannot be "
            "compared; train one of them again"
        )
    both = np.flatnonzero(np.logical_and(*(~np.isnan(table.outputs[:, 0]) for table in tables)))
    if len(both) == 0:
        raise ConfigError(
            f"runs {first.name} and {second.name} have predicted no row in common; train one of "
            "them with folds.only=null"
        )
    configs = [dataclasses.asdict(run.config) for run in (first, second)]
    changes, n_others = setting_changes(*configs)
    rows = first.table("train")
    columns = first.config.competition.text_columns
    return Comparison(
        competition=first.config.competition.name,
        task=first.task,
        metric=first.config.competition.metric,
        first=_compared(first, tables[0], both, place),
        second=_compared(second, tables[1], both, place),
        ids=tables[0].ids.iloc[both].tolist(),
        texts={name: rows[name].iloc[both].tolist() for name in columns},
        targets=first.targets.take(both),
        has_same_folds=bool(np.array_equal(tables[0].folds, tables[1].folds)),
        changes=changes,
        n_other_changes=n_others,
        n_shown=first.config.report.n_worst_rows,
        groups=_groups(first, both),
    )


def _groups(run: Run, rows: np.ndarray) -> np.ndarray | None:
    """Return equal numbers for rows with identical texts or of one group; None if none belong."""
    groups = related_rows(run)[rows]
    return groups if len(np.unique(groups)) < len(groups) else None


@dataclasses.dataclass(frozen=True, eq=False)
class _Table:
    """The content of an oof.csv: the ids, folds and outputs of all train rows."""

    ids: pd.Series
    folds: np.ndarray
    outputs: np.ndarray


def _read_oof(run: Run) -> _Table:
    path = run.folder / "oof.csv"
    check_file(path)
    try:
        # Ids are read as they are written: 007 is not 7, and NA is not a missing value.
        ids = pd.read_csv(path, usecols=[0], dtype=str, keep_default_na=False).iloc[:, 0]
        table = pd.read_csv(path, index_col=0)
        folds = table.iloc[:, 0].to_numpy(np.int64)
        outputs = table.iloc[:, 1:].to_numpy(np.float32)
    except (OSError, ValueError) as error:
        raise ArtefactError(f"{path}: cannot be read ({one_line(error)}); train again") from error
    return _Table(ids, folds, outputs)


def _compared(run: Run, table: _Table, rows: np.ndarray, place: Path) -> ComparedRun:
    report = run.folder / "report.html"
    return ComparedRun(
        name=run.name,
        finished=run.manifest["finished"],
        scores=run.scores,
        histories=run.histories,
        outputs=table.outputs[rows],
        decided=_decided(run, table)[rows],
        thresholds=run.task.default_thresholds() if run.thresholds is None else run.thresholds,
        n_rows=int((~np.isnan(table.outputs[:, 0])).sum()),
        test_score=noted_test_score(run.folder),
        report=Path(os.path.relpath(report, place)).as_posix() if report.exists() else "",
    )


def _decided(run: Run, table: _Table) -> np.ndarray:
    """Return the decision of each train row, by thresholds tuned on the other folds.

    Of tasks without decisions, the numbers.
    """
    task, metric = run.task, run.config.competition.metric
    outputs = np.nan_to_num(table.outputs)  # rows without predictions are left out later
    if not (task.has_classes or task.grids):
        return task.numbers(outputs)
    decided = task.decide(outputs)
    if run.thresholds is None or not is_tuned(metric, task) or metric not in METRICS:
        return decided
    folds = np.where(np.isnan(table.outputs[:, 0]), -1, table.folds)
    tuned = tune_over_folds(
        metric,
        task,
        run.targets,
        table.outputs,
        folds,
        per_label=run.config.thresholds.per_label,
    )
    for fold in tuned.by_fold:
        held_out = folds == fold.fold
        decided[held_out] = task.decide(outputs[held_out], fold.honest_thresholds)
    return decided
