"""What a process of its own does: train one fold, or predict with the models of some.

Only these processes import Keras; the stages that start them stay light.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from regard.artefacts import (
    Plan,
    new_folder,
    read_array,
    read_fold_state,
    read_tokens,
    write_fold_state,
    write_json,
)
from regard.batches import pad, predict
from regard.compute import Event
from regard.config import Config
from regard.model import attention_weights, build_model, load_model
from regard.seeds import derive_seed
from regard.task import Task
from regard.training import FoldData, FoldState, Recipe, train_fold

Progress = Callable[[Event], None]


def train_one_fold(config: Config, plan: Plan, task: Task, fold: int, *, progress: Progress) -> None:
    """Train a fold into `<run>/fold_<k>/`: its model, history and out-of-fold probabilities.

    The state after every epoch is kept beside it until the fold is done, and an interrupted fold goes on from it.
    """
    folder = plan.unfinished_run / f"fold_{fold}"
    seed = derive_seed(config.seed, "fold", fold)
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy(config.training.precision)
    embedding_matrix = read_array(plan.embed / "embedding_matrix.npy")
    model = build_model(config.model, embedding_matrix, task, max_tokens=config.batches.max_tokens, seed=seed)
    recipe = Recipe(task, config.competition.metric, config.batches, config.training, seed)
    with new_folder(folder, unfinished=folder.with_name(f".{folder.name}.unfinished")) as place:
        saved = place / "state.npz"
        state = train_fold(
            model,
            _fold_data(plan, fold),
            recipe,
            state=_stored_state(saved),
            on_epoch_end=lambda state: _store_state(saved, state),
            progress=progress,
        )
        model.save(place / "model.keras")
        np.save(place / "oof_probabilities.npy", state.probabilities)
        summary = {"best_epoch": state.best_epoch, "n_trainable_parameters": _n_trainable_parameters(model)}
        write_json(place / "history.json", {**summary, "epochs": state.history})
        saved.unlink()
        progress({"finished": state.history[state.best_epoch - 1]})


def predict_folds(
    config: Config, plan: Plan, folds: Sequence[int], attention_rows: np.ndarray, *, progress: Progress
) -> list[tuple[np.ndarray, np.ndarray | None]]:
    """Return, for each fold's model, the test probabilities and the attention weights of some test texts.

    Args:
        config: all settings.
        plan: where the models and texts are.
        folds: which models.
        attention_rows: the test texts whose weights are wanted.
        progress: not used; a model predicts in seconds.

    Returns:
        For each fold `(rows, outputs)` and `(attention_rows, timesteps)`, None for a model without attention.
    """
    tokens = read_tokens(plan.prepare, "test")
    results = []
    for fold in folds:
        model = load_model(plan.run / f"fold_{fold}" / "model.keras")
        probabilities = predict(model, tokens, np.arange(len(tokens)), config.batches)
        longest = int(min(tokens.lengths[attention_rows].max(initial=1), config.batches.max_tokens))
        weights = attention_weights(model, pad(tokens, attention_rows, longest))
        results.append((probabilities, weights))
    return results


def _fold_data(plan: Plan, fold: int) -> FoldData:
    folds = read_array(plan.folds / "folds.npy")
    return FoldData(
        tokens=read_tokens(plan.prepare, "train"),
        labels=read_array(plan.prepare / "labels.npy"),
        train_rows=np.flatnonzero(folds != fold),
        valid_rows=np.flatnonzero(folds == fold),
    )


def _store_state(path: Path, state: FoldState) -> None:
    write_fold_state(
        path,
        state.history,
        state.best_epoch,
        weights=state.weights,
        best_weights=state.best_weights,
        probabilities=[state.probabilities],
    )


def _stored_state(path: Path) -> FoldState | None:
    stored: dict[str, Any] = read_fold_state(path)
    if not stored:
        return None
    return FoldState(**{**stored, "probabilities": stored["probabilities"][0]})


def _n_trainable_parameters(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
