"""A fine-tuned encoder in memory, and how it is read from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import keras
import numpy as np

from regard.network.fitted import not_a_network, read_description
from regard.network.precision import precision
from regard.network.saving import read_weights
from regard.network.trainer import TrainingSettings, predict_outputs
from regard.network.transformer.network import build_encoder_network
from regard.network.transformer.pieces import piece_inputs, run_batches, run_tokenizer
from regard.runs.fitted_model import FittedModel

if TYPE_CHECKING:
    from regard.config import FinetunedEncoderConfig
    from regard.data.rows import Rows
    from regard.runs.run import Run


class FittedEncoder(FittedModel):
    """A fine-tuned encoder.

    Args:
        network: from `build_encoder_network`, with its trained weights.
        run: gives the tokenizer of the encoder, and the preprocessor of other columns.
        settings: batches, and how outputs are finished.
    """

    def __init__(self, network: keras.Model, run: Run, settings: TrainingSettings) -> None:
        self.network = network
        self._run = run
        self.settings = settings

    def predict(self, rows: Rows) -> np.ndarray:
        """Return the final outputs of rows, see `FittedModel.predict`."""
        inputs = piece_inputs(self._run, rows)
        return predict_outputs(self.network, inputs, np.arange(len(rows)), self.settings)


def read_encoder(run: Run, folder: Path) -> FittedEncoder:
    """Build the network of a run again, with the weights of a folder.

    Raises:
        ArtefactError: a file is missing, broken or that of another network.
    """
    description = read_description(folder)
    batches = run_batches(run)
    try:
        with precision(run.config.training.precision):
            network = build_encoder_network(
                cast("FinetunedEncoderConfig", run.config.model),
                run_tokenizer(run).shape,
                run.task,
                description.reads,
                max_tokens=batches.max_tokens,
                seed=run.config.seed,
            )
    except (TypeError, ValueError) as error:
        raise not_a_network(description.path, error) from error
    read_weights(network, folder / "weights.npz")
    return FittedEncoder(network, run, description.settings(run, batches))
