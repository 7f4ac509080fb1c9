"""The inputs of a network: how many texts, numbers and categories it reads, and their scales."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class FoldInputs:
    """The inputs of a network, and the scales of numbers in the training rows of its fold.

    Attributes:
        n_texts: the number of texts in a row.
        paired: whether the two texts share an encoder.
        number_means: `(numbers,)` the means of the numeric inputs.
        number_stds: `(numbers,)` their standard deviations, none of them 0.
        n_values: the number of categories of each categorical column.
        label_means: `(outputs,)` the means of the labels of a regression; empty for other tasks.
        label_stds: `(outputs,)` their standard deviations.
        sentence_ends: the ids of the tokens that end a sentence; empty for an encoder that does not
            read them.
    """

    n_texts: int = 1
    paired: bool = False
    number_means: Sequence[float] = ()
    number_stds: Sequence[float] = ()
    n_values: tuple[int, ...] = ()
    label_means: Sequence[float] = ()
    label_stds: Sequence[float] = ()
    sentence_ends: tuple[int, ...] = ()
