"""Calls the run: rows of cells in, predictions out, in the thread that holds the models."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from regard.errors import RegardError
from regard.serving.bodies import Prediction, Word
from regard.serving.rows import Row

if TYPE_CHECKING:
    import pandas as pd

    from regard.config import Config
    from regard.data.joining import JoinedTable
    from regard.tasks import Task

# Rows, and words of their texts. TensorFlow traces a network again for the first shapes that it
# meets; after two that differ in each dimension, its graph fits them all.
_WARM_UP = ((1, 3), (1, 40), (2, 40), (3, 300))
# The methods of `Run.explain` that are tried. Gradients are more faithful than attention, but
# requests wait for one another.
_METHODS = ("attention", "leave_one_out")


class Servable(Protocol):
    """The parts of a run that serving uses."""

    @property
    def config(self) -> "Config":
        """All settings."""

    @property
    def name(self) -> str:
        """The name of the folder."""

    @property
    def task(self) -> "Task":
        """The task, with its classes."""

    @property
    def scores(self) -> dict[str, Any]:
        """The content of metrics.json."""

    @property
    def joined(self) -> "JoinedTable | None":
        """The rows of joined files."""

    def predict(self, rows: "pd.DataFrame", *, form: str) -> "pd.DataFrame":
        """Return labels, and probabilities or numbers, of each row."""

    def explain(self, row: Mapping[str, str], *, method: str) -> "pd.DataFrame":
        """Return the words of a row with their weights."""


class Predictor:
    """Predicts and explains rows by a run.

    Making one loads the models and predicts rows of several sizes, which takes seconds, so that
    later calls take milliseconds. All calls must come from one thread.

    Args:
        run: a finished run.

    Attributes:
        explains: whether the run can explain its predictions.
    """

    def __init__(self, run: Servable) -> None:
        self.run = run
        competition = run.config.competition
        self._label_columns = competition.label_columns
        self._columns = competition.input_columns
        for n_rows, n_words in _WARM_UP:
            self([Row(self._cells(n_words))] * n_rows)
        self._method = next(filter(self._can_explain, _METHODS), "")
        self.explains = bool(self._method)

    def __call__(self, rows: Sequence[Row]) -> list[Prediction]:
        """Return the prediction of each row, with its words where the row asks for them."""
        import pandas as pd

        frame = pd.DataFrame([row.cells for row in rows], columns=self._columns, dtype="str")
        predictions = self._read(self.run.predict(frame, form="all"))
        for row, prediction in zip(rows, predictions, strict=True):
            if row.explain:
                prediction.words = self._words(row.cells, self._method)
        return predictions

    def _read(self, predicted: "pd.DataFrame") -> list[Prediction]:
        """Turn the columns of `Run.predict` into a prediction for each row."""
        task = self.run.task
        decided = self._label_columns if task.has_classes else []
        probable = [(name, f"probability_{name}") for name in task.probability_names]
        counted = self._label_columns if task.has_units else []
        if not task.has_classes:
            # Numbers without a unit are probabilities, under the names of their columns.
            probable = [] if task.has_units else [(name, name) for name in self._label_columns]
        return [
            Prediction(
                labels={name: str(row[name]) for name in decided},
                probabilities={name: float(row[column]) for name, column in probable},
                numbers={name: float(row[name]) for name in counted},
            )
            for row in predicted.to_dict("records")
        ]

    def _words(self, cells: Mapping[str, str], method: str) -> list[Word]:
        words = self.run.explain(cells, method=method)
        return [
            Word(column=str(column), word=str(word), weight=float(weight))
            for column, word, weight in zip(
                words["column"], words["word"], words["weight"], strict=True
            )
        ]

    def _can_explain(self, method: str) -> bool:
        """Explain texts of several lengths, and return whether the method suits the run."""
        try:
            for _, n_words in _WARM_UP:
                self._words(self._cells(n_words), method)
        except RegardError:
            return False
        return True

    def _cells(self, n_words: int) -> dict[str, str]:
        """Return a row whose texts have so many words, and whose other cells are empty."""
        texts = dict.fromkeys(self.run.config.competition.text_columns, "word " * n_words)
        return {**dict.fromkeys(self._columns, ""), **texts}
