"""The sections of a report.

A section is a function from `ReportData` to the values of its template, `templates/<name>.html`.
The template begins with `<section>` and a heading of the second level; the page adds an anchor.
"""

from collections.abc import Callable, Iterable
from typing import Any

from regard.report.content import ReportData
from regard.report.sections import (
    calibration,
    explanations,
    groups,
    labels,
    mistakes,
    models,
    ranking,
    texts,
    wrong_labels,
)
from regard.tasks import Task

SECTIONS: dict[str, Callable[[ReportData], dict[str, Any]]] = {
    "members": models.members,
    "folds": models.folds,
    "curves": models.curves,
    "confusion": mistakes.confusion,
    "labels": labels.labels,
    "residuals": mistakes.residuals,
    "ranking": ranking.ranking,
    "calibration": calibration.calibration,
    "thresholds": mistakes.thresholds,
    "groups": groups.groups,
    "weak_slices": groups.weak_slices,
    "most_wrong": mistakes.most_wrong,
    "wrong_labels": wrong_labels.wrong_labels,
    "explanations": explanations.explanations,
    "similar_texts": texts.similar_texts,
    "drift": texts.drift,
    "coverage": models.coverage,
    "settings": models.settings,
}
# The parts of the page with their sections, in order; the table of contents shows both.
PARTS: dict[str, tuple[str, ...]] = {
    "Training": ("members", "folds", "curves"),
    "Predictions": ("confusion", "labels", "residuals", "ranking", "calibration", "thresholds"),
    "Weaknesses": ("groups", "weak_slices"),
    "Rows": ("most_wrong", "wrong_labels", "explanations"),
    "Data": ("similar_texts", "drift", "coverage"),
    "Settings": ("settings",),
}
PART_OF = {name: part for part, names in PARTS.items() for name in names}
# The scripts of a section: files of templates/. The page works without them.
SCRIPTS: dict[str, tuple[str, ...]] = {"explanations": ("explanations.js",)}
_ALWAYS = ("folds", "groups", "weak_slices", "most_wrong", "wrong_labels", "settings")
_OF_CLASSES = ("labels", "ranking", "calibration")


def choose_sections(task: Task, extra: Iterable[str], *, thresholds_tuned: bool) -> list[str]:
    """Return the sections of a run, in the order of the page.

    Args:
        task: chooses the sections on its labels or numbers.
        extra: the sections that only this run has: those of its learner, `["members"]` for a blend,
            and those on texts that were compared.
        thresholds_tuned: whether decision thresholds were tuned.
    """
    # The order of the page is that of PARTS, whoever asks for a section.
    chosen = {*_ALWAYS, task.report_section, *extra}
    if task.has_classes:
        chosen.update(_OF_CLASSES)
    if thresholds_tuned:
        chosen.add("thresholds")
    return sorted(chosen, key=list(PART_OF).index)
