import math
import subprocess
import sys

import numpy as np
import pytest
from helpers.cases import competition
from helpers.predictions import CASES, problems
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from regard.errors import ConfigError
from regard.metrics.record import ARGUMENTS, argument_of
from regard.metrics.registry import METRICS, Metric, check_metric, greater_is_better, score
from regard.tasks import TASKS, Binary, Regression, SoftLabels, Targets

WORKED = {
    "multi_class": {
        "accuracy": 3 / 4,
        "log_loss": -math.log(0.7 * 0.2 * 0.8 * 0.6) / 4,
        "roc_auc": 1.0,  # in each column the rows of its class are highest
        "f1_macro": (2 / 3 + 2 / 3 + 1) / 3,
        "f1_micro": 3 / 4,
        "f1_weighted": (2 * 2 / 3 + 1 * 2 / 3 + 1 * 1) / 4,
        # Gorodkin 2004
        "matthews_correlation": (3 * 4 - (2 * 1 + 1 * 2 + 1 * 1)) / (16 - (4 + 1 + 1)),
        "balanced_accuracy": (1 / 2 + 1 + 1) / 3,
        "f_beta_macro": (2 / 3 + 2 / 3 + 1) / 3,  # beta is 1
        "jaccard_macro": (1 / 2 + 1 / 2 + 1) / 3,
        "cohen_kappa": (3 / 4 - 5 / 16) / (1 - 5 / 16),
        "map_at_k": (1 + 1 / 3 + 1 + 1) / 4,  # k is 3
        "top_k_accuracy": 3 / 4,  # k is 2
        "brier": (0.14 + 0.98 + 0.06 + 0.26) / 4,
    },
    "binary": {
        "accuracy": 3 / 5,
        "log_loss": -math.log(0.9 * 0.9 * 0.5 * 0.4 * 0.2) / 5,
        "roc_auc": 4 / 6,  # of the pairs of a positive and a negative, 0.5 and 0.2 are below 0.6
        "pr_auc": (1 / 1 + 2 / 3 + 3 / 4) / 3,
        "f1": 2 / 3,
        "f1_macro": (2 / 3 + 1 / 2) / 2,
        "f1_micro": 3 / 5,
        "f1_weighted": (3 * 2 / 3 + 2 * 1 / 2) / 5,
        "matthews_correlation": (2 * 1 - 1 * 1) / math.sqrt(3 * 3 * 2 * 2),
        "balanced_accuracy": (2 / 3 + 1 / 2) / 2,
        "f_beta": 2 / 3,
        "f_beta_macro": (2 / 3 + 1 / 2) / 2,
        "jaccard": 2 / 4,
        "jaccard_macro": (2 / 4 + 1 / 3) / 2,
        "cohen_kappa": (3 / 5 - 13 / 25) / (1 - 13 / 25),
        "brier": (0.01 + 0.01 + 0.25 + 0.36 + 0.64) / 5,
        "gini": 2 * 4 / 6 - 1,
        # the subgroup's positive is the highest, its negative the lowest
        "bias_roc_auc": (4 / 6 + 1 + 1 + 1) / 4,
    },
    "multi_label": {
        "accuracy": 9 / 12,
        "log_loss": -math.log(0.9 * 0.3 * 0.6 * 0.8 * 0.6 * 0.3 * 0.8 * 0.9 * 0.8 * 0.4 * 0.9 * 0.9)
        / 12,
        "mean_column_roc_auc": (3 / 4 + 3 / 4) / 2,  # nobody has the third label
        "pr_auc": ((1 + 2 / 3) / 2 + (1 + 2 / 3) / 2) / 2,
        "f1_macro": (4 / 5 + 2 / 3 + 0) / 3,
        "f1_micro": 2 * 3 / (4 + 5),
        "f1_weighted": (4 / 5 + 2 / 3) / 2,
        "f1_samples": (1 + 0 + 1 + 0) / 4,
        "f_beta_macro": (4 / 5 + 2 / 3 + 0) / 3,
        "f_beta_micro": 2 * 3 / (4 + 5),
        "f_beta_samples": (1 + 0 + 1 + 0) / 4,
        "jaccard_macro": (2 / 3 + 1 / 2 + 0) / 3,
        "jaccard_micro": 3 / 6,
        "jaccard_samples": (1 + 0 + 1 + 0) / 4,
        "exact_match": 3 / 4,
        "hamming_loss": 3 / 12,
        "map_at_k": (1 + 1 / 3 + 1 + 0) / 4,  # a row without labels counts 0
        "brier": (0.21 + 1.34 + 0.21 + 0.06) / 12,
    },
    "ordinal": {
        "accuracy": 3 / 4,
        "f1_macro": (1 + 2 / 3 + 2 / 3) / 3,
        "f1_micro": 3 / 4,
        "f1_weighted": (1 * 1 + 1 * 2 / 3 + 2 * 2 / 3) / 4,
        "matthews_correlation": (3 * 4 - (1 * 1 + 1 * 2 + 2 * 1)) / (16 - (1 + 1 + 4)),
        "quadratic_weighted_kappa": 1 - 1 / ((1 * 1 + 2 * 4 + 2 * 1 + 4 * 1 + 1 * 4 + 1 * 1) / 4),
        "balanced_accuracy": (1 + 1 + 1 / 2) / 3,
        "f_beta_macro": (1 + 2 / 3 + 2 / 3) / 3,
        "jaccard_macro": (1 + 1 / 2 + 1 / 2) / 3,
        "cohen_kappa": (3 / 4 - 5 / 16) / (1 - 5 / 16),
        "linear_weighted_kappa": 1 - 1 / ((5 + 6 + 3) / 4),
        "gini": 1.0,
        "mse": (0.25**2 + 0.25**2 + 1.25**2 + 0.5**2) / 4,
        "rmsle": math.sqrt(
            sum(math.log(ratio) ** 2 for ratio in (2.25 / 2, 2.75 / 3, 3.75 / 5, 4.5 / 5)) / 4
        ),
        "median_absolute_error": (0.25 + 0.5) / 2,
        "mape": (0.25 / 1 + 0.25 / 2 + 1.25 / 4 + 0.5 / 4) / 4,
        "smape": 2 * (0.25 / 2.25 + 0.25 / 3.75 + 1.25 / 6.75 + 0.5 / 7.5) / 4,
        "r2": 1 - 1.9375 / 6.75,
        "rmse": math.sqrt((0.25**2 + 0.25**2 + 1.25**2 + 0.5**2) / 4),
        "mae": (0.25 + 0.25 + 1.25 + 0.5) / 4,
        "spearman": 4.5 / math.sqrt(5 * 4.5),
        "pearson": 4.3125 / math.sqrt(6.75 * 3.046875),
    },
    "regression": {
        "gini": (2 / 3 + 6 / 8) / 2,
        "mse": (1 + 1 + 1 + 0 + 0 + 16) / 6,
        "rmsle": (
            math.sqrt(sum(math.log(ratio) ** 2 for ratio in (3 / 2, 4 / 3, 4 / 5)) / 3)
            + math.sqrt(math.log(7 / 3) ** 2 / 3)
        )
        / 2,
        "median_absolute_error": (1 + 0) / 2,
        "mape": (1 + 1 / 2 + 1 / 4 + 0 + 0 + 4 / 2) / 6,
        "smape": 2 * (1 / 3 + 1 / 5 + 1 / 7 + 0 + 0 + 4 / 8) / 6,
        "r2": (1 - 3 / (14 / 3) + 1 - 16 / (104 / 3)) / 2,
        "rmse": math.sqrt((1 + 1 + 1 + 0 + 0 + 16) / 6),
        "mcrmse": (math.sqrt((1 + 1 + 1) / 3) + math.sqrt((0 + 0 + 16) / 3)) / 2,
        "mae": (1 + 1 + 1 + 0 + 0 + 4) / 6,
        "spearman": (1.5 / math.sqrt(2 * 1.5) + 1 / 2) / 2,
        "pearson": (12 / math.sqrt(42 * 6) + 192 / math.sqrt(312 * 168)) / 2,
    },
    "soft_labels": {
        "brier": 3 / 16 / 4,
        "gini": 1.5 / 1.625,
        "mse": 3 / 16 / 4,
        "rmsle": math.sqrt(sum(math.log(ratio) ** 2 for ratio in (1.25, 1.75 / 2, 1.5 / 1.25)) / 4),
        "median_absolute_error": 0.25,
        "smape": 2 * (1 + 0 + 0.25 / 1.75 + 0.25 / 0.75) / 4,
        "r2": 1 - 3 / 16 / 0.546875,
        "log_loss": -math.log(0.75 * 0.5 * 0.75 * 0.5) / 4,
        "roc_auc": 3.5 / 4,  # one half is positive
        "mean_column_roc_auc": 3.5 / 4,
        "pr_auc": (1 + 2 / 3) / 2,
        "bias_roc_auc": (3.5 / 4 + 1 + 1 + 1 / 2) / 4,
        "rmse": math.sqrt(3 / 16 / 4),
        "mcrmse": math.sqrt(3 / 16 / 4),
        "mae": 3 / 16,
        "spearman": 4.5 / math.sqrt(5 * 4.5),
        "pearson": 0.25 / math.sqrt(0.546875 * 0.125),
    },
}


