"""The weakest groups of rows: a shallow decision tree on the out-of-fold loss.

The tree is grown on one half of the rows, and its leaves are scored on the other half. The rows
that a leaf was chosen by would make it look worse than it is.

Reference:
    Chung et al. (2019), Slice Finder: automated data slicing for model validation, ICDE.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regard.report.content import ReportData
from regard.report.traits import Traits

_MAX_ROWS = 10_000
_MIN_ROWS = 100
_DEPTH = 3
_MIN_LEAF = 0.03  # of the rows
_MIN_LEAF_ROWS = 10
_MAX_SHARE = 0.6  # of the rows; more of them are no group, but the rule
_MIN_GAIN = 0.005  # of the variance of the loss, by a split
_MAX_VALUES = 10  # of a column or of the label
_MAX_LENGTH = 80  # characters of a value
_MAX_SLICES = 5


@dataclass(frozen=True, eq=False)
class Feature:
    """A fact on rows that the tree can split by.

    Attributes:
        values: `(rows,)`, a number or 0 and 1.
        low: the words for 0; of a number, those after it.
        high: the words for 1; of a number, the same.
        form: writes a bound of a number; None for 0 and 1.
    """

    values: np.ndarray
    low: str
    high: str
    form: Callable[[float], str] | None = None

    def words(self, bound: float, *, is_above: bool) -> str:
        """Return the condition of being on one side of a bound.

        Example:
            of lengths, 12.5 -> "more than 12 tokens"
        """
        name = self.high if is_above else self.low
        if self.form is None:
            return name
        return f"{'more than' if is_above else 'at most'} {self.form(bound)} {name}"


@dataclass(frozen=True, eq=False)
class Slice:
    """A leaf of the tree.

    Attributes:
        conditions: in words.
        rows: the numbers of its rows in the half that scores, among those held out.
        loss_found: its mean loss in the half that found it.
    """

    conditions: Sequence[str]
    rows: np.ndarray
    loss_found: float


@dataclass(frozen=True, eq=False)
class Slices:
    """The weakest slices, the weakest first.

    Attributes:
        slices: at most 60 % of the rows each, with more than the mean loss in the half that found
            them.
        losses: `(held-out rows,)` float64.
        loss: the mean loss of the half that scores.
        n_found: the number of rows of the half that found them.
        n_scored: the number of rows of the half that scores.
    """

    slices: Sequence[Slice]
    losses: np.ndarray
    loss: float
    n_found: int
    n_scored: int


def find_slices(data: ReportData) -> Slices:
    """Return the slices with the highest loss; none for fewer than 100 rows."""
    losses = data.task.row_losses(data.held_out.outputs, data.held_out.targets.labels)
    order = np.random.default_rng(0).permutation(len(losses))[:_MAX_ROWS]
    half = len(order) // 2
    # In rising order, so that equal data gives an equal tree whatever its order of splits.
    rows = np.concatenate([np.sort(order[:half]), np.sort(order[half:])])
    mean = float(losses[rows[half:]].mean()) if len(rows) else np.nan
    found: list[Slice] = []
    if len(rows) >= _MIN_ROWS:
        features = list(_features(data, rows))
        found = _leaves(features, rows, losses, half)
    return Slices(found[:_MAX_SLICES], losses, mean, half, len(rows) - half)


def _features(data: ReportData, rows: np.ndarray) -> Iterator[Feature]:
    traits = Traits(data, rows)
    unit = "tokens" if data.held_out.tokens else "words"
    # The tree splits between two whole numbers.
    yield Feature(traits.lengths, unit, unit, lambda bound: f"{int(bound):,}")
    for values, name in (
        (traits.unknown, "unknown words"),
        (traits.capitals, "capitals"),
        (traits.digits, "digits"),
    ):
        yield Feature(values, name, name, "{:.1%}".format)
    for name, flags in _labels(data, rows):
        yield Feature(flags, f"not labelled {name}", f"labelled {name}")
    for column, cells in traits.columns.items():
        values, counts = np.unique(cells, return_counts=True)
        for value in values[(-counts).argsort(kind="stable")][:_MAX_VALUES]:
            # A long value, such as a prompt, is told by its beginning.
            name = value[:_MAX_LENGTH]
            yield Feature(cells == value, f"{column} is not {name}", f"{column} is {name}")
    for word, holds in traits.words.items():
        yield Feature(holds, f"without the word {word}", f"with the word {word}")


def _labels(data: ReportData, rows: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name of each frequent label, and which rows have it."""
    task, labels = data.task, data.held_out.targets.labels[rows]
    if not task.has_classes:
        return
    if task.classes:
        flat = labels.reshape(-1)
        flags = flat[:, None] == np.arange(len(task.classes))
        names = task.classes
    else:
        flags, names = labels > 0.5, task.label_names
    for index in (-flags.sum(axis=0)).argsort(kind="stable")[:_MAX_VALUES]:
        yield names[index], flags[:, index]


def _leaves(
    features: Sequence[Feature], rows: np.ndarray, losses: np.ndarray, half: int
) -> list[Slice]:
    """Return the leaves above the mean, those with the highest loss where they were found first.

    Args:
        features: of `rows`.
        rows: the numbers of the rows: those of the half that finds, then those that score.
        losses: `(held-out rows,)`.
        half: the number of rows that find.
    """
    from sklearn.tree import DecisionTreeRegressor

    table = np.stack([feature.values.astype(np.float64) for feature in features], axis=1)
    smallest = max(_MIN_LEAF_ROWS, int(_MIN_LEAF * half))
    own = losses[rows]
    model = DecisionTreeRegressor(
        max_depth=_DEPTH,
        min_samples_leaf=smallest,
        # A split by chance, the best of a hundred features, explains about 20 / rows.
        min_impurity_decrease=max(_MIN_GAIN, 20 / half) * own[:half].var(),
        random_state=0,
    )
    model.fit(table[:half], own[:half])
    tree = model.tree_
    scored = model.apply(table[half:])
    found = []
    for leaf, conditions in _paths(tree, features):
        loss = float(tree.value[leaf, 0, 0])
        is_small = tree.n_node_samples[leaf] <= _MAX_SHARE * half
        if is_small and loss > own[:half].mean():
            found.append(Slice(conditions, rows[half:][scored == leaf], loss))
    return sorted(found, key=lambda one: -one.loss_found)


def _paths(tree: Any, features: Sequence[Feature]) -> Iterator[tuple[int, list[str]]]:
    """Yield each leaf of a tree with the conditions on its path, the narrowest bounds alone."""
    waiting: list[tuple[int, dict[tuple[int, bool], float]]] = [(0, {})]
    while waiting:
        node, bounds = waiting.pop()
        feature, bound = int(tree.feature[node]), float(tree.threshold[node])
        if tree.children_left[node] < 0:
            named = [
                features[number].words(value, is_above=is_above)
                for (number, is_above), value in sorted(bounds.items())
            ]
            yield node, named
            continue
        # A later split by the same feature on the same side is always the narrower one.
        for child, is_above in (
            (tree.children_left[node], False),
            (tree.children_right[node], True),
        ):
            waiting.append((int(child), {**bounds, (feature, is_above): bound}))
