import subprocess
import sys
import threading
import time

import pytest

from regard.parallel.time_limit import OutOfTime, TimeLimit, alarm, process_started


def soon(seconds=0.05):
    return time.monotonic() + seconds


def test_an_alarm_ends_work():
    started = time.monotonic()
    with pytest.raises(OutOfTime), alarm(soon()):
        time.sleep(5)
    assert time.monotonic() - started < 1


def test_an_alarm_of_the_past_rings_at_once():
    with pytest.raises(OutOfTime), alarm(time.monotonic() - 1):
        time.sleep(1)


def test_work_that_ends_in_time_hears_nothing():
    with alarm(soon()):
        pass
    time.sleep(0.1)


def test_it_is_no_error_that_code_handles():
    with pytest.raises(OutOfTime), alarm(soon()):
        try:
            time.sleep(5)
        except Exception:
            time.sleep(5)


def test_an_outer_alarm_stays_set():
    rang = []
    with pytest.raises(OutOfTime), alarm(soon(0.2)):
        try:
            with alarm(soon()):
                time.sleep(5)
        except OutOfTime:
            rang.append("inner")
        time.sleep(5)
    assert rang == ["inner"]


def test_an_inner_alarm_does_not_outlast_the_outer_one():
    started = time.monotonic()
    with pytest.raises(OutOfTime), alarm(soon()), alarm(soon(5)):
        time.sleep(5)
    assert time.monotonic() - started < 1


def test_other_threads_have_no_alarm():
    seen = []

    def work():
        with alarm(time.monotonic() - 1):
            seen.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["done"]


def test_a_limit_tells_whether_more_fits():
    limit = TimeLimit(soon(10), fold_seconds=5, valid_seconds=2)
    assert limit.allows_fold()
    assert limit.allows_epoch(9)
    assert not limit.allows_epoch(11)
    assert limit.allows_batch()
    assert not TimeLimit(soon(1), fold_seconds=5, valid_seconds=2).allows_fold()
    assert not TimeLimit(soon(1), fold_seconds=5, valid_seconds=2).allows_batch()


@pytest.mark.slow
def test_a_process_knows_when_it_began():
    code = (
        "import time; time.sleep(0.5); from regard.parallel.time_limit import process_started; "
        "print(time.monotonic() - process_started())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0.5 <= float(ran.stdout) < 20


def test_this_process_began_in_the_past():
    assert process_started() < time.monotonic()
