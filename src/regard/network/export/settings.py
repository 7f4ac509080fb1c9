"""The file `settings.json` of an export: how rows become inputs, and outputs become labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from regard import __version__
from regard.data.features import build_features

if TYPE_CHECKING:
    from regard.runs.run import Run
    from regard.tasks import Task

ONNX_FILE = "model.onnx"


def output_name(task: Task) -> str:
    """Return the name of the main output of an ONNX file: `probabilities`, or `predictions`."""
    return "predictions" if task.has_units else "probabilities"


def export_settings(run: Run) -> dict[str, Any]:
    """Return all that a program needs to use the networks of a run, as JSON values.

    Keys:
        task, labels, outputs: the kind of task, its labels, and the name of each output.
        thresholds, decision: the thresholds of labels, and how they are used, in words.
        temperature: the number that divides the log odds of the networks' outputs, or null. The
            ONNX file has done so; the Keras files have not.
        cleaning, tokenizer: arguments of `regard.text.Tokenizer.from_dict`, which makes the
            tokenizer for `regard.text.encode`.
        max_tokens, truncate: the longest text in tokens, and the part of longer ones that is read.
        text_columns, texts: the columns, and whether they are read `separate`, `joined` by a line
            end, or as a `pair`; `symmetric` if the order of a pair means nothing.
        numbers: the columns of the input `numbers`, in order; an empty cell is NaN.
        categories: for each column of the input `categories` the values that are numbered from 1;
            any other value is 0.
        output: the name of the main output of an ONNX file.
    """
    competition = run.config.competition
    task = run.task
    thresholds = task.default_thresholds() if run.thresholds is None else run.thresholds
    return {
        "regard": __version__,
        "run": run.name,
        "competition": competition.name,
        "task": task.kind,
        "labels": list(task.label_names),
        "outputs": list(task.output_names),
        "output": output_name(task),
        # On the scale of the sentence: a class needs no other than multiples of its threshold.
        "thresholds": task.shown_thresholds(thresholds).tolist() if task.has_classes else None,
        "decision": task.threshold_note if task.has_classes else None,
        "temperature": run.temperature,
        "cleaning": list(run.config.text.cleaning),
        "tokenizer": run.tokenizer.to_dict(),
        "max_tokens": run.batches.max_tokens,
        "truncate": run.batches.truncate,
        "text_columns": list(competition.text_columns),
        "texts": competition.texts,
        "symmetric": competition.in_any_order,
        "numbers": _number_names(run),
        "categories": dict(
            zip(competition.categorical_columns, map(list, run.features.values), strict=True)
        ),
    }


def _number_names(run: Run) -> list[str]:
    """Return the names of the numbers that a network reads, in order."""
    nothing = pd.DataFrame({name: [""] for name in run.preprocessor.columns}, dtype="str")
    features = build_features(
        nothing,
        run.features,
        run.config.competition,
        run.config.features.text_statistics,
        file="an empty row",
    )
    return list(features.number_names)
