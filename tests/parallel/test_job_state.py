from regard.parallel.display import Line
from regard.parallel.job_state import JobState, forecast, shown_score

BATCH = {"epoch": 1, "batches": 20, "seconds": 0.5}


def running(n_batches=0, epochs=4):
    """Return a job that a worker has taken, after some batches of half a second."""
    job = JobState(Line("fold"), epochs=epochs)
    job.start()
    for batch in range(1, n_batches + 1):
        job.end_batch({**BATCH, "batch": batch})
    job.first_batch = 2.0
    return job


def test_a_line_shows_the_epoch_and_the_scores():
    job = running(n_batches=5)
    assert (job.line.text, job.line.share) == ("epoch 1 of 4", 1 / 16)
    job.end_epoch({"epoch": 1.0, "score": 0.6}, sign=1)
    job.end_epoch({"epoch": 2.0, "score": 0.5}, sign=1)
    assert job.line.text == "epoch 2 of 4  0.5000 (best 0.6000)"
    job.end_batch({**BATCH, "epoch": 3, "batch": 10})
    assert job.line.text == "epoch 3 of 4  0.5000 (best 0.6000)"
    job.finish("done")
    assert (job.line.text, job.line.share, job.line.is_running) == ("done", 1.0, False)


def test_of_a_loss_less_is_better_and_equal_scores_are_decided_by_the_loss():
    job = running()
    job.end_epoch({"epoch": 1.0, "score": 0.4, "valid_loss": 0.4}, sign=-1)
    job.end_epoch({"epoch": 2.0, "score": 0.5, "valid_loss": 0.5}, sign=-1)
    assert job.best["epoch"] == 1
    job.end_epoch({"epoch": 3.0, "score": 0.4, "valid_loss": 0.3}, sign=-1)
    assert job.best["epoch"] == 3


def test_the_score_that_is_shown_is_the_honest_one():
    record = {"score": 0.52, "honest_score": 0.45}
    assert shown_score(record) == 0.45
    assert shown_score({"score": 0.52}) == 0.52


def test_jobs_are_forecast_by_their_batches():
    waiting = JobState(Line("fold"))
    jobs = [running(n_batches=10), running(n_batches=10), waiting]
    # An epoch takes 20 batches of 0.5 s and a tenth more, so 11 s. The running jobs have 3.5 of 4
    # epochs left; the waiting one takes 2 s more for its first batch.
    assert forecast(jobs, 2, now=0) == 3.5 * 11 + 4 * 11 + 2
    assert forecast(jobs, 3, now=0) == 4 * 11 + 2


def test_a_job_that_has_just_begun_is_expected_to_be_as_fast_as_the_others():
    jobs = [running(n_batches=2), running()]
    jobs[1].first_batch = 0.0
    assert forecast(jobs, 2, now=0) is None
    jobs[0] = running(n_batches=10)
    assert forecast(jobs, 2, now=0) == 4 * 11


def test_jobs_without_epochs_are_forecast_by_the_first_that_is_done():
    jobs = [running(epochs=0), running(epochs=0), JobState(Line("fold"))]
    assert forecast(jobs, 2, now=0) is None
    jobs[0].seconds = 30.0
    jobs[1].started = 100.0
    assert forecast(jobs, 2, now=110.0) == 30
