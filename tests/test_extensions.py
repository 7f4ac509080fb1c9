"""A metric, a task and a blend method that are registered from outside the package."""

import sys

import numpy as np
import pandas as pd
import pytest
from helpers.blend_cases import blend_case
from helpers.cases import compose_config, write_tables
from helpers.linear_cases import TEXTS, TFIDF, linear_inputs
from helpers.predictions import CASES

from regard import pipeline
from regard.config import import_plugins
from regard.config import plugins as plugins_module
from regard.ensembling import METHODS, blend, methods_for
from regard.errors import ConfigError
from regard.linear import fit_linear, predict_linear
from regard.metrics.registry import METRICS, check_metric, score
from regard.metrics.thresholds import is_tuned, tune
from regard.tasks import TASKS, Targets, task_from

METRIC = """
from regard.metrics.confusion import ratio
from regard.metrics.registry import METRICS, Metric

METRICS["mean_recall"] = Metric(
    tasks=("binary", "multi_class"),
    compares="labels",
    from_confusion=lambda found: ratio(found.right, found.true).mean(axis=1),
)
"""
TASK = """
from dataclasses import dataclass

import numpy as np

from regard.tasks import TASKS, Regression


@dataclass(frozen=True)
class Counts(Regression):
    kind = "counts"
    default_metric = "mae"

    def numbers(self, outputs):
        return super().numbers(outputs).round()


TASKS[Counts.kind] = Counts
"""
METHOD = """
import numpy as np

from regard.ensembling import METHODS, Method
from regard.ensembling.fitting import equal_weights

METHODS["median"] = Method(
    fit=lambda members, objective: (equal_weights(members, objective), None),
    combine=lambda fitted, members, task: np.median(members, axis=0),
)
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Return a function that imports code as a plugin; its entries are removed after the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(plugins_module, "_LOADED", [])
    registries = (METRICS, TASKS, METHODS)
    before = [dict(registry) for registry in registries]

    def import_plugin(code):
        (tmp_path / "extras.py").write_text(code, encoding="utf-8")
        import_plugins(["extras"])

    yield import_plugin
    sys.modules.pop("extras", None)
    for registry, entries in zip(registries, before, strict=True):
        registry.clear()
        registry.update(entries)


def test_a_metric_is_one_entry(plugin):
    plugin(METRIC)
    task, targets, outputs = CASES["multi_class"]
    # decided as 0 1 1 2 for the classes 0 0 1 2
    expected = (1 / 2 + 1 + 1) / 3
    assert score("mean_recall", task, targets, outputs) == pytest.approx(expected)
    config = compose_config("competition=bbc_news", "competition.metric=mean_recall")
    check_metric(config.competition)
    assert config.competition.submit == "labels"
    with pytest.raises(ConfigError, match=r"does not fit the task regression, only binary"):
        check_metric(
            compose_config("competition=commonlit", "competition.metric=mean_recall").competition
        )


def test_thresholds_are_tuned_for_a_metric_from_outside(plugin):
    plugin(METRIC)
    task, targets, outputs = CASES["binary"]
    assert is_tuned("mean_recall", task)
    thresholds = tune("mean_recall", task, targets, outputs)
    tuned = score("mean_recall", task, targets, outputs, thresholds)
    assert tuned > score("mean_recall", task, targets, outputs)


def test_a_task_takes_the_metrics_of_its_parents(plugin):
    plugin(TASK)
    task = TASKS["counts"](("ease",), ((0.0, 4.0),))
    assert task_from(task.to_dict()) == task
    outputs, targets = np.array([[1.4], [9.0]]), Targets(np.array([[1.0], [3.0]]))
    assert score("mae", task, targets, outputs) == 0.5  # 1 and 4
    page = ["competition=commonlit", "competition.task=counts", "competition.metric=auto"]
    config = compose_config(*page).competition
    check_metric(config)
    assert (config.metric, config.submit) == ("mae", "numbers")


def test_a_linear_model_learns_a_task_from_outside(plugin):
    plugin(TASK)
    labels = (np.arange(24) % 3)[:, None].astype(np.float32)
    task, inputs, rows = TASKS["counts"](("n",), ((0.0, 2.0),)), linear_inputs(TEXTS), np.arange(24)
    model = fit_linear(inputs, rows, labels, task, TFIDF)
    np.testing.assert_array_equal(predict_linear(model, inputs, rows, task), labels)


@pytest.mark.slow
@pytest.mark.usefixtures("in_this_process")
def test_a_task_is_a_class_and_a_page(plugin, tmp_path):
    plugin(TASK)
    ids = [f"r{row}" for row in range(24)]
    train = pd.DataFrame({"id": ids, "text": TEXTS, "n": np.arange(24) % 3})
    sample = pd.DataFrame({"id": ids, "n": 0})
    files = {"train": train, "test": train[["id", "text"]], "sample_submission": sample}
    write_tables(tmp_path / "data" / "counts", files)
    page = [
        "competition=bbc_news",
        "competition.name=counts",
        "competition.source=null",
        "competition.task=counts",
        "competition.label_columns=[n]",
        "competition.metric=auto",
        "competition.submit=auto",
        "plugins=[extras]",
    ]
    settings = ["model=tfidf_linear", "folds.n_folds=2"]
    settings += [f"data_dir={tmp_path / 'data'}", f"output_dir={tmp_path / 'outputs'}"]
    run = pipeline.train(compose_config(*page, *settings))
    assert run.scores["metric"] == "mae"
    assert run.scores["oof_score"] < 0.5
    submission = pd.read_csv(run.folder / "submission.csv")
    assert set(submission["n"]) <= {0.0, 1.0, 2.0}


def test_a_blend_method_is_one_entry(plugin):
    plugin(METHOD)
    members, objective, folds = blend_case("binary")
    assert "median" in methods_for(objective.metric, objective.task)
    made = blend(members, objective, folds, method="median")
    np.testing.assert_array_equal(made.outputs, np.median(members, axis=0).astype(np.float32))
    assert compose_config("blend.method=median").blend.method == "median"
