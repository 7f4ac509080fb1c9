"""The stage "report": gather a run's scores, errors and explanations, and render the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from regard.artefacts import is_finished, read_json, write_csv, write_text
from regard.data.cutting import count_lost, cut_line
from regard.data.inputs import joined_texts
from regard.pipeline.comparing_texts import similar_texts, text_drift
from regard.pipeline.previous import previous_run
from regard.pipeline.related_rows import related_rows
from regard.pipeline.solution import note_test_score, solution_file
from regard.pipeline.warning_signs import signs_of_inputs, signs_of_outputs
from regard.report import (
    Browser,
    BrowserRow,
    ReportData,
    choose_sections,
    held_out_rows,
    render_report,
    wrong_labels_table,
)
from regard.runs.explained import read_explained
from regard.runs.leaderboard import noted_test_score

if TYPE_CHECKING:
    from regard.runs.learner import Learner
    from regard.runs.run import Run

T = TypeVar("T")

WRONG_LABELS = "likely_wrong_labels.csv"


def make_report(run: Run, folder: Path, learner: Learner) -> None:
    """Write report.html, and the labels that are likely wrong."""
    failures: dict[str, Exception] = {}
    data = _report_data(run, learner, failures)
    # Not listed with the run's files: people take rows off it as they correct them.
    table = _gathered(
        "wrong_labels", failures, lambda: wrong_labels_table(data.task, data.held_out)
    )
    if table is not None:
        write_csv(folder / WRONG_LABELS, table)
    elif "wrong_labels" in failures:  # that of an earlier report
        (folder / WRONG_LABELS).unlink(missing_ok=True)
    write_text(folder / "report.html", render_report(data))


def _report_data(run: Run, learner: Learner, failures: dict[str, Exception]) -> ReportData:
    """Gather the data; an error costs its section only."""
    extra = [*learner.sections, "explanations", "similar_texts"]
    drift = _gathered("drift", failures, lambda: text_drift(run))
    if drift is not None or "drift" in failures:
        extra.append("drift")
    data = trained_data(run, extra, run.oof_outputs, run.scores)
    return dataclasses.replace(
        data,
        pairs=_gathered("similar_texts", failures, lambda: similar_texts(run)),
        drift=drift,
        wrong_labels_file=WRONG_LABELS,
        finished=run.manifest["finished"],
        histories=run.histories,
        n_test=len(run.outputs) if run.config.competition.has_test else 0,
        browser=_gathered("explanations", failures, lambda: _browser(run)) or Browser(),
        test_score=_test_score(run),
        previous=previous_run(run),
        failures=failures,
    )


def _gathered(section: str, failures: dict[str, Exception], gather: Callable[[], T]) -> T | None:
    """Return data of a section; None, and a note of the error, if it cannot be gathered."""
    try:
        return gather()
    except Exception as error:  # the section tells it, and the log
        failures[section] = error
        return None


def _test_score(run: Run) -> float | None:
    """Return the score of the submission by the labels of the test rows, if these are known."""
    note_test_score(run, solution_file(run.config))
    return noted_test_score(run.folder)


def trained_data(
    run: Run, sections: Sequence[str], outputs: np.ndarray, scores: Mapping[str, Any]
) -> ReportData:
    """Return the data of a report that follow from training alone, not yet its histories.

    Args:
        run: its train rows, task and settings.
        sections: the sections besides those that every run of the task has.
        outputs: `(train rows, n_outputs)` out of fold, NaN for rows without.
        scores: the content of metrics.json.
    """
    # A blend reads nothing itself, and a linear model neither vectors nor the vocabulary.
    vectors = run.folders.get("embed")
    rows = run.table("train")
    return ReportData(
        competition=run.config.competition.name,
        run=run.name,
        finished="",
        overrides=run.config.overrides,
        sections=choose_sections(
            run.task, sections, thresholds_tuned=scores["thresholds"] is not None
        ),
        task=run.task,
        scores=scores,
        histories=[],
        held_out=held_out_rows(
            ids=run.train_ids.tolist(),
            texts={name: rows[name].tolist() for name in run.config.competition.text_columns},
            targets=run.targets,
            outputs=outputs,
            folds=run.folds,
            tokens=run.train_inputs.texts,
            columns=_group_columns(run),
            groups=related_rows(run),
        ),
        vocabulary=run.vocabulary,
        n_train=len(run.labels),
        n_test=0,
        vocabulary_size=len(run.vocabulary) if vectors else None,
        coverage=read_json(vectors / "coverage.json") if vectors else (),
        cut=_cut_line(run) if vectors else "",
        # Those of the texts are in the reports of the members of a blend.
        signs=[
            *([] if "blend" in scores else signs_of_inputs(run)),
            *signs_of_outputs(run, outputs, scores),
        ],
        n_worst_rows=run.config.report.n_worst_rows,
    )


def _group_columns(run: Run) -> dict[str, np.ndarray]:
    """Return the cells of the columns by which scores are shown: categories, group and prompt."""
    competition = run.config.competition
    names = [
        *competition.categorical_columns,
        *filter(None, (competition.group_column, competition.prompt_column)),
    ]
    frame = run.columns("train", list(dict.fromkeys(names)))
    return {name: frame[name].to_numpy(object) for name in frame.columns}


def _cut_line(run: Run) -> str:
    lengths = joined_texts(run.train_inputs).lengths
    return cut_line(count_lost(lengths, run.batches.max_tokens), run.batches)


def _browser(run: Run) -> Browser:
    """Return the explained rows with their ids, labels and predictions; none if that failed."""
    if not is_finished(run.folders["explain"]):
        return Browser()
    explained = read_explained(run.artefact("explain"))
    rows = []
    for row in explained.rows:
        is_train = row.part == "train"
        rows.append(
            BrowserRow(
                id=(run.train_ids if is_train else run.test_ids)[row.row],
                part=row.part,
                models=row.models,
                methods=row.methods,
                output=(run.oof_outputs if is_train else run.outputs)[row.row],
                label=run.labels[row.row] if is_train else None,
            )
        )
    return Browser(rows, explained.faithfulness)
