"""The shares of the machine that workers use: one GPU or a few CPU cores each.

TensorFlow's recurrent layers gain little from a second core, so the cores are shared among folds.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regard.config import ComputeConfig


@dataclass(frozen=True)
class Slot:
    """The share of the machine that one worker uses.

    Attributes:
        worker: the worker's index.
        cores: the CPU cores.
        environment: the environment variables that set the number of threads and the GPU.
    """

    worker: int
    cores: tuple[int, ...]
    environment: tuple[tuple[str, str], ...]


def worker_slots(config: ComputeConfig, n_jobs: int) -> list[Slot]:
    """Share the machine among workers: one per GPU, or one per CPU core if there is no GPU.

    There are at most `n_jobs` workers.

    Example:
        2 cores, no GPU, 5 jobs -> slots with the cores (0,) and (1,), one thread each
    """
    cores = available_cores()
    gpus = visible_gpus()
    n_workers = min(config.n_workers or len(gpus) or len(cores), max(n_jobs, 1))
    slots = []
    for worker in range(n_workers):
        # Cores 0 to 4 and two workers: (0, 2, 4) and (1, 3). With more workers than cores, some
        # slices are empty, and those workers share cores.
        share = tuple(cores[worker::n_workers]) or (cores[worker % len(cores)],)
        n_threads = config.threads_per_worker or len(share)
        gpu = gpus[worker % len(gpus)] if gpus else None
        environment = thread_environment(n_threads, on_gpu=gpu is not None)
        if gpu is not None:
            environment["CUDA_VISIBLE_DEVICES"] = gpu
        slots.append(Slot(worker, share, tuple(environment.items())))
    return slots


def every_slot(config: ComputeConfig) -> list[Slot]:
    """Share the machine among as many workers as it has room for."""
    return worker_slots(config, sys.maxsize)


def thread_environment(n_threads: int, *, on_gpu: bool) -> dict[str, str]:
    """Return the environment variables of a worker, which its backend reads on import."""
    environment = {
        "KERAS_BACKEND": os.environ.get("KERAS_BACKEND") or "tensorflow",
        "OMP_NUM_THREADS": str(n_threads),
        "TF_NUM_INTRAOP_THREADS": str(n_threads),
        "TF_NUM_INTEROP_THREADS": str(n_threads),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # Without these two, the first worker on a GPU takes nearly all of its memory.
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }
    if on_gpu:
        return environment
    return {
        **environment,
        # On a CPU the same command gives the same bytes. On a GPU that would be too slow.
        "TF_DETERMINISTIC_OPS": "1",
        # oneDNN's matrix products are faster than TensorFlow's own, and deterministic too.
        "TF_ENABLE_ONEDNN_OPTS": "1",
    }


def available_cores() -> list[int]:
    """Return the CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def visible_gpus() -> list[str]:
    """Return the NVIDIA GPUs that this process may use, as named in `CUDA_VISIBLE_DEVICES`."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name for name in chosen.split(",") if name not in ("", "-1")]
    if shutil.which("nvidia-smi") is None:
        return []
    # Not asked of TensorFlow: it takes seconds to import, and would occupy the GPUs here.
    listing = subprocess.run(
        ["nvidia-smi", "--list-gpus"], capture_output=True, text=True, check=False
    )
    return [
        str(number)
        for number, line in enumerate(listing.stdout.splitlines())
        if line.startswith("GPU")
    ]
