import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.parallel.forecast import (
    Countdown,
    Pace,
    clock,
    epochs_left,
    in_words,
    seconds_left,
)

SECONDS = st.floats(0, 1e6)


def test_the_slot_that_is_free_first_takes_the_next_job():
    assert seconds_left([10, 4], 2, job=8, n_slots=2) == 18
    assert seconds_left([], 5, job=3, n_slots=2) == 9
    assert seconds_left([7], 1, job=3, n_slots=2) == 7
    assert seconds_left([], 0, job=3, n_slots=2) == 0


@given(st.lists(SECONDS, max_size=4), st.integers(0, 9), SECONDS, st.integers(4, 8))
def test_jobs_end_between_the_ideal_and_one_after_another(running, n_waiting, job, n_slots):
    left = seconds_left(running, n_waiting, job=job, n_slots=n_slots)
    total = sum(running) + n_waiting * job
    assert total / n_slots - 1e-6 <= left <= total + 1e-6


@given(SECONDS, SECONDS)
def test_a_job_that_takes_longer_than_expected_needs_no_negative_time(late, job):
    assert seconds_left([-late], 1, job=job, n_slots=1) == job


def test_early_stopping_is_expected_once_other_jobs_have_stopped():
    assert epochs_left(3.5, 13) == 9.5
    assert epochs_left(3.5, 13, typical=6) == 2.5
    assert epochs_left(3.5, 13, typical=2) == 1.0
    assert epochs_left(12.5, 13, typical=2) == 0.5


def test_an_epoch_is_forecast_from_its_first_batches():
    pace = Pace(n_batches=100, batches=[2.0, 2.0, 2.0] + [0.1] * 4)
    assert pace.epoch_seconds is None  # those that compile the network say nothing
    pace.batches.append(0.1)
    assert pace.epoch_seconds == pytest.approx(11)


def test_once_there_are_epochs_they_are_the_forecast():
    pace = Pace(n_batches=10, batches=[2.0] * 3 + [0.1] * 7, epochs=[7.0])
    assert pace.epoch_seconds == pytest.approx(10 * 0.1 + 0.3)  # 0.3 s for the score
    pace.epochs.append(1.5)
    assert pace.epoch_seconds == 1.5
    assert Pace(n_batches=2, batches=[1.0, 1.0], epochs=[2.5]).epoch_seconds == 2.5


def test_a_countdown_counts_down_and_never_below_zero():
    countdown = Countdown()
    assert countdown.left(0) is None
    countdown.measure(60, now=100)
    assert countdown.left(100) == 60
    assert countdown.left(130) == 30
    assert countdown.left(200) == 0


def test_a_countdown_follows_measurements_slowly_and_news_at_once():
    countdown = Countdown()
    countdown.measure(60, now=0)
    countdown.measure(120, now=1)
    assert 59 < countdown.left(1) < 70
    countdown.measure(20, now=2, is_news=True)
    assert countdown.left(2) == 20


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "5 seconds"),
        (38, "40 seconds"),
        (58, "1 minute"),
        (100, "1.5 minutes"),
        (260, "4.5 minutes"),
        (599, "10 minutes"),
        (3540, "59 minutes"),
        (5400, "1.5 hours"),
    ],
)
def test_durations_in_words(seconds, words):
    assert in_words(seconds) == words


def test_durations_on_a_clock():
    assert [clock(seconds) for seconds in (0, 83.9, 3723)] == ["0:00", "1:23", "1:02:03"]
