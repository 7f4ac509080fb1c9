import pytest
from helpers.cases import competition

from regard.errors import ConfigError
from regard.metrics.record import argument_of, name_with
from regard.metrics.registry import METRICS, check_metric


def test_a_name_holds_the_value_of_its_argument():
    assert name_with("f_beta_macro", 0.5) == "f_0.5_macro"
    assert name_with("map_at_k", 3.0) == "map_at_3"
    assert argument_of("top_k_accuracy") == "k"
    assert METRICS.split("f_0.5_macro") == ("f_beta_macro", 0.5)
    assert METRICS.split("top_5_accuracy") == ("top_k_accuracy", 5.0)


@pytest.mark.parametrize("name", ["map_at_", "map_at_0", "map_at_2.5", "f_x", "f1", "nonsense"])
def test_other_names_hold_no_value(name):
    assert METRICS.split(name) is None
    assert (METRICS.find(name) is None) == (name not in METRICS)


@pytest.mark.parametrize(
    ("settings", "name", "beta", "top_k", "submit"),
    [
        ({"metric": "map_at_k", "top_k": 3}, "map_at_3", None, 3, "top_labels"),
        ({"metric": "map_at_5"}, "map_at_5", None, 5, "top_labels"),
        ({"metric": "map_at_5", "top_k": 5}, "map_at_5", None, 5, "top_labels"),
        ({"metric": "top_k_accuracy", "top_k": 2}, "top_2_accuracy", None, 2, "top_labels"),
        ({"metric": "log_loss", "submit": "top_labels", "top_k": 3}, "log_loss", None, 3, None),
        ({"metric": "f_beta", "beta": 2, "task": "binary"}, "f_2", 2.0, None, "labels"),
        ({"metric": "f_0.5", "task": "binary"}, "f_0.5", 0.5, None, "labels"),
        ({"metric": "f_beta_macro", "beta": 0.5}, "f_0.5_macro", 0.5, None, "labels"),
    ],
)
def test_an_argument_is_a_setting_or_a_part_of_the_name(settings, name, beta, top_k, submit):
    found = competition(**settings)
    check_metric(found)
    assert (found.metric, found.beta, found.top_k) == (name, beta, top_k)
    assert found.submit == (submit or settings["submit"])
    assert competition(**vars(found)) == found  # as a saved run is read


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "map_at_k"}, r"metric=map_at_k needs competition\.top_k, such as 3"),
        ({"metric": "f_beta", "task": "binary"}, r"needs competition\.beta, such as 2 \(recall"),
        ({"metric": "map_at_3", "top_k": 5}, r"map_at_3, but competition\.top_k=5; set"),
        ({"metric": "map_at_k", "top_k": 0}, r"top_k=0 is out of range; give a number that is w"),
        ({"metric": "f_beta", "beta": -1.0}, r"beta=-1 is out of range; give a number from 0\.01"),
        ({"metric": "f1_macro", "beta": 2.0}, r"competition\.beta=2\.0 is for f_beta, .*to null"),
        ({"metric": "accuracy", "top_k": 3}, r"competition\.top_k=3 is for .*set it to null"),
        ({"submit": "top_labels", "metric": "log_loss"}, r"top_labels needs competition\.top_k"),
        ({"submit": "top_labels", "metric": "accuracy", "top_k": 3}, r"compares labels; set it"),
        ({"greater_is_better": True}, r"has its own direction and form; set competition\.gre"),
    ],
)
def test_arguments_that_do_not_fit(settings, message):
    with pytest.raises(ConfigError, match=message) as caught:
        competition(**settings)
    assert "\n" not in str(caught.value)
