import pandas as pd
import pytest

from regard.competitions.discovery.label_values import negative_and_positive


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["no", "yes", "yes"], ["no", "yes"]),
        (["True", "False"], ["False", "True"]),
        (["1.0", "0.0"], ["0.0", "1.0"]),
    ],
)
def test_known_values(cells, values):
    assert negative_and_positive(pd.Series(cells)) == (values, "")


def test_greater_number_is_positive():
    values, assumption = negative_and_positive(pd.Series(["10", "9", "9"]))
    assert values == ["9", "10"]
    assert "greater number" in assumption


def test_rarer_value_is_positive():
    values, assumption = negative_and_positive(pd.Series(["ham", "spam", "ham"]))
    assert values == ["ham", "spam"]
    assert "rarer value" in assumption
