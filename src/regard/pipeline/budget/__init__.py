"""Training within a number of minutes: a submission is there in time, and as much as fits.

`safety` makes the first submission, by a linear model. `planning` chooses the epochs and folds of a
network by its measured speed. `within` runs them in order and chooses the result.
"""

from regard.pipeline.budget.within import train_within

__all__ = ["train_within"]
