"""Exports of a run's networks, in a worker that sees no GPU.

Keras is imported inside the functions, which only workers call.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from regard.errors import ArtefactError
from regard.network.export.settings import ONNX_FILE, output_name
from regard.tasks.calibration import scale

if TYPE_CHECKING:
    from regard.network.export.graph import GraphOptions
    from regard.network.fitted import FittedNetwork
    from regard.runs.learner import Progress
    from regard.runs.run import Run

_TOLERANCE = 1e-5


def export_onnx(
    run: Run, folders: Sequence[Path], folder: Path, *, progress: Progress
) -> dict[str, float]:
    """Write the mean of networks as `model.onnx`, and compare it with Keras.

    Args:
        run: a trained run of networks.
        folders: the folders of the networks.
        folder: the folder to write into.
        progress: receives nothing.

    Returns:
        `difference`: the largest one to Keras on random texts; `bytes`: the size of the file.

    Raises:
        ArtefactError: the file differs from Keras.
    """
    from regard.network.export.graph import joined_model
    from regard.network.export.onnx_file import largest_difference, write_onnx

    networks = [_load(run, model) for model in folders]
    models = [network.network for network in networks]
    options = _graph_options(run, networks[0].settings.shift)
    path = folder / ONNX_FILE
    name = output_name(run.task)
    write_onnx(models, options, path, outputs=name, notes={"run": run.name})
    difference = largest_difference(
        joined_model(models, options), path, outputs=name, before=_before_temperature(run)
    )
    if not difference <= _TOLERANCE:
        raise ArtefactError(
            f"the ONNX file of run {run.name} differs from Keras by {difference:.2g} on random "
            "texts, so a layer does not convert; export format=keras instead"
        )
    return {"difference": difference, "bytes": _n_bytes(folder.glob(f"{ONNX_FILE}*"))}


def export_keras(
    run: Run, folders: Sequence[Path], folder: Path, *, progress: Progress
) -> dict[str, float]:
    """Write each network as `<name of its folder>.keras`.

    Args:
        run: a trained run of networks.
        folders: the folders of the networks.
        folder: the folder to write into.
        progress: receives nothing.

    Returns:
        `bytes`: the size of all files.
    """
    from regard.network.saving import save_model

    for model in folders:
        save_model(_load(run, model).network, folder / f"{model.name}.keras")
    return {"bytes": _n_bytes(folder.glob("*.keras"))}


def _load(run: Run, model: Path) -> FittedNetwork:
    return cast("FittedNetwork", run.learner.load_model(run, model))


def _before_temperature(run: Run) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that takes the temperature out of outputs.

    It magnifies the last digits of probabilities near 0 and 1, in which Keras and ONNX differ.
    """
    temperature = run.temperature
    if temperature is None:
        return lambda outputs: outputs
    return lambda outputs: scale(run.task, outputs, 1.0 / temperature)


def _n_bytes(paths: Iterable[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def _graph_options(run: Run, shift: tuple[float, float] | None) -> GraphOptions:
    """Return how inputs are read, and how outputs become predictions.

    Numbers are clipped to the range of their column, which the task tells by the extremes.
    """
    from regard.network.export.graph import GraphOptions

    task = run.task
    options = GraphOptions(
        run.batches.max_tokens,
        run.config.competition.in_any_order,
        truncate=run.batches.truncate,
        shift=shift,
        temperature=run.temperature,
        exclusive=task.activation == "softmax",
    )
    if not task.has_units:
        return options
    largest = np.finfo(np.float32).max
    extremes: Any = np.full((2, task.n_outputs), [[-largest], [largest]], np.float64)
    with np.errstate(over="ignore"):
        lowest, highest = task.finish_outputs(extremes)
    return dataclasses.replace(options, lowest=lowest.tolist(), highest=highest.tolist())
