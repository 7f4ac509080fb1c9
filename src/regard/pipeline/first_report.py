"""The report of the first fold, which can be read while the other folds are trained."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from regard.artefacts import is_finished, read_json, write_text
from regard.errors import one_line
from regard.pipeline.scoring import gather
from regard.pipeline.stages.report import trained_data
from regard.report import render_report

if TYPE_CHECKING:
    from regard.runs.run import Run

_log = logging.getLogger(__name__)

THREAD = "first report"
# Folds of a few seconds are all trained before anybody has opened a report.
_MIN_SECONDS = 15.0


@contextlib.contextmanager
def first_report(run: Run) -> Iterator[None]:
    """Write a report of the first fold that is trained in this block, as the run's report.html.

    A thread draws it while the workers train. It has the path of the report of the whole run, which
    replaces it; the file is gone if the training fails.
    """
    threads: list[threading.Thread] = []

    def on_fold_end(fold: int, seconds: float) -> None:
        if not threads and seconds >= _MIN_SECONDS and run.folds_to_train():
            threads.append(_thread(run, fold))
            threads[0].start()

    run.on_fold_end = on_fold_end
    try:
        yield
    finally:
        for thread in threads:
            thread.join()
        _remove(run)


def _thread(run: Run, fold: int) -> threading.Thread:
    return threading.Thread(target=_write, args=(run, fold), name=THREAD, daemon=True)


def _write(run: Run, fold: int) -> None:
    """Write the report, or log why that is not possible: it must not end a training."""
    try:
        path = run.folder / "report.html"
        page = _page(run, fold)
        path.parent.mkdir(exist_ok=True)
        write_text(path, page)
        _log.info("first report, of fold %d: %s", fold, path)
    except Exception as error:
        _log.warning("no report of the first fold (%s: %s)", type(error).__name__, one_line(error))


def _page(run: Run, fold: int) -> str:
    folder = run.unfinished_folder
    outputs, scores = gather(run, folder, [fold])
    data = trained_data(run, run.learner.sections, outputs, scores)
    time = datetime.now(UTC).isoformat(timespec="seconds")
    note = (
        f"A first look, at fold {fold} alone; the other folds are still being trained. The report "
        "of all folds will have the same path: reload the page then."
    )
    histories = [read_json(folder / f"fold_{fold}" / "history.json")]
    return render_report(dataclasses.replace(data, finished=time, histories=histories, note=note))


def _remove(run: Run) -> None:
    """Remove the report of a run that is not finished, with its folder."""
    if not is_finished(run.folder):
        with contextlib.suppress(OSError):
            (run.folder / "report.html").unlink(missing_ok=True)
            run.folder.rmdir()
