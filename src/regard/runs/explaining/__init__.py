"""Why a text is predicted as it is: a weight for each of its words, and how far to trust it.

`methods` holds the methods, a file for each; `faithfulness` measures whether the words that a
method points at are those that the prediction rests on.
"""

from regard.runs.explaining.explanation import as_row, auto_method, explain, weigh
from regard.runs.explaining.faithfulness import Faithfulness, measure_faithfulness
from regard.runs.explaining.methods import METHODS
from regard.runs.explaining.methods.base import Method

__all__ = [
    "METHODS",
    "Faithfulness",
    "Method",
    "as_row",
    "auto_method",
    "explain",
    "measure_faithfulness",
    "weigh",
]
