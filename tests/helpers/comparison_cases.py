"""Small comparisons of two runs."""

import numpy as np

from regard.report.comparison.content import ComparedRun, Comparison
from regard.tasks import Targets


def compared_run(name, outputs=None, decided=None, **changes):
    """Return a run with some outputs."""
    scores = {
        "metric": "accuracy",
        "greater_is_better": True,
        "oof_score": 0.5,
        "fold_scores": [0.5, 0.75],
        "seconds_of_all_folds": 75.0,
    }
    scores |= changes.pop("scores", {})
    fields = {
        "name": name,
        "finished": "2025-03-02T10:41:07+00:00",
        "scores": scores,
        "histories": [],
        "outputs": outputs,
        "decided": decided,
        "thresholds": None,
        "n_rows": 0 if outputs is None else len(outputs),
    }
    return ComparedRun(**{**fields, **changes})


def comparison(task, labels, first, second, **changes):
    """Return the comparison of two outputs, decided by the default thresholds."""
    runs = []
    for name, outputs in (("a-01", first), ("b-02", second)):
        decided = task.decide(outputs) if task.has_classes else task.numbers(outputs)
        thresholds = task.default_thresholds()
        runs.append(compared_run(name, outputs, decided, thresholds=thresholds))
    n_rows = len(labels)
    fields = {
        "competition": "tiny",
        "task": task,
        "metric": "accuracy" if task.has_classes else "rmse",
        "first": runs[0],
        "second": runs[1],
        "ids": [f"r{row}" for row in range(n_rows)],
        "texts": {"text": [f"text {row}" for row in range(n_rows)]},
        "targets": Targets(np.asarray(labels)),
        "has_same_folds": True,
        "changes": [],
        "n_shown": 2,
    }
    return Comparison(**{**fields, **changes})
