import pytest

from regard.config import Choices, Range, TuneConfig
from regard.errors import ConfigError


def ranges(**space):
    return TuneConfig(study=None, minutes=None, trials=None, space=space).ranges()


def test_a_space_has_ranges_and_choices():
    assert ranges(a={"low": 1, "high": 3}, b={"low": 0.1, "high": 1.0, "log": True}) == {
        "a": Range(1, 3),
        "b": Range(0.1, 1.0, log=True),
    }
    assert ranges(a=[["max"], ["max", "mean"]]) == {"a": Choices((["max"], ["max", "mean"]))}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (3, "a=3 is not known; give .low: 0.001"),
        ({"low": 1}, "is not known"),
        ({"low": 1, "high": 2, "step": 1}, "is not known"),
        ({"low": 2, "high": 2}, "low=2 is not below high=2"),
        ({"low": "a", "high": 2}, "must be numbers"),
        ({"low": True, "high": 2}, "must be numbers"),
        ({"low": 0, "high": 2, "log": True}, "low=0 has no logarithm"),
        ({"low": 1, "high": 2, "log": 1}, "log=1 is neither true nor false"),
        ([1], "leaves nothing to choose"),
        ([1, 1], "has a value twice"),
    ],
)
def test_an_entry_that_is_no_range_is_refused(entry, message):
    with pytest.raises(ConfigError, match=f"tune.space: a.*{message}|tune.space: {message}"):
        ranges(a=entry)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"minutes": 0.0}, "tune.minutes=0.0 is out of range"),
        ({"trials": 0}, "tune.trials=0 is out of range"),
        ({"study": "a/b"}, "tune.study='a/b' names a folder"),
    ],
)
def test_a_budget_and_a_name_are_checked(settings, message):
    with pytest.raises(ConfigError, match=message):
        TuneConfig(**{"study": "s", "minutes": 1.0, "trials": 1, "space": {}, **settings})
