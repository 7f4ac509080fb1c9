"""Sections on the texts themselves: similar train rows, and how train and test differ."""

from typing import Any

from regard.report.content import ReportData
from regard.report.formats import excerpt

_DIFFERENT = 0.55  # area below the curve; the words of a smaller one are chance


def similar_texts(data: ReportData) -> dict[str, Any]:
    """Return how many train rows have similar texts, and pairs with different labels."""
    pairs = data.pairs
    if pairs is None:
        raise ValueError("the section similar_texts needs ReportData.pairs")
    examples = [
        [
            {"id": id_, "label": label, "text": excerpt(text)}
            for id_, label, text in zip(pair.ids, pair.labels, pair.texts, strict=True)
        ]
        for pair in pairs.examples
    ]
    return {"pairs": pairs, "examples": examples}


def drift(data: ReportData) -> dict[str, Any]:
    """Return how well a model tells test rows from train rows, and by which words."""
    found = data.drift
    if found is None:
        raise ValueError("the section drift needs ReportData.drift")
    return {
        "auc": found.auc,
        "differs": found.auc >= _DIFFERENT,
        "sides": [("train", found.train_words), ("test", found.test_words)],
    }