PAIRS = [(name, kind) for name in METRICS for kind in METRICS[name].tasks]


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_scores_by_hand(name, kind):
    assert score(name, *CASES[kind]) == pytest.approx(WORKED[kind][name])


def test_every_kind_has_metrics():
    assert {kind for _, kind in PAIRS} == set(TASKS)


def test_metrics_of_labels_are_computed_from_confusion_tables_but_for_means_over_rows():
    of_labels = {name for name, metric in METRICS.items() if metric.compares == "labels"}
    by_tables = {name for name, metric in METRICS.items() if metric.from_confusion}
    assert of_labels - by_tables == {
        "exact_match",
        "f1_samples",
        "f_beta_samples",
        "jaccard_samples",
    }
    assert by_tables < of_labels


def test_a_metric_suits_kinds_that_inherit_from_its_own():
    class Ratings(Regression):
        kind = "ratings"

    assert METRICS["rmse"].suits(Ratings)
    assert not METRICS["log_loss"].suits(Ratings)
    assert METRICS["roc_auc"].suits(Binary(("y",)))


def test_a_metric_needs_a_function():
    with pytest.raises(TypeError, match="a function or a from_confusion"):
        Metric(("binary",), "ranks").score(*CASES["binary"])


def test_lower_is_better_for_losses_and_errors():
    assert {name for name in METRICS if not greater_is_better(name)} == {
        "log_loss",
        "rmse",
        "mcrmse",
        "mae",
        "brier",
        "hamming_loss",
        "mse",
        "rmsle",
        "median_absolute_error",
        "mape",
        "smape",
    }


