import pytest

from regard.parallel import display as module
from regard.parallel.display import Display, Step, current, expected_seconds, shown, update


@pytest.fixture
def clock(monkeypatch):
    """Return a function that sets the time."""
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, seconds)


def test_the_time_left_is_that_of_the_step_and_of_those_to_come(clock):
    display = Display()
    display.plan({"a": "train", "b": "predict", "c": "submit"})
    with display.step("train", "a") as step:
        assert display.seconds_left(0) is None  # nothing is measured yet
        clock(10)
        step.expect(90)
        # Training takes 100 s, predictions a twentieth of it, the submission a second.
        assert display.seconds_left(10) == pytest.approx(90 + 5 + 1)
        assert display.seconds_left(40) == pytest.approx(60 + 5 + 1)
        clock(50)
    assert display.seconds_left(50) == pytest.approx(2.5 + 1)


def test_the_second_training_is_expected_to_take_as_long_as_the_first(clock):
    display = Display()
    display.plan({"a": "train", "b": "train"})
    with display.step("train", "a"):
        clock(30)
    assert display.seconds_left(30) == 30


def test_a_share_of_a_step_is_a_forecast(clock):
    display = Display()
    with display.step("predict") as step:
        clock(1)
        step.update(1, 100)
        assert step.seconds_left(1) is None  # too early
        clock(10)
        step.update(25, 100, "25 rows")
        assert (step.text, step.share) == ("25 rows", 0.25)
        assert step.seconds_left(10) == pytest.approx(30)
        step.update(1, 0)
        assert step.share is None


def test_the_time_left_is_never_negative(clock):
    display = Display()
    display.plan({"a": "report"})
    with display.step("report", "a"):
        clock(1000)
        assert display.seconds_left(1000) == 0


def test_a_step_is_planned_once_and_dropped_if_it_is_done_already():
    display = Display()
    display.plan({"a": "train"})
    display.plan({"a": "train", "b": "report"})
    display.drop("b")
    assert list(display.steps) == ["a"]
    with display.step("train", "a"):
        display.drop("a")
        assert display.running is display.steps["a"]
    assert display.running is None


def test_a_step_that_fails_is_over():
    display = Display()
    with pytest.raises(ValueError, match="x"), display.step("train"):
        raise ValueError("x")
    assert display.running is None


def test_nothing_is_known_of_a_step_with_an_unknown_name():
    assert expected_seconds("other", [Step("train")], 0) is None
    assert expected_seconds("predict", [Step("train")], 0) is None


def test_the_current_display_is_that_of_the_command():
    before = current()
    update(1, 2)  # no step runs, so nothing happens
    with shown(Display()) as display:
        assert current() is display
        with display.step("embed") as step:
            update(1, 2, "one")
        assert (step.share, step.text) == (0.5, "one")
    assert current() is before
