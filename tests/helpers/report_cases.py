"""A tiny report for each kind of task."""

import dataclasses
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import numpy as np

from regard.data.drift import Drift
from regard.report import (
    Browser,
    BrowserRow,
    HeldOutRows,
    PairOfRows,
    ReportData,
    SimilarTexts,
    choose_sections,
    render_report,
)
from regard.runs.explained import WeighedWords
from regard.tasks import TASKS, Targets, Task
from regard.text import RaggedTokens

CASES: dict[str, tuple[Task, np.ndarray, np.ndarray]] = {  # task, labels, outputs
    "multi_class": (
        TASKS["multi_class"](("sea", "wood", "town")),
        np.array([0, 1, 2, 1], np.int32),
        np.array(
            [[0.9, 0.05, 0.05], [0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.2, 0.6, 0.2]], np.float32
        ),
    ),
    "binary": (
        TASKS["binary"](("target",), ("No", "Yes")),
        np.array([[0], [1], [1], [0]], np.float32),
        np.array([[0.1], [0.2], [0.9], [0.6]], np.float32),
    ),
    "multi_label": (
        TASKS["multi_label"](("toxic", "threat")),
        np.array([[1, 0], [0, 0], [1, 0], [0, 0]], np.float32),
        np.array([[0.9, 0.1], [0.2, 0.1], [0.3, 0.1], [0.7, 0.6]], np.float32),
    ),
    "ordinal": (
        TASKS["ordinal"](("poor", "fair", "good")),
        np.array([0, 1, 2, 1], np.int32),
        np.array([[0.1, 0.0], [0.9, 0.2], [0.3, 0.1], [0.8, 0.1]], np.float32),
    ),
    "regression": (
        TASKS["regression"](("ease", "interest"), ((-3.0, 3.0), (-3.0, 3.0))),
        np.array([[-1.5, 0.0], [0.5, 0.2], [1.0, 1.5], [0.0, 0.1]], np.float32),
        np.array([[-1.0, 0.0], [0.5, 0.0], [0.0, 0.0], [0.0, 0.1]], np.float32),
    ),
    "soft_labels": (
        TASKS["soft_labels"](("target",)),
        np.array([[0.0], [0.25], [1.0], [0.5]], np.float32),
        np.array([[0.1], [0.5], [0.2], [0.5]], np.float32),
    ),
}
HISTORY = {
    "best_epoch": 2,
    "epochs": [
        {"epoch": 1, "loss": 0.9, "valid_loss": 0.8, "score": 0.5, "seconds": 40.0},
        {"epoch": 2, "loss": 0.5, "valid_loss": 0.7, "score": 0.75, "seconds": 41.0},
    ],
}
SCORES = {
    "metric": "accuracy",
    "greater_is_better": True,
    "oof_score": 0.71627,
    "folds": [0, 1],
    "fold_scores": [0.5, 0.75],
    "n_trainable_parameters": 56789,
    "seconds_of_all_folds": 162.0,
    "thresholds": None,
}
BLEND = {
    "method": "nnls",
    "methods": {"mean": 0.7, "nnls": 0.71627},
    "members": {
        "lstm-01": {"seed": 1, "score": 0.7, "weight": 0.25},
        "cnn-02": {"seed": 2, "score": 0.6, "weight": 0.75},
    },
}
NETWORK_SECTIONS = ("curves", "explanations", "coverage")


