"""Time and memory that jobs take, for the notes of a run.

These values differ from run to run, so no fingerprint and no prediction may depend on them.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Usage:
    """The time and memory that one job took.

    Attributes:
        process: the id of the process that ran it.
        seconds: the wall-clock time of the job.
        peak_mb: the most memory that the process has held until the end of the job, in MB.
    """

    process: int
    seconds: float
    peak_mb: float


def usage_since(started: float) -> Usage:
    """Return the usage of a job of this process that has just ended.

    Args:
        started: `time.perf_counter()` at its start.
    """
    return Usage(os.getpid(), time.perf_counter() - started, peak_mb())


def peak_mb() -> float:
    """Return the most memory that this process has held so far, in MB; 0 where nobody counts it."""
    try:
        # Not resource.getrusage on Linux: a process inherits that maximum from its parent.
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    try:
        import resource  # not on Windows
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


def total_peak_mb(usages: Sequence[Usage]) -> float:
    """Return the memory of this process and of the workers, if all peaked at the same time, in MB.

    A worker that ran several jobs counts once.

    Example:
        this process has held 100 MB, jobs of worker 7 held 300 and 400 MB -> 500
    """
    by_process = {os.getpid(): peak_mb()}
    for usage in usages:
        by_process[usage.process] = max(usage.peak_mb, by_process.get(usage.process, 0.0))
    return sum(by_process.values())


def usage_notes(usages: Sequence[Usage], started: float, *, n_texts: int = 0) -> dict[str, Any]:
    """Return the notes on jobs that have ended.

    Args:
        usages: of the jobs.
        started: `time.perf_counter()` when the first job began.
        n_texts: the number of rows that they predicted; 0 if they trained.

    Returns:
        `seconds` by the clock, `seconds_of_jobs` in all processes together, `peak_memory_mb`, and
        `texts_per_second` for predictions.
    """
    seconds = time.perf_counter() - started
    notes = {
        "seconds": round(seconds, 2),
        "seconds_of_jobs": round(sum(usage.seconds for usage in usages), 2),
        "peak_memory_mb": round(total_peak_mb(usages)),
    }
    if n_texts:
        notes["texts_per_second"] = float(f"{n_texts / max(seconds, 1e-6):.4g}")
    return notes
