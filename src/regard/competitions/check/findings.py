"""Records of everything that `make check` reports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lengths:
    """Numbers of tokens in the texts of one column, measured on at most 20,000 texts.

    Attributes:
        median: the median number of tokens.
        p95: the 95th percentile.
        longest: the largest number of tokens.
    """

    median: float
    p95: float
    longest: int


@dataclass(frozen=True)
class Findings:
    """Figures on a competition's files.

    Attributes:
        n_rows: rows of train and of test.
        n_empty: empty texts of train and of test, by column.
        n_repeated: train rows whose texts repeat those of an earlier row.
        n_conflicting: texts of train that have several different labels.
        conflicting_ids: the first ids of such texts.
        n_in_train: test rows whose texts are also in train.
        labels: a figure in words for each label, by name.
        lengths: token counts of train and of test, by text column.
        scripts: the share of texts with letters of each script, the most frequent first.
        suspicious: texts that hold signs of a wrong encoding: their number and first ids, by sign.
    """

    n_rows: tuple[int, int]
    n_empty: dict[str, tuple[int, int]]
    n_repeated: int
    n_conflicting: int
    conflicting_ids: tuple[str, ...]
    n_in_train: int
    labels: dict[str, str]
    lengths: dict[str, tuple[Lengths, Lengths]]
    scripts: dict[str, float]
    suspicious: dict[str, tuple[int, tuple[str, ...]]]
