"""Encode texts: from strings to the pooled states of a pretrained encoder."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from regard.network.transformer.folder import TOKENIZER, EncoderShape, read_shape
from regard.network.transformer.model import load_transformer
from regard.network.transformer.pooling import POOLINGS
from regard.network.transformer.tokenizer import load_tokenizer

BATCH = 32  # texts; more are slower on a CPU, whose caches they leave
_STEP = 8  # batches are padded to a multiple of this, so that a compiler sees few lengths


class TextEncoder:
    """The tokenizer and the model of an encoder, in memory.

    Args:
        folder: see `folder.encoder_folder`.

    Raises:
        DataError: a file is damaged, or the files do not fit each other.
    """

    def __init__(self, folder: Path) -> None:
        self.shape = read_shape(folder)
        self._tokenizer = load_tokenizer(folder / TOKENIZER, self.shape)
        self._model = load_transformer(folder)

    def token_ids(self, texts: Sequence[str], max_tokens: int) -> list[np.ndarray]:
        """Return the token ids of texts, int32, with the special tokens of the encoder.

        Args:
            texts: the texts.
            max_tokens: longer texts are cut; at most as many as the encoder has positions.
        """
        self._tokenizer.enable_truncation(min(max_tokens, self.shape.max_tokens))
        found = self._tokenizer.encode_batch(list(texts))
        # A text has a token, though its encoder may add none to an empty one.
        return [np.array(one.ids or [self.shape.pad_id], np.int32) for one in found]

    def encode(self, texts: Sequence[str], pooling: Sequence[str], max_tokens: int) -> np.ndarray:
        """Return the pooled states of texts.

        Args:
            texts: the texts, in any order: those of similar length share a batch.
            pooling: keys of `POOLINGS`.
            max_tokens: see `token_ids`.

        Returns:
            `(texts, poolings * width)` float32.
        """
        ids = self.token_ids(texts, max_tokens)
        encoded = np.empty((len(ids), len(pooling) * self.shape.width), np.float32)
        order = np.argsort([-len(one) for one in ids], kind="stable")
        for start in range(0, len(ids), BATCH):
            rows = order[start : start + BATCH]
            token_ids, mask = _padded([ids[row] for row in rows], self.shape)
            # One segment: 1 at real tokens.
            batch = [token_ids, mask.astype(np.int32)]
            states = np.asarray(self._model.predict_on_batch(batch), np.float32)
            pooled = [POOLINGS[name](states, mask) for name in pooling]
            encoded[rows] = np.concatenate(pooled, axis=1)
        return encoded


@functools.lru_cache(maxsize=2)
def load_encoder(folder: Path, content: tuple[str, ...] = ()) -> TextEncoder:
    """Return the encoder of a folder; the last two stay in memory, for the members of a blend.

    Args:
        folder: see `folder.encoder_folder`.
        content: the hashes of its files: changed files are read again.
    """
    return TextEncoder(folder)


def _padded(ids: Sequence[np.ndarray], shape: EncoderShape) -> tuple[np.ndarray, np.ndarray]:
    """Return token ids in rows of one length, and their mask.

    Example:
        [[5, 6], [7]] -> [[5, 6, 0, ...], [7, 0, 0, ...]], [[True, True, ...], [True, False, ...]]
    """
    lengths = np.array([len(one) for one in ids])
    n_tokens = min(-(-lengths.max() // _STEP) * _STEP, shape.max_tokens)
    mask = np.arange(n_tokens) < lengths[:, None]
    token_ids = np.full(mask.shape, shape.pad_id, np.int32)
    token_ids[mask] = np.concatenate(ids)
    return token_ids, mask
