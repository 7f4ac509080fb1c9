import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from regard.artefacts.environment import differences, environment

values = st.dictionaries(
    st.sampled_from("abc"), st.integers() | st.dictionaries(st.sampled_from("xy"), st.text())
)


def test_versions_of_the_packages_that_compute():
    found = environment()
    assert {"regard", "keras", "numpy", "scikit-learn"} <= set(found["packages"])
    assert found["cores"] >= 1
    assert json.loads(json.dumps(found)) == found


def test_only_variables_that_are_set(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    assert environment()["variables"]["OMP_NUM_THREADS"] == "3"
    assert "KERAS_BACKEND" not in environment()["variables"]


def test_differences_in_words():
    before = {"cores": 2, "packages": {"numpy": "2.4.5"}, "python": "3.11.7"}
    now = {"cores": 4, "packages": {}, "python": "3.11.7"}
    assert differences(before, now) == [
        "cores was 2 and is 4",
        "packages.numpy was 2.4.5 and is not there",
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first draw is slow
@given(values, values)
def test_each_difference_is_named_once_and_none_between_equals(before, now):
    assert differences(before, before) == []
    lines = differences(before, now)
    assert len(set(lines)) == len(lines)
