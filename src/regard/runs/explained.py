"""The words of some rows with their weights, as the stage "explain" keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from regard.artefacts import read_array, read_json, write_json

_ROWS = "rows.json"
_WEIGHTS = "weights.npy"

ColumnPieces = tuple[str, tuple[str, ...]]  # a text column, and its words with the spaces before


@dataclass(frozen=True, eq=False)
class WeighedWords:
    """The weights of the words of a row by one method.

    Attributes:
        texts: for each text column its words, each with the spaces before it; joined they are the
            text.
        weights: `(models, heads, words)` float32, the words of all texts in order. Methods without
            heads have one.
    """

    texts: tuple[ColumnPieces, ...]
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class ExplainedRow:
    """A row with the weights of its words.

    Attributes:
        part: "train" or "test".
        row: its index among the rows of this part.
        models: the models that weighed its words: of a train row the model of the fold that holds
            it out, of a test row all that predict it.
        methods: its words and weights by method; costly methods weigh only some rows.
    """

    part: str
    row: int
    models: tuple[str, ...]
    methods: Mapping[str, WeighedWords]


@dataclass(frozen=True, eq=False)
class Explained:
    """All that the stage "explain" has made.

    Attributes:
        rows: the rows.
        faithfulness: how much the prediction depends on the words of the largest weights, see
            `runs.weighing.mean_faithfulness`; empty if nothing was measured.
    """

    rows: Sequence[ExplainedRow] = ()
    faithfulness: Mapping[str, Any] = field(default_factory=dict)

    @property
    def methods(self) -> list[str]:
        """The methods that weigh at least one row, in the order of their first row."""
        return list(dict.fromkeys(name for row in self.rows for name in row.methods))


def write_explained(folder: Path, explained: Explained) -> None:
    """Write rows and weights into a folder."""
    flat: list[np.ndarray] = []
    rows = []
    for row in explained.rows:
        texts: list[tuple[ColumnPieces, ...]] = []
        methods = {}
        for name, words in row.methods.items():
            # Most methods read the same words, which are then written once.
            if words.texts not in texts:
                texts.append(words.texts)
            methods[name] = {"texts": texts.index(words.texts), "shape": words.weights.shape}
            flat.append(np.asarray(words.weights, np.float32).reshape(-1))
        rows.append(
            {
                "part": row.part,
                "row": row.row,
                "models": row.models,
                "texts": texts,
                "methods": methods,
            }
        )
    write_json(folder / _ROWS, {"rows": rows, "faithfulness": explained.faithfulness})
    np.save(folder / _WEIGHTS, np.concatenate([np.empty(0, np.float32), *flat]))


def read_explained(folder: Path) -> Explained:
    """Read what `write_explained` has written.

    Raises:
        ArtefactError: a file is missing or damaged.
    """
    stored = read_json(folder / _ROWS)
    flat = read_array(folder / _WEIGHTS)
    start = 0
    rows = []
    for values in stored["rows"]:
        texts = [
            tuple((column, tuple(pieces)) for column, pieces in words) for words in values["texts"]
        ]
        methods = {}
        for name, found in values["methods"].items():
            end = start + int(np.prod(found["shape"]))
            weights = np.asarray(flat[start:end]).reshape(found["shape"])
            methods[name] = WeighedWords(texts[found["texts"]], weights)
            start = end
        rows.append(ExplainedRow(values["part"], values["row"], tuple(values["models"]), methods))
    return Explained(rows, stored["faithfulness"])
