"""The report of a run: `ReportData` in, one HTML page out; and its model card, in Markdown.

`sections` computes the values of each section; `templates` holds its HTML.
"""

from regard.report.card import render_card
from regard.report.content import (
    Browser,
    BrowserRow,
    HeldOutRows,
    ReportData,
    held_out_rows,
)
from regard.report.page import render_report, template_files
from regard.report.sections import SECTIONS, choose_sections

__all__ = [
    "SECTIONS",
    "Browser",
    "BrowserRow",
    "HeldOutRows",
    "ReportData",
    "choose_sections",
    "held_out_rows",
    "render_card",
    "render_report",
    "template_files",
]