def test_thresholds_change_metrics_of_labels_only():
    task, targets, outputs = CASES["binary"]
    assert score("accuracy", task, targets, outputs, np.array([0.15])) == pytest.approx(4 / 5)
    assert score("roc_auc", task, targets, outputs, np.array([0.15])) == pytest.approx(4 / 6)
    task, targets, outputs = CASES["ordinal"]
    assert score(
        "quadratic_weighted_kappa", task, targets, outputs, np.array([0.5, 1.0])
    ) == pytest.approx(1.0)
    task, targets, outputs = CASES["multi_label"]
    assert score("f1_micro", task, targets, outputs, np.array([0.8, 0.2, 0.9])) == pytest.approx(
        2 * 3 / (4 + 4)
    )


def right_and_wrong(task, labels):
    """Return outputs that are right, and outputs that are wrong."""
    if task.kind == "regression":
        return labels, labels.max(axis=0) - labels
    ideal = task.ideal_outputs(labels)
    return 0.1 + 0.8 * ideal, 0.9 - 0.8 * ideal


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_right_outputs_score_better_than_wrong_ones(name, kind):
    task, targets, _ = CASES[kind]
    right, wrong = right_and_wrong(task, targets.labels)
    is_greater = score(name, task, targets, right) > score(name, task, targets, wrong)
    assert is_greater == greater_is_better(name)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_every_metric_runs_on_anything_without_a_warning(data):
    kind = data.draw(st.sampled_from(list(TASKS)))
    task, targets, outputs = data.draw(problems(kind))
    subgroups = data.draw(arrays(bool, (len(outputs), 2)))
    every = (task, Targets(targets.labels, None, subgroups), outputs)
    for name, metric in METRICS.items():
        if metric.suits(task):
            problem = every
            if kind == "soft_labels" and metric.one_column:
                first = Targets(targets.labels[:, :1], None, subgroups)
                problem = (SoftLabels(task.label_names[:1]), first, outputs[:, :1])
            assert isinstance(score(name, *problem), float)


@pytest.mark.slow
@given(st.data())
@settings(max_examples=20, deadline=None)
def test_a_weight_is_a_number_of_copies_of_a_row(data):
    task, targets, outputs = data.draw(problems("binary"))
    counts = data.draw(arrays(np.int64, len(outputs), elements=st.integers(1, 3)))
    subgroups = data.draw(arrays(bool, (len(outputs), 2)))
    weighted = Targets(targets.labels, counts.astype(np.float64), subgroups)
    repeated = Targets(targets.labels, None, subgroups).take(
        np.repeat(np.arange(len(counts)), counts)
    )
    for name in (name for name in METRICS if "binary" in METRICS[name].tasks):
        expected = score(name, task, repeated, np.repeat(outputs, counts, axis=0))
        assert score(name, task, weighted, outputs) == pytest.approx(expected, nan_ok=True)


@pytest.mark.slow
@given(st.data(), st.randoms())
@settings(max_examples=20, deadline=None)
def test_the_order_of_rows_does_not_matter(data, dice):
    kind = data.draw(st.sampled_from(list(TASKS)))
    task, targets, outputs = data.draw(problems(kind))
    order = np.array(dice.sample(range(len(outputs)), len(outputs)))
    for name in (
        name for name, metric in METRICS.items() if kind in metric.tasks and not metric.one_column
    ):
        expected = score(name, task, targets, outputs)
        assert score(name, task, targets.take(order), outputs[order]) == pytest.approx(
            expected, nan_ok=True
        )


