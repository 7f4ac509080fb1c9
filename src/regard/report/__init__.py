"""The page a run leaves: `content` says what stands in it, `page` puts it together."""

from regard.report.content import AttentionText, ReportData
from regard.report.mistakes import confusion_matrix, most_wrong_rows
from regard.report.page import render_report

__all__ = ["AttentionText", "ReportData", "confusion_matrix", "most_wrong_rows", "render_report"]
