"""The comparison of two runs: `Comparison` in, one HTML page out.

`differences` computes what is compared, `values` the values of the page.
"""

from regard.report.comparison.content import ComparedRun, Comparison
from regard.report.comparison.differences import Difference, difference_of
from regard.report.comparison.page import render_comparison

__all__ = ["ComparedRun", "Comparison", "Difference", "difference_of", "render_comparison"]