@pytest.mark.parametrize("name", [name for name in METRICS if "multi_class" in METRICS[name].tasks])
def test_a_fold_may_lack_a_class(name):
    task, _, outputs = CASES["multi_class"]
    assert math.isfinite(score(name, task, Targets(np.array([0, 1, 1], np.int32)), outputs[:3]))
    alone = score(name, task, Targets(np.array([1, 1], np.int32)), outputs[1:3])
    assert math.isnan(alone) == (name == "roc_auc")


@pytest.mark.parametrize("name", [name for name in METRICS if "binary" in METRICS[name].tasks])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_a_fold_of_one_label_only(name, label):
    targets = Targets(np.full((3, 1), label, np.float32), None, np.array([[1], [0], [1]], bool))
    found = score(name, Binary(("toxic",)), targets, np.array([[0.1], [0.2], [0.3]], np.float32))
    assert math.isnan(found) == (name in ("roc_auc", "pr_auc", "bias_roc_auc", "gini"))


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_an_output_of_nan_has_no_score(name, kind):
    task, targets, outputs = CASES[kind]
    broken = outputs.copy()
    broken[1, 0] = np.nan
    assert math.isnan(score(name, task, targets, broken))


def check(task, metric, n_columns=1, subgroups=()):
    """Check the metric of a competition of so many label columns."""
    columns = [f"label_{number}" for number in range(n_columns)]
    settings = {"label_columns": columns, "subgroup_columns": list(subgroups)}
    if metric in METRICS and METRICS[metric].make:
        settings[ARGUMENTS[argument_of(metric)]] = 2
    check_metric(competition(task=task, metric=metric, **settings))


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_suits_the_kinds_it_names_and_no_others(name):
    subgroups = ["group"] if name == "bias_roc_auc" else []
    for task in TASKS:
        if task in METRICS[name].tasks:
            check(task, name, subgroups=subgroups)
        else:
            with pytest.raises(
                ConfigError, match=f"competition.metric=.* does not fit the task {task}"
            ):
                check(task, name, subgroups=subgroups)


def test_a_misspelt_metric_gets_the_nearest_name():
    with pytest.raises(
        ConfigError,
        match=r"^competition\.metric=acuracy is not known; did you mean 'accuracy'\? your own ",
    ):
        check("binary", "acuracy")


def test_an_unknown_metric_gets_the_names_that_suit_once_and_the_form_of_your_own():
    with pytest.raises(ConfigError) as caught:
        check("binary", "xyz")
    message = str(caught.value)
    suiting = [name for name, metric in METRICS.items() if "binary" in metric.tasks]
    words = message.replace(",", "").split()
    assert all(words.count(name) == 1 for name in suiting)
    assert "module:function;" in words


def test_a_metric_of_another_task_gets_those_that_suit():
    with pytest.raises(ConfigError) as caught:
        check("multi_class", "rmse")
    assert str(caught.value) == (
        "competition.metric=rmse does not fit the task multi_class, only regression, soft_labels, "
        "ordinal; for multi_class there are: accuracy, balanced_accuracy, brier, cohen_kappa, "
        "f1_macro, f1_micro, f1_weighted, f_beta_macro, jaccard_macro, log_loss, map_at_k, "
        "matthews_correlation, roc_auc, top_k_accuracy"
    )


@pytest.mark.parametrize("name", ["roc_auc", "bias_roc_auc"])
def test_some_metrics_are_for_one_column(name):
    with pytest.raises(
        ConfigError,
        match=r"is for one label column, not 2; for soft_labels there are: .*mean_column",
    ):
        check("soft_labels", name, n_columns=2, subgroups=["group"])
    check("soft_labels", "mean_column_roc_auc", n_columns=2)


def test_subgroups_and_the_metric_that_compares_them_go_together():
    with pytest.raises(ConfigError, match=r"name their columns in competition\.subgroup_columns"):
        check("binary", "bias_roc_auc")
    with pytest.raises(
        ConfigError, match=r"subgroup_columns has 2; set competition\.metric=bias_roc_auc"
    ):
        check("binary", "roc_auc", subgroups=["a", "b"])


def test_probabilities_cannot_be_submitted_as_labels():
    with pytest.raises(ConfigError, match=r"scores probabilities, but competition.submit=labels"):
        check_metric(competition(task="binary", metric="roc_auc", submit="labels"))
    check_metric(competition(task="ordinal", metric="rmse", submit="labels"))


@pytest.mark.slow
def test_checking_a_metric_does_not_import_scikit_learn():
    code = (
        "import sys; from regard.metrics import registry; registry.greater_is_better('f1'); "
        "sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
