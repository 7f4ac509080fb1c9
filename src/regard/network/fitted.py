"""A trained network in memory, and the two files that it is kept in."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import keras
import numpy as np

from regard.artefacts import read_json, write_json
from regard.errors import ArtefactError, one_line
from regard.network.attention_weights import AttentionModel, attention_weights
from regard.network.batching import batch_inputs, read_indices
from regard.network.classifier import build_model
from regard.network.fold_inputs import FoldInputs
from regard.network.gradients import WordGradients, outputs_along, products_along
from regard.network.precision import precision
from regard.network.saving import read_weights, write_weights
from regard.network.trainer import TrainingSettings, finished, predict_outputs
from regard.runs.fitted_model import FittedModel, TokenWeights
from regard.tasks.class_weights import shift_slopes

if TYPE_CHECKING:
    from regard.config import BatchesConfig, NetworkConfig
    from regard.data.rows import Rows
    from regard.runs.run import Run


class FittedNetwork(FittedModel):
    """A trained network.

    Args:
        network: from `build_model`, with its trained weights.
        run: gives the preprocessor.
        settings: batches, and how outputs are finished.
    """

    def __init__(self, network: keras.Model, run: Run, settings: TrainingSettings) -> None:
        self.network = network
        self._preprocessor = run.preprocessor
        self._run = run
        self.settings = settings

    @functools.cached_property
    def _attention(self) -> AttentionModel:
        return AttentionModel(self.network)

    @functools.cached_property
    def _gradients(self) -> WordGradients:
        return WordGradients(self.network)

    def predict(self, rows: Rows) -> np.ndarray:
        """Return the final outputs of rows, see `FittedModel.predict`."""
        inputs = rows.inputs(self._preprocessor)
        return predict_outputs(self.network, inputs, np.arange(len(rows)), self.settings)

    def attention(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the mean attention weights of all heads, see `FittedModel.attention`."""
        found = self.attention_by_head(rows)
        return None if found is None else [weights.mean(axis=1) for weights in found]

    def attention_by_head(self, rows: Rows) -> list[np.ndarray] | None:
        """Return the attention weights of each head, see `FittedModel.attention_by_head`."""
        inputs = rows.inputs(self._preprocessor)
        every = np.arange(len(rows))
        batches = self.settings.batches
        # initial=1: also without any row, there is a length of at least one.
        longest = inputs.lengths(every, batches.max_tokens).max(axis=0, initial=1)
        named = batch_inputs(inputs, every, longest, truncate=batches.truncate)
        found = attention_weights(self._attention, named)
        if found is None or batches.truncate == "head":
            return found
        return [
            at_tokens(weights, text.lengths, batches.truncate)
            for weights, text in zip(found, inputs.texts, strict=True)
        ]

    def outputs_along(self, rows: Rows, scales: np.ndarray) -> np.ndarray:
        """Return the outputs of rows with scaled word vectors, see `FittedModel.outputs_along`."""
        raw = self._raw_outputs_along(rows, scales)
        return finished(raw.reshape(-1, raw.shape[2]), self.settings).reshape(raw.shape)

    def _raw_outputs_along(self, rows: Rows, scales: np.ndarray) -> np.ndarray:
        """Return the outputs of the network itself, `(scales, rows, n_outputs)` float32."""
        inputs = rows.inputs(self._preprocessor)
        return outputs_along(self._gradients, inputs, self.settings.batches, scales)

    def word_gradients(self, rows: Rows, scales: np.ndarray, slopes: np.ndarray) -> TokenWeights:
        """Return the products of word vectors and gradients, see `FittedModel.word_gradients`."""
        inputs = rows.inputs(self._preprocessor)
        batches = self.settings.batches
        if self.settings.shift is not None:
            raw = self._raw_outputs_along(rows, scales)
            slopes = slopes * shift_slopes(raw, self.settings.shift)
        texts: list[list[np.ndarray]] = [[np.zeros(0)] * len(rows) for _ in inputs.texts]
        for some, found in products_along(self._gradients, inputs, batches, scales, slopes):
            for text, tokens, products in zip(texts, inputs.texts, found, strict=True):
                # One head, as of attention.
                heads = products[:, None]
                placed = at_tokens(heads, tokens.lengths[some], batches.truncate)[:, 0]
                for row, weights in zip(some, placed, strict=True):
                    text[row] = text[row] + weights if len(text[row]) else weights
        return TokenWeights(self._run.tokenizer, texts)


