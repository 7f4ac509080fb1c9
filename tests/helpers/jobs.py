"""Jobs of workers, run in the process of the test."""

from regard.parallel import workers


def run_jobs_here(patch):
    """Run jobs one after another: a tiny run would spend most of its time on starting workers.

    Args:
        patch: a `pytest.MonkeyPatch`.
    """

    def run_jobs(jobs, *arguments, **options):
        return [job.function(*job.arguments, progress=lambda event: None) for job in jobs]

    patch.setattr(workers, "run_jobs", run_jobs)
    patch.setattr(workers, "warm_up", lambda *arguments: None)
