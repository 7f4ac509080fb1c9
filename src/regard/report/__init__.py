"""The report of a run: `ReportData` in, one HTML page out; and its model card, in Markdown.

`sections` computes the values of each section; `templates` holds its HTML.
"""

from regard.report.card import render_card
from regard.report.content import (
    Browser,
    BrowserRow,
    HeldOutRows,
    PairOfRows,
    ReportData,
    SimilarTexts,
    held_out_rows,
)
from regard.report.page import render_report, template_files
from regard.report.sections import SECTIONS, choose_sections
from regard.report.wrong_labels import wrong_labels_table

__all__ = [
    "SECTIONS",
    "Browser",
    "BrowserRow",
    "HeldOutRows",
    "PairOfRows",
    "ReportData",
    "SimilarTexts",
    "choose_sections",
    "held_out_rows",
    "render_card",
    "render_report",
    "template_files",
    "wrong_labels_table",
]
