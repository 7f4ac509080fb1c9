import numpy as np
import pytest

from regard.network.pairs import COMBINATIONS, combine

FIRST = np.array([[1.0, -2.0]])
SECOND = np.array([[3.0, 0.5]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("concatenation", [[[1.0, -2.0]], [[3.0, 0.5]]]),
        ("absolute_difference", [[[2.0, 2.5]]]),
        ("product", [[[3.0, -1.0]]]),
    ],
)
def test_encodings_are_combined(name, expected):
    from keras import ops

    parts = combine(FIRST, SECOND, [name])
    assert [ops.convert_to_numpy(part).tolist() for part in parts] == expected


def test_combinations_come_in_the_order_given(monkeypatch):
    monkeypatch.setitem(COMBINATIONS, "sum", lambda first, second: [first + second])
    parts = combine(FIRST, SECOND, ["sum", "concatenation"])
    assert [part.tolist() for part in parts] == [[[4.0, -1.5]], [[1.0, -2.0]], [[3.0, 0.5]]]
