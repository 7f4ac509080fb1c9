"""Several runs of a competition, made one: how much each counts is fitted on out-of-fold predictions.

What is fitted is optimistic about the rows it was fitted on. So the blend of a fold's rows is made by what the rows of
the other folds say, and the score of these is honest; the test rows get what all rows say.
"""

from dataclasses import dataclass

import numpy as np

from regard.config import ThresholdsConfig
from regard.errors import ConfigError
from regard.metrics import greater_is_better, score
from regard.task import Task, Truth
from regard.thresholds import is_tuned, tune, tune_over_folds

_OF_ORDER = ("roc_auc", "mean_column_roc_auc", "pr_auc", "bias_roc_auc", "spearman")
# Hill climbing asks for the metric at every step for every member, hundreds of times. It gets the metric itself, at
# tuned thresholds if they are tuned, but on so many rows at most, and it stops where a step gains next to nothing.
# So ten runs of 160,000 rows and 6 labels take half a minute; on all rows they would take ten.
_N_ROWS = 20_000
_N_STEPS = 50
_LEAST_GAIN = 1e-5  # of a step, as a share of the score
_SMALLEST = 1e-6  # probability, before its log-odds


@dataclass(frozen=True, eq=False)
class Goal:
    """What a blend is fitted to, and scored by.

    Attributes:
        metric: its name.
        task: what is predicted.
        truth: of all train rows.
        thresholds: whether they are tuned, for metrics of labels.
    """

    metric: str
    task: Task
    truth: Truth
    thresholds: ThresholdsConfig

    def take(self, rows: np.ndarray) -> "Goal":
        """Return that of some of the rows."""
        return Goal(self.metric, self.task, self.truth.take(rows), self.thresholds)


@dataclass(frozen=True, eq=False)
class Fit:
    """How members are combined.

    Attributes:
        method: one of `config.schema.BLEND_METHODS`.
        weights: `(members,)` float64, none below zero, their sum one; of a stacker `(members, n_outputs)`, any.
        intercepts: of a stacker `(n_outputs,)`, else None.
    """

    method: str
    weights: np.ndarray
    intercepts: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Blend:
    """A blend of out-of-fold outputs, and how to blend others.

    Attributes:
        fit: by all rows that were held out.
        outputs: `(rows, n_outputs)` float32, each fold's by a fit of the other folds; NaN for rows none held out.
        scores: of these outputs, for each method that was tried.
    """

    fit: Fit
    outputs: np.ndarray
    scores: dict[str, float]


def methods_for(metric: str, task: Task) -> tuple[str, ...]:
    """Return the methods that suit a metric: means of ranks only where nothing but the order of a column counts."""
    by_order = metric in _OF_ORDER and task.activation == "sigmoid" and task.kind != "ordinal"
    return ("mean", *(["rank_mean"] if by_order else []), "hill_climbing", "nnls", "stacker")


def blend(members: np.ndarray, goal: Goal, folds: np.ndarray, *, method: str = "auto") -> Blend:
    """Blend the out-of-fold outputs of several runs.

    `auto` takes the method of the best score. Each of these scores is honest. That the best of them is taken makes it
    optimistic, but barely: there are five at most, and they go up and down together.

    Args:
        members: `(members, rows, n_outputs)` out-of-fold outputs, all by the same folds.
        goal: what is predicted, and by what metric it is scored.
        folds: `(rows,)` the fold of each row. Rows of fold -1, and those where an output is NaN, are left out.
        method: "auto" or one of `methods_for`.

    Returns:
        The blend of these rows, and how to blend those of the test set.

    Raises:
        ConfigError: the method does not suit the metric.

    Example:
        accuracy, labels [0, 1], outputs [[[0.9, 0.1], [0.6, 0.4]], [[0.7, 0.3], [0.2, 0.8]]], folds [0, 1], "mean" ->
        outputs [[0.8, 0.2], [0.4, 0.6]], scores {"mean": 1.0}
    """
    suiting = methods_for(goal.metric, goal.task)
    if method not in ("auto", *suiting):
        raise ConfigError(
            f"blend.method={method} does not suit the metric {goal.metric} of the task {goal.task.kind}; for it there "
            f"are: auto, {', '.join(suiting)}"
        )
    held_out = (folds >= 0) & np.isfinite(members).all(axis=(0, 2))
    folds = np.where(held_out, folds, -1)
    methods = suiting if method == "auto" else (method,)
    outputs = {name: _nested(name, members, goal, folds) for name in methods}
    scores = {name: honest_score(goal, outputs[name], folds) for name in methods}
    best = best_of(scores, goal.metric)
    return Blend(fit(best, members[:, held_out], goal.take(held_out)), outputs[best], scores)


