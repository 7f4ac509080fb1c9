"""The learner of fine-tuned encoders: the trainer of networks, with another body and its rates."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from regard.errors import ConfigError
from regard.network.backend import keras_backend
from regard.network.layer_rates import LayerRates
from regard.network.learner import NetworkLearner, described_inputs, import_quietly
from regard.network.transformer.folder import encoder_files
from regard.network.transformer.pieces import (
    piece_inputs,
    run_batches,
    run_tokenizer,
    train_inputs,
)

if TYPE_CHECKING:
    import keras

    from regard.config import Config, FinetunedEncoderConfig
    from regard.data.inputs import Inputs
    from regard.network.fold_inputs import FoldInputs
    from regard.network.fold_state import FoldData
    from regard.network.trainer import TrainingSettings
    from regard.runs.fitted_model import FittedModel
    from regard.runs.run import Run

# The settings of training that `model.fine_tuning` has in their place.
_REPLACED = ("epochs", "min_steps", "learning_rate", "warmup", "weight_decay")


class EncoderLearner(NetworkLearner):
    """Fine-tune a pretrained encoder for each fold."""

    needs = ("pieces",)
    preload = "regard.network.transformer.fitted"
    sections = ("curves",)

    def settings(self, config: Config) -> list[Any]:
        """Return the settings of the network and its training, without those that are replaced."""
        model, training, sections, *others = super().settings(config)
        for key in _REPLACED:
            del training[key]
        batches, *rest = sections
        del batches["size"]
        return [model, training, [batches, *rest], *others]

    def check(self, run: Run) -> None:
        """Refuse settings that a fine-tuned encoder does not read.

        Raises:
            ConfigError: the message names the setting.
        """
        super().check(run)
        check_overrides(run.config)
        if run.config.batches.word_dropout:
            raise ConfigError(
                "batches.word_dropout is for networks of word vectors; set it to 0, and see "
                "model.fine_tuning.dropout"
            )
        optimizer = run.config.training.optimizer
        if keras_backend() == "torch" and optimizer != "lazy_adam":
            raise ConfigError(
                f"training.optimizer={optimizer} has one rate for all layers under "
                "KERAS_BACKEND=torch; set it to lazy_adam"
            )

    def load_model(self, run: Run, folder: Path) -> FittedModel:
        """Load a trained network, see `Learner.load_model`."""
        import_quietly()
        from regard.network.transformer.fitted import read_encoder

        return read_encoder(run, folder)

    def inputs(self, run: Run, part: str) -> Inputs:
        """Return the pieces, numbers and categories of all rows of a part."""
        return train_inputs(run) if part == "train" else piece_inputs(run, run.test_rows)

    def training_config(self, run: Run) -> Config:
        """Return the settings by which the network is trained: those of `model.fine_tuning`."""
        own = _model(run).fine_tuning
        training = dataclasses.replace(
            run.config.training,
            epochs=own.epochs,
            min_steps=0,
            learning_rate=own.head_learning_rate,
            warmup=own.warmup,
            weight_decay=own.weight_decay,
        )
        batches = dataclasses.replace(run_batches(run), size=own.batch_size)
        return dataclasses.replace(run.config, training=training, batches=batches)

    def layer_rates(self, run: Run) -> LayerRates | None:
        """Return the learning rates of layers, as shares of that of the head."""
        own = _model(run).fine_tuning
        return LayerRates(
            own.learning_rate / own.head_learning_rate,
            own.layer_decay,
            run_tokenizer(run).shape.n_layers,
        )

    def fold_inputs(self, run: Run, data: FoldData) -> FoldInputs:
        """Describe what the network of a fold reads besides its pieces."""
        return described_inputs(run, data)

    def build(self, run: Run, reads: FoldInputs, seed: int) -> keras.Model:
        """Build a network with the pretrained weights of the encoder's folder."""
        from regard.network.transformer.model import assign_pretrained, check_weights
        from regard.network.transformer.network import build_encoder_network

        folder = encoder_files(_model(run).encoder_folder)[0].parent
        check_weights(folder)  # before memory is taken
        network = build_encoder_network(
            _model(run),
            run_tokenizer(run).shape,
            run.task,
            reads,
            max_tokens=run_batches(run).max_tokens,
            seed=seed,
        )
        assign_pretrained(network.get_layer("transformer"), folder)
        return network

    def write_network(
        self, folder: Path, model: keras.Model, reads: FoldInputs, settings: TrainingSettings
    ) -> None:
        """Write a trained network into its folder, for `load_model`."""
        from regard.network.fitted import write_parts

        write_parts(folder, model, reads, settings)


def check_overrides(config: Config) -> None:
    """Refuse settings of the command line that `model.fine_tuning` replaces.

    Those of an experiment's page are meant for its networks of word vectors, as are those of a
    command for a blend.
    """
    if config.overrides and config.overrides[-1].startswith("(its member"):
        return
    own = {field.name for field in dataclasses.fields(_model_of(config).fine_tuning)}
    for override in config.overrides:
        key = override.lstrip("+").partition("=")[0]
        name = "batch_size" if key == "batches.size" else key.removeprefix("training.")
        is_replaced = key == "batches.size" or (key != name and name in _REPLACED)
        if is_replaced:
            instead = f"set model.fine_tuning.{name}" if name in own else "leave it out"
            raise ConfigError(
                f"{key} is not read by model.learner={config.model.learner}; {instead}"
            )


def _model_of(config: Config) -> FinetunedEncoderConfig:
    return cast("FinetunedEncoderConfig", config.model)


def _model(run: Run) -> FinetunedEncoderConfig:
    return _model_of(run.config)
