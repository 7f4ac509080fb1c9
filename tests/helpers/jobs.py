"""Settings of workers, and their jobs, run in the process of the test."""

import functools
import time
from pathlib import Path

import yaml

from regard.config import ComputeConfig
from regard.config.values import section_from
from regard.parallel import workers
from regard.parallel.usage import usage_since

CONF = Path(__file__).resolve().parents[2] / "conf"


def compute(
    n_workers: int | None = None, threads_per_worker: int | None = None, **others
) -> ComputeConfig:
    """Return settings of a number of workers; None: as many as fit."""
    page = yaml.safe_load((CONF / "compute" / "local.yaml").read_text(encoding="utf-8"))
    own = {"n_workers": n_workers, "threads_per_worker": threads_per_worker, **others}
    return section_from({**page, **own}, ComputeConfig)


def run_jobs_here(patch):
    """Run jobs one after another: a tiny run would spend most of its time on starting workers.

    Args:
        patch: a `pytest.MonkeyPatch`.
    """

    def stream_jobs(
        jobs,
        config,
        *,
        imports=None,
        on_event=lambda name, event: None,
        starts=lambda job: True,
    ):
        for job in filter(starts, jobs):
            started = time.perf_counter()
            on_event(job.name, {"started": True})
            progress = functools.partial(on_event, job.name)
            result = job.function(*job.arguments, progress=progress)
            on_event(job.name, {"usage": usage_since(started)})
            yield result

    def run_jobs(jobs, config, **options):
        return list(stream_jobs(jobs, config, **options))

    patch.setattr(workers, "run_jobs", run_jobs)
    patch.setattr(workers, "stream_jobs", stream_jobs)
    patch.setattr(workers, "warm_up", lambda *arguments: None)
