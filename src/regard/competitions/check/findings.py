"""Records of everything that `make check` reports."""

from dataclasses import dataclass

from regard.data.drift import Drift


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
class Similar:
    """Rows whose texts differ a little; identical texts do not count.

    Attributes:
        n_read: train rows that were compared; the first ones of a large file.
        n_in_train: train rows that are similar to another one.
        first_in_train: ids of the first such pairs.
        n_conflicts: pairs of train rows with different labels.
        first_conflicts: ids of the first such pairs.
        n_in_test: test rows that are similar to a train row.
        first_in_test: ids of the first such pairs, that of train first.
    """

    n_read: int
    n_in_train: int
    first_in_train: tuple[tuple[str, str], ...]
    n_conflicts: int
    first_conflicts: tuple[tuple[str, str], ...]
    n_in_test: int
    first_in_test: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class LabelOrder:
    """How much labels follow the order of the rows.

    Attributes:
        column: the label column; empty if there is one.
        is_sorted: whether the rows are sorted by it.
        same: the share of neighbouring rows with the same label.
        expected: that share in random order.
        stds: the difference in standard deviations of the random order.
        effect: Cramer's V of the label and the tenth of the rows; 0 if it may be chance.
        label: the label that moved most; empty for a range of numbers.
        first_share: its share in the first tenth of the rows.
        last_share: its share in the last tenth.
    """

    column: str
    is_sorted: bool
    same: float
    expected: float
    stds: float
    effect: float
    label: str
    first_share: float
    last_share: float


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
        similar: rows whose texts differ a little.
        drift: how well a model tells train from test; None for few rows.
        order: how labels follow the order of the rows; None for random order.
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
    similar: Similar
    drift: Drift | None
    order: LabelOrder | None = None
