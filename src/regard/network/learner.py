"""The learner of networks: one fold is trained, or predicted with, in a worker process.

Keras is imported inside the methods, which only workers call: the stages that start them stay
light.
"""

from __future__ import annotations

import dataclasses
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from regard.artefacts import (
    new_folder,
    read_fold_state,
    versions,
    write_fold_state,
    write_json,
)
from regard.artefacts.seeds import derive_seed
from regard.config.values import section_values
from regard.data.features import means_and_stds
from regard.errors import ConfigError
from regard.metrics.registry import metric_identity
from regard.network.backend import keras_backend
from regard.network.callbacks import CALLBACKS
from regard.network.encoders import ENCODERS
from regard.network.fold_inputs import FoldInputs
from regard.network.fold_rows import all_rows, fold_data, with_pseudo_labels
from regard.network.pairs import check_pair_settings
from regard.network.pseudo_labels import check_teacher, log_n_pseudo_labels
from regard.parallel.process import hidden_stderr
from regard.runs.learner import Learner
from regard.tasks.class_weights import training_weights
from regard.text.sentences import sentence_end_ids

if TYPE_CHECKING:
    import keras

    from regard.config import Config, NetworkConfig
    from regard.data.inputs import Inputs
    from regard.network.fold_state import FoldData, FoldState
    from regard.network.layer_rates import LayerRates
    from regard.network.trainer import TrainingSettings
    from regard.runs.fitted_model import FittedModel
    from regard.runs.learner import Progress
    from regard.runs.run import Run
    from regard.runs.speed import Speed