def at_tokens(weights: np.ndarray, lengths: np.ndarray, truncate: str) -> np.ndarray:
    """Return the weights of all tokens of texts; those that were not read have none.

    Args:
        weights: `(rows, heads, timesteps)` float32, of the tokens that were read.
        lengths: `(rows,)` the number of tokens of each text.
        truncate: the part of longer texts that was read, see `read_indices`.

    Returns:
        `(rows, heads, tokens of the longest text)` float32.

    Example:
        weights [[[0.4, 0.6]]], lengths [3], both -> [[[0.4, 0, 0.6]]]
    """
    n_read = weights.shape[-1]
    indices = read_indices(lengths, n_read, truncate)
    # Padding comes after the end of a text that is shorter than what is read.
    n_tokens = max(int(lengths.max(initial=0)), n_read)
    placed = np.zeros((*weights.shape[:2], n_tokens), np.float32)
    np.put_along_axis(placed, indices[:, None], weights, axis=2)
    return placed


def write_network(
    folder: Path, network: keras.Model, reads: FoldInputs, settings: TrainingSettings
) -> None:
    """Write a trained network: its weights, and the scales of its inputs and outputs."""
    embedding = network.get_layer("embedding")
    shape = [embedding.input_dim, embedding.output_dim]
    write_parts(folder, network, reads, settings, embedding_shape=shape)


def write_parts(
    folder: Path,
    network: keras.Model,
    reads: FoldInputs,
    settings: TrainingSettings,
    **own: Any,
) -> None:
    """Write the weights of a network, and its description with values of its own."""
    write_weights(network, folder / "weights.npz")
    values = {**own, "reads": dataclasses.asdict(reads), "shift": settings.shift}
    write_json(folder / "network.json", values)


@dataclass(frozen=True)
class Description:
    """The file `network.json` of a trained network.

    Attributes:
        path: the file.
        stored: its content.
        reads: the inputs of the network.
        shift: see `TrainingSettings.shift`.
    """

    path: Path
    stored: Any
    reads: FoldInputs
    shift: tuple[float, float] | None

    def settings(self, run: Run, batches: BatchesConfig) -> TrainingSettings:
        """Return the settings by which the network predicts."""
        config = run.config
        return TrainingSettings(
            run.task,
            config.competition.metric,
            batches,
            config.training,
            config.thresholds,
            config.seed,
            shift=self.shift,
        )


def read_description(folder: Path) -> Description:
    """Read the description of a network.

    Raises:
        ArtefactError: the file is missing or broken.
    """
    path = folder / "network.json"
    stored: Any = read_json(path)
    try:
        reads = _fold_inputs(stored["reads"])
        shift = None if stored["shift"] is None else (*map(float, stored["shift"]),)
    except (KeyError, TypeError, ValueError) as error:
        raise not_a_network(path, error) from error
    return Description(path, stored, reads, cast("tuple[float, float] | None", shift))


def read_network(run: Run, folder: Path) -> FittedNetwork:
    """Build the network of a run again, with the weights of a folder.

    Raises:
        ArtefactError: a file is missing, broken or that of another network.
    """
    config = run.config
    description = read_description(folder)
    try:
        n_tokens, embedding_dim = map(int, description.stored["embedding_shape"])
    except (KeyError, TypeError, ValueError) as error:
        raise not_a_network(description.path, error) from error
    if n_tokens != len(run.vocabulary):
        raise ArtefactError(
            f"{description.path}: the network has vectors for {n_tokens} tokens, but the run's "
            f"vocabulary has {len(run.vocabulary)}; copy the run again, or train it again"
        )
    try:
        with precision(config.training.precision):
            network = build_model(
                cast("NetworkConfig", config.model),
                np.zeros((n_tokens, embedding_dim), np.float32),
                run.task,
                description.reads,
                max_tokens=run.batches.max_tokens,
                seed=config.seed,
            )
    except (TypeError, ValueError) as error:
        raise not_a_network(description.path, error) from error
    read_weights(network, folder / "weights.npz")
    return FittedNetwork(network, run, description.settings(run, run.batches))


def _fold_inputs(values: dict[str, Any]) -> FoldInputs:
    # JSON has no tuples. Networks of earlier versions read no ends of sentences.
    tuples = ("n_values", "sentence_ends")
    return FoldInputs(**{**values, **{name: tuple(values.get(name, ())) for name in tuples}})


def not_a_network(path: Path, error: Exception) -> ArtefactError:
    """Return the error of a description that no network can be built by."""
    reason = one_line(error)
    return ArtefactError(
        f"{path}: not the description of a network ({reason}); copy the run again, or train it "
        "again"
    )
