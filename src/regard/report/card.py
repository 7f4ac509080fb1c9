"""The model card of a run: a page in Markdown whose header Hugging Face reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from regard import __version__
from regard.artefacts import versions
from regard.errors import ArtefactError
from regard.report.formats import FILTERS, code
from regard.report.scripts import TEMPLATES

if TYPE_CHECKING:
    from regard.runs.run import Run

_PACKAGES = ("keras", "tensorflow", "tensorflow-cpu", "numpy", "scikit-learn", "pandas")
_TAGS = {"run": [], "onnx": ["onnx"], "keras": ["keras"]}


def render_card(run: Run, *, files: str = "run") -> str:
    """Return the model card of a finished run.

    Args:
        run: the run; of its folders only its own is needed, and the labels of train if they are
            still there.
        files: the files beside the card: "run" for the run's own, "onnx" or "keras" for an export.

    Returns:
        Markdown that begins with a header in YAML.
    """
    template = _template()
    scores = run.scores
    return template.render(
        header=_header(run, files),
        run=run,
        files=files,
        competition=run.config.competition,
        task=run.task,
        scores=scores,
        architecture=_architecture(run),
        model_names=[folder.name for folder in run.model_folders(run.config.predict.models)],
        std=float(np.std(scores["fold_scores"], ddof=1)) if len(scores["fold_scores"]) > 1 else 0.0,
        n_rows=_n_rows(run),
        labels=_label_rows(run),
        thresholds=_thresholds(run),
        overrides=run.manifest["overrides"],
        packages=[f"regard {__version__}", *versions(*_PACKAGES)],
    )


def _header(run: Run, files: str) -> str:
    """Return the header in YAML: facts that Hugging Face shows and searches."""
    import yaml

    scores = run.scores
    kind = "text-classification"
    metric = {
        "type": scores["metric"],
        "value": round(float(scores["oof_score"]), 6),
        "name": f"{scores['metric']}, out of fold",
    }
    competition = run.config.competition.name
    result = {
        "task": {"type": kind},
        "dataset": {"type": competition, "name": competition},
        "metrics": [metric],
    }
    header = {
        "library_name": "keras" if files == "keras" else "regard",
        "pipeline_tag": kind,
        "tags": ["regard", run.task.kind, *_TAGS[files]],
        "model-index": [{"name": run.name, "results": [result]}],
    }
    text: str = yaml.safe_dump(header, sort_keys=False, allow_unicode=True, width=1000)
    return text


def _architecture(run: Run) -> str:
    """Return the kind of model in words."""
    if run.members:
        return f"blend of {len(run.members)} runs"
    model = run.config.model
    kind = {"network": "neural network", "linear": "linear model of n-grams"}
    kind["frozen_encoder"] = "linear model of the states of a pretrained encoder"
    kind["finetuned_encoder"] = "fine-tuned pretrained encoder"
    return f"{kind.get(model.learner, model.learner)} {code(model.name)}"


def _n_rows(run: Run) -> int | None:
    """Return the number of train rows; None if neither the labels nor oof.csv are there."""
    try:
        return len(run.labels)
    except ArtefactError:
        pass
    path = run.folder / "oof.csv"
    if not path.exists():
        return None
    import pandas as pd

    return len(pd.read_csv(path, usecols=[1]))


def _label_rows(run: Run) -> list[tuple[str, str]] | None:
    """Return each label with its share of the train rows, or the mean of its numbers.

    Returns:
        None if the run was copied without its labels.
    """
    try:
        labels = run.labels
    except ArtefactError:
        return None
    task = run.task
    if not task.has_classes:
        numbers = task.label_numbers(labels)
        return [
            (name, f"mean {column.mean():.4g}, {column.min():.4g} to {column.max():.4g}")
            for name, column in zip(task.label_names, numbers.T, strict=True)
        ]
    counts = task.class_counts(labels)
    # A row of counts for the classes of one column; else the negative and positive rows of each.
    by_class = len(counts) == 1 and len(task.classes) == counts.shape[1]
    names = task.classes if by_class else task.label_names
    shares = (counts[0] if by_class else counts[:, -1]) / len(labels)
    return [(name, f"{share:.2%}") for name, share in zip(names, shares, strict=True)]


def _thresholds(run: Run) -> Mapping[str, float] | None:
    """Return the tuned thresholds by name; None if none were tuned."""
    if run.thresholds is None:
        return None
    shown = run.task.shown_thresholds(run.thresholds)
    return dict(zip(run.task.threshold_names, np.ravel(shown).tolist(), strict=True))


def _template() -> Any:
    import jinja2  # takes a tenth of a second, also of commands that write no card

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=False,  # Markdown; `code` makes values harmless
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS)
    return environment.get_template("card.md")
