"""Exports of a run's networks, in a worker that sees no GPU.

Keras is imported inside the functions, which only workers call.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from regard.errors import ArtefactError
from regard.network.export.settings import ONNX_FILE, output_name

if TYPE_CHECKING:
    from regard.network.export.graph import Corrections
    from regard.network.fitted import FittedNetwork
    from regard.runs.learner import Progress
    from regard.runs.run import Run
    from regard.tasks import Task

_TOLERANCE = 1e-5


def export_onnx(
    run: Run, models: Sequence[Path], folder: Path, *, progress: Progress
) -> dict[str, float]:
    """Write the mean of networks as `model.onnx`, and compare it with Keras.

    Args:
        run: a trained run of networks.
        models: the folders of the networks.
        folder: the folder to write into.
        progress: receives nothing.

    Returns:
        `difference`: the largest one to Keras on random texts; `bytes`: the size of the file.

    Raises:
        ArtefactError: the file would be too large, or it differs from Keras.
    """
    from regard.network.export.graph import joined_model
    from regard.network.export.onnx_file import largest_difference, write_onnx

    networks = [_load(run, model) for model in models]
    joined = joined_model(
        [network.network for network in networks],
        max_tokens=run.config.batches.max_tokens,
        symmetric=run.config.competition.in_any_order,
        corrections=_corrections(run.task, networks[0].settings.shift),
    )
    path = folder / ONNX_FILE
    name = output_name(run.task)
    write_onnx(joined, path, outputs=name, notes={"run": run.name})
    difference = largest_difference(joined, path, outputs=name)
    if not difference <= _TOLERANCE:
        raise ArtefactError(
            f"the ONNX file of run {run.name} differs from Keras by {difference:.2g} on random "
            "texts, so a layer does not convert; export format=keras instead"
        )
    return {"difference": difference, "bytes": path.stat().st_size}


def export_keras(
    run: Run, models: Sequence[Path], folder: Path, *, progress: Progress
) -> dict[str, float]:
    """Write each network as `<name of its folder>.keras`.

    Args:
        run: a trained run of networks.
        models: the folders of the networks.
        folder: the folder to write into.
        progress: receives nothing.

    Returns:
        `bytes`: the size of all files.
    """
    from regard.network.saving import save_model

    n_bytes = 0
    for model in models:
        path = folder / f"{model.name}.keras"
        save_model(_load(run, model).network, path)
        n_bytes += path.stat().st_size
    return {"bytes": n_bytes}


def _load(run: Run, model: Path) -> FittedNetwork:
    return cast("FittedNetwork", run.learner.load_model(run, model))


def _corrections(task: Task, shift: tuple[float, float] | None) -> Corrections:
    """Return how outputs become predictions.

    Numbers are clipped to the range of their column, which the task tells by the extremes.
    """
    from regard.network.export.graph import Corrections

    if not task.has_units:
        return Corrections(shift=shift)
    largest = np.finfo(np.float32).max
    extremes: Any = np.full((2, task.n_outputs), [[-largest], [largest]], np.float64)
    with np.errstate(over="ignore"):
        lowest, highest = task.finish_outputs(extremes)
    return Corrections(lowest.tolist(), highest.tolist())