class NetworkLearner(Learner):
    """Train a network for each fold on token ids and word vectors."""

    needs: ClassVar[tuple[str, ...]] = ("embed",)
    preload = "regard.network.fitted"
    sections: ClassVar[tuple[str, ...]] = ("curves", "coverage")

    def settings(self, config: Config) -> list[Any]:
        """Return the settings of the network, its training and scores, and the backend.

        Raises:
            ConfigError: there is no such Keras backend, or a setting needs a pair of texts.
        """
        check_pair_settings("model", config.model, config.competition)
        (training,) = section_values(config.training)
        # The model of all rows comes after those of the folds, and changes none of them.
        del training["refit"]
        sections = section_values(
            config.batches,
            config.prior,
            config.thresholds,
            config.pseudo_labels,  # names a run by its fingerprint, and so all that made it
        )
        backend = keras_backend()
        return [
            config.model.identity(),
            training,
            sections,
            metric_identity(config.competition),
            config.seed,
            [backend, *versions("keras", backend, f"{backend}-cpu")],
        ]

    def check(self, run: Run) -> None:
        """Refuse adversarial training on other backends, and pseudo-labels that do not fit.

        Raises:
            ConfigError: the message names the setting.
        """
        epsilon = run.config.training.adversarial_epsilon
        if epsilon and keras_backend() != "tensorflow":
            raise ConfigError(
                "training.adversarial_epsilon needs TensorFlow, but "
                f"KERAS_BACKEND={keras_backend()}; set it to 0"
            )
        if run.config.pseudo_labels.run:
            check_teacher(run)
            log_n_pseudo_labels(run)

    def train_fold(self, run: Run, fold: int, *, progress: Progress) -> None:
        """Train a fold into `<unfinished run>/fold_<k>/`: its model, history, held-out outputs.

        The state after every epoch is kept until the fold is done, so an interrupted fold continues
        from its last epoch and ends with the same weights.

        Args:
            run: the run that is being trained.
            fold: the number of the fold.
            progress: receives `{"epochs", "note"}`, then the events of `trainer.train_fold`.
        """
        from regard.network.trainer import train_fold, was_cut

        model, data, reads, settings = self._set_up(run, fold, progress)
        callbacks = run.config.training.callbacks
        folder = run.unfinished_folder / f"fold_{fold}"
        # Kept if training is interrupted, and continued from the stored state.
        unfinished = folder.with_name(f".{folder.name}.unfinished")
        with new_folder(folder, unfinished=unfinished) as new:
            stored = new / "state.npz"
            state = train_fold(
                model,
                data,
                settings,
                state=_stored_state(stored),
                callbacks=[CALLBACKS[name](new) for name in callbacks],
                on_epoch_end=lambda state: _store_state(stored, state),
                progress=progress,
            )
            self.write_network(new, model, reads, settings)
            is_cut = settings.limit is not None and was_cut(state, settings.training)
            _write_fold(new, model, state, batch_size=settings.batches.size, is_cut=is_cut)
            stored.unlink()
            progress({"finished": state.history[state.best_epoch - 1]})

    def measure_speed(self, run: Run, fold: int, seconds: float, *, progress: Progress) -> Speed:
        """Train a few batches of a fold and forget them, see `Learner.measure_speed`."""
        from regard.network.measuring import measure_speed

        started = time.monotonic()
        model, data, _, settings = self._set_up(run, fold, progress)
        built = time.monotonic() - started
        return measure_speed(model, data, settings, seconds=seconds, build_seconds=built)

    def refit(self, run: Run, folder: Path, *, progress: Progress) -> None:
        """Train on all rows, for as many epochs as the folds took on average."""
        from regard.network.trainer import train_on_all_rows

        seed = derive_seed(run.config.seed, "refit")
        _prepare_keras(run.config, seed)
        data = all_rows(run, self.inputs(run, "train"))
        reads = self.fold_inputs(run, data)
        model = self.build(run, reads, seed)
        config = _with_enough_steps(self.training_config(run), data, progress)
        settings = self._settings(run, config, reads, seed)
        stored = folder / "state.npz"
        state = train_on_all_rows(
            model,
            data,
            settings,
            n_epochs=_mean_epochs(run, self.training_config(run).training.epochs, config),
            state=_stored_state(stored),
            on_epoch_end=lambda state: _store_state(stored, state),
            progress=progress,
        )
        self.write_network(folder, model, reads, settings)
        write_json(folder / "history.json", {"epochs": state.history})
        stored.unlink()

    def load_model(self, run: Run, folder: Path) -> FittedModel:
        """Load a trained network, see `Learner.load_model`."""
        import_quietly()
        from regard.network.fitted import read_network

        return read_network(run, folder)

    # A network with another body than an encoder of word vectors overrides the following methods.

    def inputs(self, run: Run, part: str) -> Inputs:
        """Return the inputs of all rows of a part, "train" or "test"."""
        return run.train_inputs if part == "train" else run.test_inputs

    def training_config(self, run: Run) -> Config:
        """Return the settings by which the network is trained."""
        # The size of a batch may change, and the lengths may follow the texts.
        return dataclasses.replace(run.config, batches=run.batches)

    def layer_rates(self, run: Run) -> LayerRates | None:
        """Return the learning rates of layers; None: the same for all."""
        return None

    def fold_inputs(self, run: Run, data: FoldData) -> FoldInputs:
        """Describe what the network of a fold reads; see `described_inputs`."""
        encoder = ENCODERS[cast("NetworkConfig", run.config.model).encoder]
        ends = sentence_end_ids(run.vocabulary) if encoder.reads_sentence_ends else ()
        return dataclasses.replace(described_inputs(run, data), sentence_ends=ends)

    def build(self, run: Run, reads: FoldInputs, seed: int) -> keras.Model:
        """Build a network that is not yet trained."""
        from regard.network.classifier import build_model

        return build_model(
            cast("NetworkConfig", run.config.model),
            run.embedding_matrix,
            run.task,
            reads,
            max_tokens=run.batches.max_tokens,
            seed=seed,
        )

    def write_network(
        self, folder: Path, model: keras.Model, reads: FoldInputs, settings: TrainingSettings
    ) -> None:
        """Write a trained network into its folder, for `load_model`."""
        from regard.network.fitted import write_network

        write_network(folder, model, reads, settings)

    def _set_up(
        self, run: Run, fold: int, progress: Progress
    ) -> tuple[keras.Model, FoldData, FoldInputs, TrainingSettings]:
        """Build the network of a fold, and gather the rows and the settings that train it."""
        seed = derive_seed(run.config.seed, "fold", fold)
        _prepare_keras(run.config, seed)
        data = fold_data(run, self.inputs(run, "train"), fold)
        reads = self.fold_inputs(run, data)
        if run.config.pseudo_labels.run:
            data = with_pseudo_labels(data, self.inputs(run, "test"), run, fold)
        model = self.build(run, reads, seed)
        config = _with_enough_steps(self.training_config(run), data, progress)
        settings = self._settings(run, config, reads, seed)
        return model, data, reads, dataclasses.replace(settings, limit=run.limit)

    def _settings(self, run: Run, config: Config, reads: FoldInputs, seed: int) -> TrainingSettings:
        """Return the settings of a training; class weights are computed from all train rows."""
        from regard.network.trainer import TrainingSettings

        weights, shift = training_weights(
            run.labels, run.task, config.training.class_weights, config.prior
        )
        return TrainingSettings(
            run.task,
            config.competition.metric,
            config.batches,
            config.training,
            config.thresholds,
            seed,
            class_weights=weights,
            label_stds=np.asarray(reads.label_stds, np.float32),
            shift=shift,
            rates=self.layer_rates(run),
        )


