"""The fit of a blend as a file, which predicts rows that come later."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from regard.artefacts import read_json, write_text
from regard.ensembling.methods import METHODS, Fit
from regard.errors import ArtefactError

FIT_FILE = "blend.json"
_AXES = {
    "weights": ("members", "outputs"),
    "intercepts": ("outputs",),
    "references": ("members", "outputs", "quantiles"),
}


def write_fit(folder: Path, fit: Fit, members: Sequence[str]) -> None:
    """Write `blend.json`: the method, the names of the members in order, and the fitted numbers.

    Args:
        folder: the folder of the blend.
        fit: the fit to all rows that were held out.
        members: the names of the runs, in the order of the fit.
    """
    values = {"members": list(members), **fit.to_dict()}
    # A line for each entry: references may be thousands of numbers.
    lines = (f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in values.items())
    write_text(folder / FIT_FILE, "{\n" + ",\n".join(lines) + "\n}\n")


def read_fit(folder: Path, *, n_outputs: int | None = None) -> tuple[Fit, list[str]]:
    """Read the fit of a blend, and the names of its members in order.

    Args:
        folder: the folder of the blend.
        n_outputs: the number of outputs of the task; None: any.

    Raises:
        ArtefactError: the file is missing or broken, or its content is none that `write_fit`
            writes.
    """
    path = folder / FIT_FILE
    stored = read_json(path)
    try:
        if not isinstance(stored, dict):
            raise ValueError("it is not an object")
        members = _names(stored.get("members"))
        return fit_from(stored, n_members=len(members), n_outputs=n_outputs), members
    except ValueError as error:
        raise ArtefactError(
            f"{path} is not the fit of a blend: {error}; blend the runs again"
        ) from None


def fit_from(
    stored: Mapping[str, Any], *, n_members: int | None = None, n_outputs: int | None = None
) -> Fit:
    """Build a fit from the dictionary of `Fit.to_dict`.

    Args:
        stored: the dictionary.
        n_members: the number of members; None: any.
        n_outputs: the number of outputs of the task; None: any.

    Raises:
        ValueError: the method is unknown, or a number or an array is missing, not finite or of
            another shape.
    """
    method = stored.get("method")
    if not isinstance(method, str) or method not in METHODS:
        raise ValueError(f"there is no method {method!r} (there are: {', '.join(METHODS)})")
    known = {"members": n_members, "outputs": n_outputs}
    sizes = {axis: size for axis, size in known.items() if size is not None}
    arrays = {
        name: _array(name, stored[name], sizes) for name in _AXES if stored.get(name) is not None
    }
    for name in ("weights", *METHODS[method].needs):
        if name not in arrays:
            raise ValueError(f"the method {method} needs {name}, which are missing")
    if "references" in arrays:
        _check_references(arrays["references"])
    return Fit(method, **arrays)


def _array(name: str, values: Any, sizes: dict[str, int]) -> np.ndarray:
    """Return the array of an entry, float64, and add its sizes to those that are known."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} are lists of different lengths") from None
    if array.dtype.kind not in "if" or not np.isfinite(array).all():
        raise ValueError(f"{name} are not all finite numbers")
    axes = _AXES[name]
    if name == "weights" and array.ndim == 1:  # the same for all outputs
        axes = axes[:1]
    if array.ndim != len(axes):
        raise ValueError(f"{name} have {array.ndim} axes, not {len(axes)}: {', '.join(axes)}")
    for axis, size in zip(axes, array.shape, strict=True):
        if size != sizes.setdefault(axis, size):
            raise ValueError(f"{name} are of {size} {axis}, not of {sizes[axis]}")
    return array.astype(np.float64)


def _check_references(references: np.ndarray) -> None:
    """Make sure that each grid rises from 0 to 1."""
    if not references.size or (references[..., 0] != 0.0).any() or (references[..., -1] != 1).any():
        raise ValueError("references do not go from 0 to 1")
    if (np.diff(references) < 0.0).any():
        raise ValueError("references fall")


def _names(stored: Any) -> list[str]:
    """Return the names of the members, none of which may lead out of the folder of runs."""
    if not isinstance(stored, list) or not stored:
        raise ValueError("it names no members")
    for name in stored:
        if not isinstance(name, str) or not _is_name(name):
            raise ValueError(f"{name!r} is not the name of a run")
    if len(set(stored)) < len(stored):
        raise ValueError("it names a member twice")
    return stored


def _is_name(name: str) -> bool:
    """Return whether a name is that of a folder, on every system."""
    if not name.isprintable() or name.startswith("."):
        return False
    return name != "" and PureWindowsPath(name).name == name
