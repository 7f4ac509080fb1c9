"""MLflow: a run for each run, with the curves of every fold, in a SQLite file or on a server."""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regard.runs.tracking.tracker import Subject, Tracker

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Param, Run

_FOLDER = "mlflow"
# Limits of the tracking API: values of a parameter, and parameters of a batch.
_MAX_CHARACTERS = 6000
_MAX_BATCH = 100
_NAME = "regard.run"


class MlflowTracker(Tracker):
    """Writes a run of MLflow: settings as parameters, curves as `fold_<k>/loss` and others.

    A run of the same name in the experiment is continued.
    """

    modules = ("mlflow", "sqlalchemy", "alembic")
    extra = "mlflow"
    takes = ("project", "uri")

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self._uri = subject.uri or os.environ.get("MLFLOW_TRACKING_URI") or ""
        self._run = ""

    def start(self) -> Mapping[int, int]:
        """Find or make the run, and write the settings that it does not have yet."""
        import mlflow

        # Neither the tables of a new file nor their updates are the story of a training.
        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client: MlflowClient = mlflow.MlflowClient(self._uri or self._own_store())
        experiment = self._experiment()
        found = self._client.search_runs(
            [experiment], f"tags.`{_NAME}` = '{self.subject.key}'", max_results=1
        )
        run = found[0] if found else self._new_run(experiment)
        self._run = run.info.run_id
        self._client.update_run(self._run, status="RUNNING")
        self._log_settings(run.data.params)
        return self._known_epochs()

    def log_epoch(self, fold: int, epoch: int, values: Mapping[str, float]) -> None:
        """Write the values of an epoch as metrics, with the epoch as their step."""
        self._log({f"fold_{fold}/{name}": value for name, value in values.items()}, epoch)

    def log_result(self, scores: Mapping[str, float], folder: Path) -> None:
        """Write the scores as metrics, and the folder as a tag."""
        self._log(scores, 0)
        self._client.set_tag(self._run, "regard.folder", str(folder))

    def close(self, *, is_finished: bool) -> None:
        """Mark the run as finished, or as stopped."""
        if self._run:
            self._client.set_terminated(self._run, "FINISHED" if is_finished else "KILLED")

    def _own_store(self) -> str:
        folder = self.subject.home / _FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{folder / 'mlflow.db'}"

    def _experiment(self) -> str:
        name = self.subject.project
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        # Without a place MLflow would make a folder in the current one.
        place = None if self._uri else (self.subject.home / _FOLDER / "artifacts").as_uri()
        return str(self._client.create_experiment(name, artifact_location=place))

    def _new_run(self, experiment: str) -> Run:
        tags = {_NAME: self.subject.key}
        return self._client.create_run(experiment, run_name=self.subject.name, tags=tags)

    def _log_settings(self, known: Mapping[str, str]) -> None:
        from mlflow.entities import Param

        # A parameter is never written twice: MLflow refuses another value.
        params = [
            Param(name, _as_text(value))
            for name, value in _with_names(self.subject.settings).items()
            if name not in known
        ]
        for batch in _batches(params):
            self._client.log_batch(self._run, params=batch)

    def _known_epochs(self) -> dict[int, int]:
        known = {}
        for fold in self.subject.folds:
            history = self._client.get_metric_history(self._run, f"fold_{fold}/score")
            known[fold] = max((metric.step for metric in history), default=0)
        return known

    def _log(self, values: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = time.time_ns() // 10**6
        metrics = [Metric(name, value, now, step) for name, value in values.items()]
        self._client.log_batch(self._run, metrics=metrics)


def _with_names(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings by names without the characters that MLflow refuses, as in a member's."""
    return {re.sub(r"[^\w./ -]", "_", name): value for name, value in settings.items()}


def _as_text(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(value))[:_MAX_CHARACTERS]


def _batches(values: Sequence[Param]) -> Iterator[Sequence[Param]]:
    for start in range(0, len(values), _MAX_BATCH):
        yield values[start : start + _MAX_BATCH]