def browser_row(
    text: str = "a big wave",
    weights: Any = (0.0, 0.2, 0.8),
    *,
    method: str = "attention",
    kind: str = "multi_class",
    row: int | None = 0,
    **changes: Any,
) -> BrowserRow:
    """Return a row to browse.

    Args:
        text: its text, whose words are parted by spaces.
        weights: of its words, or `(models, heads, words)`.
        method: the method that weighed them.
        kind: the kind of task.
        row: a train row of `CASES`; None for a test row, which has the output of the first.
        changes: fields of `BrowserRow`.
    """
    _, labels, outputs = CASES[kind]
    pieces = tuple(piece for piece in re.findall(r"\s*\S+", text))
    words = WeighedWords((("text", pieces),), np.atleast_3d(np.asarray(weights, np.float32)))
    if np.ndim(weights) == 1:
        words = dataclasses.replace(words, weights=words.weights.reshape(1, 1, -1))
    values = {
        "id": "t9" if row is None else f"r{row}",
        "part": "test" if row is None else "train",
        "models": tuple(f"fold_{number}" for number in range(len(words.weights))),
        "methods": {method: words},
        "output": outputs[row or 0],
        "label": None if row is None else labels[row],
    }
    return BrowserRow(**values | changes)


def report_data(kind: str = "multi_class", **changes: Any) -> ReportData:
    """Return the data of a run of networks.

    Args:
        kind: The kind of task.
        changes: Fields of `ReportData`, of its `held_out` rows, or keys of its `scores`.
    """
    task, labels, outputs = CASES[kind]
    held_out = {
        "ids": ["r0", "r1", "r2", "r3"],
        "texts": ["a ship", "a tree", "a tram", ""],
        "targets": Targets(labels),
        "outputs": outputs,
        "texts_by_column": {},
        "folds": np.array([0, 0, 1, 1]),
        "tokens": [RaggedTokens(np.array([2, 3, 2, 1, 2, 1, 1]), np.array([0, 2, 4, 6, 7]))],
        "columns": {"country": np.array(["de", "fr", "de", "fr"], dtype=object)},
        "groups": None,
    }
    held_out |= {name: changes.pop(name) for name in held_out if name in changes}
    usual = {} if task.has_classes else {"metric": "rmse"}
    names = [name for name in [*SCORES, "blend", "training", "calibration"] if name in changes]
    scores = SCORES | usual | {name: changes.pop(name) for name in names}
    tuned = scores["thresholds"] is not None
    data = ReportData(
        competition="tiny",
        run="attention-0123",
        finished="2025-03-02T10:41:07+00:00",
        overrides=["model.rnn.units=8"],
        sections=choose_sections(
            task, [*NETWORK_SECTIONS, "similar_texts", "drift"], thresholds_tuned=tuned
        ),
        task=task,
        scores=scores,
        histories=[HISTORY, {**HISTORY, "best_epoch": 1}],
        held_out=HeldOutRows(**held_out),
        n_train=4,
        n_test=2,
        vocabulary_size=1234,
        coverage=[
            {
                "source": "word2vec",
                "embedding_dim": 16,
                "types": 0.914,
                "tokens": 0.987,
                "found_by": {"as written": 1200, "lower case": 31},
                "missing": [["ahoy", 12]],
            }
        ],
        browser=Browser([browser_row(kind=kind), browser_row(kind=kind, row=None)]),
        n_worst_rows=2,
        vocabulary=["<pad>", "<unk>", "a", "ship"],
        pairs=SimilarTexts(
            4, 2, 1, [PairOfRows(("r0", "r1"), ("sea", "wood"), ("a ship", "ship"))]
        ),
        wrong_labels_file="likely_wrong_labels.csv",
        drift=Drift(0.634, ("old",), ("new", "newer")),
    )
    return dataclasses.replace(data, **changes)


def render_section(name: str, kind: str = "multi_class", **changes: Any) -> str:
    """Return a page of one section."""
    return render_report(report_data(kind, sections=[name], **changes))


class Page(HTMLParser):
    """Count the tags of a page, keep its visible text, and fail on tags that do not nest."""

    VOID = ("meta", "br", "input")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags[tag] += 1
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.text += data

    def elements(self, tag: str, attribute: str) -> list[dict[str, str | None]]:
        """Return the attributes of the elements that have one of them."""
        return [
            attributes
            for found, attributes in self.attributes
            if found == tag and attribute in attributes
        ]
