import pandas as pd
from helpers.cases import competition
from helpers.tables import frame

from regard.competitions.check.labels import describe_labels, find_conflicts


def describe(labels, **settings):
    return describe_labels(frame(label=list(labels)), competition(**settings))


def test_conflicts():
    found = find_conflicts(pd.Series([0, 1, 0, 1]), frame(label=list("abac")))
    assert found.tolist() == [False, True, False, True]


def test_numbers():
    assert describe(["1", "2.5", "4"], task="regression") == {
        "label": "lowest 1, 5% 1.15, 25% 1.75, median 2.5, 75% 3.25, 95% 3.85, highest 4"
    }


def test_multi_label():
    assert describe(["0.0", "1.0", "1.0"], task="multi_label") == {"label": "2 rows, 66.67%"}
    spam = describe(["ham", "spam", "ham"], task="multi_label", label_values=["ham", "spam"])
    assert spam == {"label": "1 rows, 33.33%"}


def test_many_classes():
    figures = describe([f"c{row}" for row in range(30)])
    assert len(figures) == 21
    assert figures["(10 more)"] == "10 rows"
