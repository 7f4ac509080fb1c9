"""The table of metrics: which there are, for which tasks, and by which functions.

Metrics of labels are computed from confusion tables of many candidates at once, see `confusion`.
"""

from collections.abc import Callable

from regard.metrics import confusion, numbers, overlaps, probabilities, rankings
from regard.metrics.confusion import Scores
from regard.metrics.record import Metric, Metrics, with_argument

_LABELS = ("binary", "multi_class", "multi_label", "ordinal")
_ONE_LABEL = ("binary", "multi_class", "ordinal")
_NUMBERS = ("regression", "soft_labels", "ordinal")
_PROBABILITIES = ("binary", "multi_class", "multi_label", "soft_labels")


def _of_labels(scores: Scores, *tasks: str, best_at_likeliest: bool = False) -> Metric:
    return Metric(tasks, "labels", from_confusion=scores, best_at_likeliest=best_at_likeliest)


def _loss_of_numbers(function: Callable[..., float], *tasks: str) -> Metric:
    return Metric(tasks or _NUMBERS, "numbers", function, greater_is_better=False)


def _ranking(function: Callable[[int], Callable[..., float]], k: int, *tasks: str) -> Metric:
    return with_argument(lambda k: Metric(tasks, "rankings", function(int(k))), k)


METRICS = Metrics(
    {
        # Of labels, by confusion tables.
        "accuracy": _of_labels(confusion.accuracy, *_LABELS, best_at_likeliest=True),
        "balanced_accuracy": _of_labels(overlaps.balanced_accuracy, *_ONE_LABEL),
        "exact_match": Metric(("multi_label",), "labels", overlaps.exact_match),
        "hamming_loss": Metric(
            ("multi_label",),
            "labels",
            from_confusion=overlaps.hamming_loss,
            greater_is_better=False,
        ),
        "f1": _of_labels(confusion.f1, "binary"),
        "f1_macro": _of_labels(confusion.f1_macro, *_LABELS),
        "f1_micro": _of_labels(confusion.f1_micro, *_LABELS, best_at_likeliest=True),
        "f1_weighted": _of_labels(confusion.f1_weighted, *_LABELS),
        "f1_samples": Metric(("multi_label",), "labels", overlaps.f_beta_of_rows(1.0)),
        # Without its value beta is 1 here; the settings require one.
        "f_beta": with_argument(lambda beta: _of_labels(overlaps.f_beta(beta), "binary"), 1.0),
        "f_beta_macro": with_argument(
            lambda beta: _of_labels(overlaps.f_beta_macro(beta), *_LABELS), 1.0
        ),
        "f_beta_micro": with_argument(
            lambda beta: _of_labels(overlaps.f_beta_micro(beta), "multi_label"), 1.0
        ),
        "f_beta_samples": with_argument(
            lambda beta: Metric(("multi_label",), "labels", overlaps.f_beta_of_rows(beta)), 1.0
        ),
        "jaccard": _of_labels(overlaps.jaccard, "binary"),
        "jaccard_macro": _of_labels(overlaps.jaccard_macro, *_LABELS),
        "jaccard_micro": _of_labels(overlaps.jaccard_micro, "multi_label"),
        "jaccard_samples": Metric(("multi_label",), "labels", overlaps.jaccard_of_rows),
        "matthews_correlation": _of_labels(confusion.matthews_correlation, *_ONE_LABEL),
        "cohen_kappa": _of_labels(confusion.cohen_kappa, *_ONE_LABEL),
        "linear_weighted_kappa": _of_labels(confusion.linear_weighted_kappa, "ordinal"),
        "quadratic_weighted_kappa": _of_labels(confusion.quadratic_weighted_kappa, "ordinal"),
        # Of the order of the labels in each row.
        "map_at_k": _ranking(rankings.map_at_k, 3, "multi_class", "multi_label"),
        "top_k_accuracy": _ranking(rankings.top_k_accuracy, 2, "multi_class"),
        # Of probabilities, and of the order that they give to rows.
        "log_loss": Metric(
            _PROBABILITIES, "probabilities", probabilities.log_loss, greater_is_better=False
        ),
        "brier": Metric(
            _PROBABILITIES, "probabilities", probabilities.brier, greater_is_better=False
        ),
        "roc_auc": Metric(
            ("binary", "multi_class", "soft_labels"),
            "ranks",
            probabilities.column_mean("roc_auc_score"),
            one_column=True,
            quick=probabilities.quick_roc_auc,
        ),
        "mean_column_roc_auc": Metric(
            ("multi_label", "soft_labels"),
            "ranks",
            probabilities.column_mean("roc_auc_score"),
            quick=probabilities.quick_roc_auc,
        ),
        "pr_auc": Metric(
            ("binary", "multi_label", "soft_labels"),
            "ranks",
            probabilities.column_mean("average_precision_score"),
        ),
        "bias_roc_auc": Metric(
            ("binary", "soft_labels"),
            "ranks",
            probabilities.bias_roc_auc,
            one_column=True,
            needs_subgroups=True,
        ),
        "gini": Metric(("binary", *_NUMBERS), "ranks", numbers.gini),
        # Of numbers.
        "rmse": _loss_of_numbers(numbers.error("mean_squared_error", root=True)),
        "mcrmse": Metric(
            ("regression", "soft_labels"),
            "numbers",
            numbers.error("root_mean_squared_error"),
            greater_is_better=False,
        ),
        "mse": _loss_of_numbers(numbers.error("mean_squared_error")),
        "rmsle": _loss_of_numbers(numbers.rmsle),
        "mae": _loss_of_numbers(numbers.error("mean_absolute_error")),
        "median_absolute_error": _loss_of_numbers(numbers.error("median_absolute_error")),
        "mape": _loss_of_numbers(
            numbers.error("mean_absolute_percentage_error"), "regression", "ordinal"
        ),
        "smape": _loss_of_numbers(numbers.smape),
        "r2": Metric(_NUMBERS, "numbers", numbers.r2),
        "spearman": Metric(_NUMBERS, "ranks", numbers.correlation("spearmanr")),
        "pearson": Metric(_NUMBERS, "numbers", numbers.correlation("pearsonr")),
    }
)
