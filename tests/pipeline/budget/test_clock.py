import time

from regard.pipeline.budget.clock import Clock


def clock(left):
    """Return a clock of half a minute with so many seconds left."""
    made = Clock(time.monotonic(), 0.5)
    made.started += left - made.left
    return made


def test_some_time_is_kept_for_the_end():
    made = Clock(100.0, 1.0)
    assert 155.0 < made.end < 158.0


def test_work_in_time_is_done():
    made = clock(5.0)
    assert made.attempt(lambda: "run", "the run") == "run"
    assert made.cuts == []


def test_work_that_is_too_slow_is_a_cut():
    made = clock(0.1)
    assert made.attempt(lambda: time.sleep(5), "the run") is None
    assert made.cuts == ["the run"]
    assert made.left > -1


def test_work_is_not_begun_where_only_the_reserve_is_left():
    made = clock(1.0)
    called = []
    assert made.attempt(lambda: called.append(1), "the blend", reserve=2.0) is None
    assert called == []
    assert made.cuts == ["the blend"]


def test_work_that_gives_up_by_itself_is_no_further_cut():
    made = clock(5.0)
    assert made.attempt(lambda: None, "the run") is None
    assert made.cuts == []
