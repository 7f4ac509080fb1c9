"""Check a competition's files before training: a summary to read, and errors for broken files."""

from regard.competitions.check.findings import Lengths
from regard.competitions.check.inspection import check, inspect_tables
from regard.competitions.check.report import report_lines

__all__ = ["Lengths", "check", "inspect_tables", "report_lines"]
