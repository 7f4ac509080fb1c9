"""Progress of parallel jobs: bars in a terminal, elsewhere one line for each finished job."""

import logging
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

logger = logging.getLogger(__name__)


class JobsProgress:
    """A bar for each job with its epochs and the scores of the last and the best epoch.

    Use it as a context manager and call it with a job's name and an event:

    - `{"epochs": maximum number, "note": text}` before the first epoch,
    - `{"epoch", "batch", "batches"}` during an epoch,
    - a record with `epoch` and `score` after an epoch,
    - `{"finished": record of the best epoch}` at the end.

    Equal notes of several jobs are logged once.

    Args:
        metric: the name of the score.
        greater_is_better: whether a greater score is better.
    """

    def __init__(self, metric: str, *, greater_is_better: bool) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._metric = metric
        self._better = max if greater_is_better else min
        self._bars: dict[str, TaskID] = {}
        self._best: dict[str, float] = {}
        # An empty note is no note, so it counts as logged.
        self._notes = {""}

    def __enter__(self) -> "JobsProgress":
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing."""
        self._progress.stop()

    def __call__(self, name: str, event: dict[str, Any]) -> None:
        """Update a job's bar."""
        if name not in self._bars:
            # The number of epochs comes with the first event; until then one step is a placeholder.
            self._bars[name] = self._progress.add_task(name, total=1, status="")
        if "epochs" in event:
            self._progress.update(self._bars[name], total=event["epochs"])
            if event["note"] not in self._notes:
                self._notes.add(event["note"])
                logger.info("train: %s", event["note"])
        elif "finished" in event:
            self._finish(name, event["finished"])
        elif "score" in event:
            score = event["score"]
            self._best[name] = self._better(score, self._best.get(name, score))
            status = f"{self._metric} {score:.4f}, best {self._best[name]:.4f}"
            self._progress.update(self._bars[name], completed=event["epoch"], status=status)
        else:
            done = event["epoch"] - 1 + event["batch"] / event["batches"]
            self._progress.update(self._bars[name], completed=done)

    def _finish(self, name: str, best: dict[str, float]) -> None:
        # Early stopping leaves epochs undone: the bar is set to full.
        self._progress.update(self._bars[name], completed=1, total=1)
        if self._progress.disable:
            logger.info("%s: %s %.4f at epoch %d", name, self._metric, best["score"], best["epoch"])
