"""The card of a run: which model is served, and which columns it reads."""

import math
import platform

from regard import __version__
from regard.config import ServeConfig
from regard.serving.bodies import Columns, Limits, ModelCard
from regard.serving.predictor import Servable
from regard.serving.rows import MAX_EXPLAINED_ROWS
from regard.tasks.forms import YesNo


def model_card(run: Servable, settings: ServeConfig, *, explains: bool) -> ModelCard:
    """Return the card of a run."""
    competition = run.config.competition
    # The key of joined files names a prompt, as a category names a kind.
    keys = [] if run.joined is None else [run.joined.key]
    scores = run.scores
    return ModelCard(
        name=run.name,
        competition=competition.name,
        task=run.task.kind,
        learner="blend" if "blend" in scores else run.config.model.learner,
        metric=scores["metric"],
        greater_is_better=scores["greater_is_better"],
        oof_score=_score(scores["oof_score"]),
        fold_scores=[_score(score) for score in scores["fold_scores"]],
        n_folds=len(scores["fold_scores"]),
        columns=Columns(
            texts=competition.text_columns,
            numbers=competition.numeric_columns,
            categories=list(dict.fromkeys([*competition.categorical_columns, *keys])),
        ),
        texts=competition.texts,
        label_columns=competition.label_columns,
        positive_value=run.task.values[1] if isinstance(run.task, YesNo) else None,
        outputs=list(run.task.probability_names),
        explains=explains,
        limits=Limits(
            rows=settings.max_rows,
            explained_rows=min(settings.max_rows, MAX_EXPLAINED_ROWS),
            characters=settings.max_characters,
            body_kb=settings.max_body_kb,
        ),
        versions={"regard": __version__, "python": platform.python_version()},
    )


def _score(score: float) -> float | None:
    """Return a score, or None for NaN, which JSON cannot hold."""
    return None if math.isnan(score) else float(score)