def honest_score(goal: Goal, outputs: np.ndarray, folds: np.ndarray) -> float:
    """Return the score of out-of-fold outputs, with thresholds, if they are tuned, of the other folds.

    Args:
        goal: what is predicted, and by what metric it is scored.
        outputs: `(rows, n_outputs)`.
        folds: `(rows,)`; rows of fold -1 do not count.
    """
    if _tuned(goal):
        per_label = goal.thresholds.per_label
        return tune_over_folds(goal.metric, goal.task, goal.truth, outputs, folds, per_label=per_label).honest_score
    rows = np.flatnonzero(folds >= 0)
    return score(goal.metric, goal.task, goal.truth.take(rows), outputs[rows])


def best_of(scores: dict[str, float], metric: str) -> str:
    """Return the name with the best score; the first of those alike, and NaN is never the best."""
    sign = 1.0 if greater_is_better(metric) else -1.0
    return max(scores, key=lambda name: np.nan_to_num(sign * scores[name], nan=-np.inf))


def fit(method: str, members: np.ndarray, goal: Goal) -> Fit:
    """Find how much each member counts.

    Args:
        method: one of `methods_for`: "mean" and "rank_mean" weigh all alike; "hill_climbing" adds members one at a
            time, again and again, as long as the metric gets better; "nnls" are the least squares without weights below
            zero; "stacker" is a logistic regression on log-odds (of numbers, a ridge regression) for each output.
        members: `(members, rows, n_outputs)`, no NaN.
        goal: of these rows.

    Reference:
        Caruana, Niculescu-Mizil, Crew & Ksikes (2004), Ensemble selection from libraries of models, ICML.
        Breiman (1996), Stacked regressions, Machine Learning 24.
    """
    if method == "stacker":
        return _stacker(members, goal)
    if method == "hill_climbing":
        return Fit(method, _hill_climbing(members, goal))
    if method == "nnls":
        return Fit(method, _least_squares(members, goal))
    return Fit(method, np.full(len(members), 1.0 / len(members)))


