"""Jobs of workers, run in the process of the test."""

import functools

from regard.parallel import workers


def run_jobs_here(patch):
    """Run jobs one after another: a tiny run would spend most of its time on starting workers.

    Args:
        patch: a `pytest.MonkeyPatch`.
    """

    def run_jobs(jobs, config, *, imports=None, on_event=lambda name, event: None):
        return [
            job.function(*job.arguments, progress=functools.partial(on_event, job.name))
            for job in jobs
        ]

    def stream_jobs(jobs, config, *, imports=None):
        return (job.function(*job.arguments, progress=print) for job in jobs)

    patch.setattr(workers, "run_jobs", run_jobs)
    patch.setattr(workers, "stream_jobs", stream_jobs)
    patch.setattr(workers, "warm_up", lambda *arguments: None)