def _prepare_keras(config: Config, seed: int) -> None:
    """Bring Keras into the same state for every fold, whatever this process has trained before."""
    import keras

    _quiet_tensorflow()
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy(config.training.precision)


def import_quietly() -> None:
    """Import Keras without the messages that TensorFlow prints on its import and first operation.

    Workers import it so; this is for a process that predicts by itself, such as a notebook.
    """
    if "keras" not in sys.modules:
        with hidden_stderr():
            import keras

            keras.ops.zeros(1)
    _quiet_tensorflow()


def _quiet_tensorflow() -> None:
    """Hide warnings: it takes networks of several folds for one that is traced again and again."""
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def _mean_epochs(run: Run, n_planned: int, config: Config) -> int:
    """Return the mean number of epochs of the folds' best models.

    `training.min_steps` gives folds of few rows more epochs than all rows get, so the share of
    their epochs counts.

    Args:
        run: a trained run.
        n_planned: the epochs of the settings.
        config: the settings for all rows.
    """
    n_epochs = [len(fold["epochs"]) for fold in run.histories]
    best = float(np.mean(run.scores["best_epochs"]))
    planned = max(n_planned, *n_epochs)
    return max(1, round(best * min(1.0, config.training.epochs / planned)))


def described_inputs(run: Run, data: FoldData) -> FoldInputs:
    """Describe what the network of a fold reads.

    Numbers, and labels that have a unit, are standardized by the rows that the fold trains on.
    """
    means, stds = means_and_stds(data.inputs.numbers[data.train_rows])
    labels = data.targets.labels[data.train_rows] if run.task.has_units else np.empty((1, 0))
    label_means, label_stds = means_and_stds(labels)
    return FoldInputs(
        n_texts=len(data.inputs.texts),
        paired=data.inputs.paired,
        number_means=means,
        number_stds=stds,
        n_values=run.features.n_values,
        label_means=label_means,
        label_stds=label_stds,
    )


def _with_enough_steps(config: Config, data: FoldData, progress: Progress) -> Config:
    """Return settings that give the rows of a fold enough steps, and report the change."""
    from regard.network.batching import n_rows_per_epoch
    from regard.network.step_count import with_enough_steps

    n_rows = n_rows_per_epoch(data.inputs, len(data.train_rows), config.batches)
    batches, training = with_enough_steps(config.batches, config.training, n_rows)
    note = ""
    if training is not config.training:
        note = (
            f"few rows: {training.epochs} epochs in batches of {batches.size} instead of "
            f"{config.training.epochs} of {config.batches.size}, by "
            f"training.min_steps={training.min_steps}; set it to 0 to keep them"
        )
    progress({"epochs": training.epochs, "note": note})
    return dataclasses.replace(config, batches=batches, training=training)


def _store_state(path: Path, state: FoldState) -> None:
    write_fold_state(
        path,
        state.history,
        state.best_epoch,
        weights=state.weights,
        best_weights=state.best_weights,
        recent_weights=state.recent_weights,
        outputs=[state.outputs],
    )


def _stored_state(path: Path) -> FoldState | None:
    from regard.network.fold_state import FoldState

    stored: dict[str, Any] = read_fold_state(path)
    if not stored:
        return None
    return FoldState(**{**stored, "outputs": stored["outputs"][0]})


def _write_fold(
    folder: Path, model: keras.Model, state: FoldState, *, batch_size: int, is_cut: bool
) -> None:
    """Write the files of a trained fold: see `Learner.train_fold`."""
    n_parameters = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    np.save(folder / "oof_outputs.npy", state.outputs)
    history = {
        "best_epoch": state.best_epoch,
        "batch_size": batch_size,
        "n_trainable_parameters": n_parameters,
        "epochs": state.history,
    }
    if is_cut:
        history["is_cut"] = True
    write_json(folder / "history.json", history)
