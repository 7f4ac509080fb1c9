from dataclasses import dataclass

import pytest

from regard.config.values import section_from, section_keys, section_type, section_values


@dataclass
class Inner:
    size: int
    rate: float = 0.5


@dataclass
class Outer:
    name: str
    inner: Inner
    other: Inner | None = None


def test_a_section_becomes_a_dictionary_and_back():
    outer = Outer("a", Inner(1), Inner(2, 0.1))
    (values,) = section_values(outer)
    assert values == {
        "name": "a",
        "inner": {"size": 1, "rate": 0.5},
        "other": {"size": 2, "rate": 0.1},
    }
    assert section_from(values, Outer) == outer


def test_values_with_defaults_may_be_left_out():
    assert section_from({"name": "a", "inner": {"size": 1}}, Outer) == Outer("a", Inner(1))


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"name": "a"}, KeyError),
        ({"name": "a", "inner": {}}, KeyError),
        ({"name": "a", "inner": {"size": 1}, "more": 1}, TypeError),
    ],
)
def test_a_missing_or_unknown_setting_is_an_error(values, error):
    with pytest.raises(error):
        section_from(values, Outer)


def test_keys_are_dotted_names():
    assert section_keys(Outer, "x.") == [
        "x.name",
        "x.inner.size",
        "x.inner.rate",
        "x.other.size",
        "x.other.rate",
    ]


def test_the_type_of_an_optional_section():
    assert section_type(Inner | None) is Inner
    assert section_type(Inner) is Inner