def combine(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    """Combine the outputs of members.

    A mean of ranks is given as the mean outputs in the order of the mean ranks, so that it can still be read as
    probabilities.

    Args:
        fitted: from `fit`.
        members: `(members, rows, n_outputs)` outputs of any rows.
        task: what is predicted.

    Returns:
        `(rows, n_outputs)` float32.

    Example:
        rank_mean of the columns [0.1, 0.2, 0.9] and [0.5, 0.7, 0.6]: mean outputs [0.3, 0.45, 0.75], mean ranks
        [1, 2.5, 2.5] -> [0.3, 0.45, 0.45]
    """
    if fitted.method == "stacker":
        return _stacked(fitted, members, task)
    mean = np.tensordot(fitted.weights, members.astype(np.float64), axes=1)
    if fitted.method == "rank_mean" and len(mean):
        from scipy.stats import rankdata

        ranks = rankdata(rankdata(members, axis=1).mean(axis=0), method="min", axis=0).astype(np.int64)
        mean = np.take_along_axis(np.sort(mean, axis=0), ranks - 1, axis=0)
    blended: np.ndarray = mean.astype(np.float32)
    return blended


def _nested(method: str, members: np.ndarray, goal: Goal, folds: np.ndarray) -> np.ndarray:
    """Blend each fold's rows by a fit of the other folds' rows."""
    outputs = np.full(members.shape[1:], np.nan, np.float32)
    for fold in np.unique(folds[folds >= 0]):
        others, rows = np.flatnonzero((folds >= 0) & (folds != fold)), np.flatnonzero(folds == fold)
        outputs[rows] = combine(fit(method, members[:, others], goal.take(others)), members[:, rows], goal.task)
    return outputs


def _tuned(goal: Goal) -> bool:
    return goal.thresholds.tuned and is_tuned(goal.metric, goal.task)


def _objective(goal: Goal, outputs: np.ndarray) -> float:
    """The metric of the rows that are fitted to, the greater the better."""
    if goal.metric in ("roc_auc", "mean_column_roc_auc") and goal.truth.weights is None:
        return _mean_auc(_targets(goal) >= 0.5, outputs)
    thresholds = None
    if _tuned(goal):
        thresholds = tune(goal.metric, goal.task, goal.truth, outputs, per_label=goal.thresholds.per_label)
    found = score(goal.metric, goal.task, goal.truth, outputs, thresholds)
    if np.isnan(found):
        return -np.inf
    return found if greater_is_better(goal.metric) else -found


def _mean_auc(targets: np.ndarray, outputs: np.ndarray) -> float:
    """The metric in a tenth of the time: how often a row of yes stands above one of no, half of it where they tie."""
    aucs = []
    for yes, found in zip(targets.T, outputs.T, strict=True):
        if yes.any() and not yes.all():
            below = np.sort(found[~yes])
            places = [np.searchsorted(below, found[yes], side) for side in ("left", "right")]
            aucs.append(np.mean(places) / len(below))
    return float(np.mean(aucs)) if aucs else -np.inf


def _hill_climbing(members: np.ndarray, goal: Goal) -> np.ndarray:
    """Weights by adding members, starting with the best, while that makes the metric better."""
    n_rows = members.shape[1]
    rows = np.linspace(0, n_rows - 1, min(n_rows, _N_ROWS)).round().astype(np.int64)  # in order: shares stay the same
    some, some_goal = members[:, rows].astype(np.float64), goal.take(rows)
    scores = [_objective(some_goal, member) for member in some]
    place = int(np.argmax(scores))
    best, counts, total = scores[place], np.zeros(len(members)), np.zeros_like(some[0])
    for _ in range(_N_STEPS):
        counts[place] += 1
        total += some[place]
        scores = [_objective(some_goal, (total + member) / (counts.sum() + 1)) for member in some]
        place = int(np.argmax(scores))
        if not scores[place] - best > _LEAST_GAIN * abs(best):
            break
        best = scores[place]
    weights = counts / counts.sum()
    return weights if len(rows) == n_rows else _at_least_the_best(weights, members, goal)


def _at_least_the_best(weights: np.ndarray, members: np.ndarray, goal: Goal) -> np.ndarray:
    """The weights, or the best member alone should that be better on all rows than what some of them chose."""
    scores = [_objective(goal, member) for member in members]
    best = int(np.argmax(scores))
    blended = _objective(goal, np.tensordot(weights, members.astype(np.float64), axes=1))
    return weights if blended >= scores[best] else np.eye(len(members))[best]


def _least_squares(members: np.ndarray, goal: Goal) -> np.ndarray:
    """Weights none of which is below zero, brought to a sum of one; all alike where none is above it."""
    from scipy.optimize import nnls

    targets = _targets(goal)
    scale = _deviations(targets) if goal.task.kind == "regression" else np.ones(targets.shape[1])
    importance = np.sqrt(_row_weights(goal))[:, None] / scale
    columns = (members * importance).reshape(len(members), -1).T
    # The triangle has the same least squares as the tall matrix, and no more rows than there are members.
    triangle = np.asarray(np.linalg.qr(np.column_stack([columns, (targets * importance).ravel()]), mode="r"))
    weights = nnls(triangle[:, :-1], triangle[:, -1])[0]
    shares: np.ndarray = weights / weights.sum() if weights.sum() > 0 else np.full(len(members), 1.0 / len(members))
    return shares


def _stacker(members: np.ndarray, goal: Goal) -> Fit:
    """A regression for each output, on what the members say of that output."""
    inputs, targets, weights = _stacker_inputs(members, goal.task), _targets(goal), _row_weights(goal)
    regress = _ridge if goal.task.kind == "regression" else _logistic
    columns = [regress(inputs[:, :, at].T, targets[:, at], weights) for at in range(targets.shape[1])]
    coefficients, intercepts = zip(*columns, strict=True)
    return Fit("stacker", np.stack(coefficients, axis=1), np.array(intercepts))


def _stacked(fitted: Fit, members: np.ndarray, task: Task) -> np.ndarray:
    from scipy.special import expit

    inputs = _stacker_inputs(members, task)
    sums = np.einsum("mo,mro->ro", fitted.weights, inputs) + fitted.intercepts
    if task.kind == "regression":
        numbers: np.ndarray = sums.astype(np.float32)
        return numbers
    outputs = expit(sums)
    if task.activation == "softmax":
        outputs /= outputs.sum(axis=1, keepdims=True)
    stacked: np.ndarray = outputs.astype(np.float32)
    return stacked


def _stacker_inputs(members: np.ndarray, task: Task) -> np.ndarray:
    """Numbers as they are, probabilities as log-odds."""
    wide = members.astype(np.float64)
    if task.kind == "regression":
        return wide
    likely = wide.clip(_SMALLEST, 1.0 - _SMALLEST)
    log_odds: np.ndarray = np.log(likely) - np.log1p(-likely)
    return log_odds


def _ridge(inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    from sklearn.linear_model import Ridge

    scale = _deviations(targets)  # else what the penalty means would depend on the unit
    model = Ridge(alpha=1.0).fit(inputs / scale, targets / scale, sample_weight=weights)
    return model.coef_, float(model.intercept_ * scale)


def _logistic(inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """A share of yes is that much of a row of yes and the rest of a row of no."""
    from sklearn.linear_model import LogisticRegression

    shares = np.concatenate([weights * targets, weights * (1.0 - targets)])
    there = shares > 0
    yes = np.repeat([True, False], len(targets))[there]
    if yes.all() or not yes.any():  # nothing to tell apart: the mean of what the members say
        return np.full(inputs.shape[1], 1.0 / inputs.shape[1]), 0.0
    rows = np.concatenate([inputs, inputs])[there]
    model = LogisticRegression(max_iter=1000).fit(rows, yes, sample_weight=shares[there])
    return model.coef_[0], float(model.intercept_[0])


def _targets(goal: Goal) -> np.ndarray:
    """`(rows, n_outputs)` float64, what perfect outputs would be."""
    labels, n_outputs = goal.truth.labels, goal.task.n_outputs
    if goal.task.kind == "multi_class":
        labels = labels[:, None] == np.arange(n_outputs)
    elif goal.task.kind == "ordinal":
        labels = labels[:, None] > np.arange(n_outputs)
    return labels.astype(np.float64)


def _row_weights(goal: Goal) -> np.ndarray:
    weights = goal.truth.weights
    return np.ones(len(goal.truth.labels)) if weights is None else weights


def _deviations(targets: np.ndarray) -> np.ndarray:
    """The standard deviation of each column, 1 where that is 0."""
    spread = targets.std(axis=0)
    scale: np.ndarray = np.where(spread > 0, spread, 1.0)
    return scale
