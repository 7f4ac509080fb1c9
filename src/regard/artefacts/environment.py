"""The environment of a process: versions, processor and variables that may change results."""

import importlib.metadata
import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_PACKAGES = (
    "regard",
    "keras",
    "tensorflow",
    "tensorflow-cpu",
    "jax",
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "gensim",
    "sentencepiece",
)
# They choose the backend, its devices, and how many threads or which instructions it computes with.
_VARIABLES = (
    "KERAS_BACKEND",
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "ONEDNN_MAX_CPU_ISA",
    "TF_ENABLE_ONEDNN_OPTS",
)


def environment() -> dict[str, Any]:
    """Return all outside a run's settings and files that may change its results.

    Nothing is imported: versions are read from the metadata of packages.

    Returns:
        `python`, `system`, `processor`, `cores`, `gpus` (names), `packages` (versions by name), and
        `variables`, those that are set.

    Example:
        {"python": "3.11.7", "cores": 2, "packages": {"numpy": "2.4.6"}, "variables": {}, ...}
    """
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "gpus": _gpus(),
        "packages": dict(_packages()),
        "variables": {name: os.environ[name] for name in _VARIABLES if name in os.environ},
    }


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return in words how two environments differ.

    Example:
        {"cores": 2, "packages": {"numpy": "2.4.5"}}, {"cores": 2, "packages": {}}
        -> ["packages.numpy was 2.4.5 and is not there"]
    """
    flat = [dict(_flat(values)) for values in (before, now)]
    names = sorted(set(flat[0]) | set(flat[1]))
    return [
        f"{name} was {flat[0].get(name, 'not there')} and is {flat[1].get(name, 'not there')}"
        for name in names
        if flat[0].get(name) != flat[1].get(name)
    ]


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", str(entry)) for key, entry in value.items())
        else:
            yield name, str(value)


def _packages() -> Iterator[tuple[str, str]]:
    for name in _PACKAGES:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue


def _processor() -> str:
    """Return the model of the processor, or its architecture where the system names none."""
    return _named(Path("/proc/cpuinfo"), "model name") or platform.processor()


def _gpus() -> list[str]:
    """Return the models of NVIDIA's GPUs, by the files of their driver."""
    files = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    return [name for name in (_named(file, "Model") for file in files) if name]


def _named(path: Path, key: str) -> str:
    """Return the first value of a key in a file of `key : value` lines; nothing without one."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    pairs = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in pairs if name.strip() == key), "")
