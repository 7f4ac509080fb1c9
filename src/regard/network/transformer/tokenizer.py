"""The tokenizer of a pretrained encoder: from texts to pieces, and how it joins texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regard.errors import DataError, one_line
from regard.network.transformer.folder import CONFIG, TOKENIZER, EncoderShape, read_shape
from regard.network.transformer.inputs import Joints
from regard.text import RaggedTokens

_PROBE = "a"  # a text with a piece
_TEXTS_AT_ONCE = 4096


class PieceTokenizer:
    """The tokenizer of an encoder.

    Args:
        folder: the folder of two files of an encoder.
        config: the name of the file with its sizes.
        tokenizer: the name of the file with its tokenizer.

    Raises:
        DataError: a file is damaged, or the two do not fit each other.
    """

    def __init__(self, folder: Path, config: str = CONFIG, tokenizer: str = TOKENIZER) -> None:
        self.shape = read_shape(folder, config)
        self._path = folder / tokenizer
        self.tokenizer = load_tokenizer(self._path, self.shape)
        self.joints = self._find_joints()

    def pieces(self, texts: Sequence[str]) -> RaggedTokens:
        """Return the ids of the pieces of texts, without special tokens."""
        parts: list[np.ndarray] = []
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            some = list(texts[start : start + _TEXTS_AT_ONCE])
            found = self.tokenizer.encode_batch(some, add_special_tokens=False)
            parts += [np.array(one.ids, np.int32) for one in found]
        offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
        ids = np.concatenate(parts) if parts else np.empty(0, np.int32)
        return RaggedTokens(ids, offsets.astype(np.int64))

    def _find_joints(self) -> Joints:
        """Return the special tokens, found by joining two texts.

        Example:
            [CLS] a [SEP] a [SEP] -> texts None 0 None 1 None: the special tokens are those of None
        """
        pair = self.tokenizer.encode(_PROBE, _PROBE)
        texts = pair.sequence_ids
        if 0 not in texts or 1 not in texts:
            raise DataError(
                f"{self._path}: no piece for the letter {_PROBE}, so nothing shows how it joins "
                "texts; copy the folder again"
            )
        after_first = len(texts) - texts[::-1].index(0)
        after_second = len(texts) - texts[::-1].index(1)
        return Joints(
            tuple(pair.ids[: texts.index(0)]),
            tuple(pair.ids[after_first : texts.index(1)]),
            tuple(pair.ids[after_second:]),
        )


def load_tokenizer(path: Path, shape: EncoderShape) -> Any:
    """Return the tokenizer of a file, which neither pads nor cuts texts.

    Raises:
        DataError: the file is damaged, or is of another encoder.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the package raises no class more special than this one
        raise DataError(
            f"{path}: not a tokenizer ({one_line(error)}); copy the folder again"
        ) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    n_pieces = tokenizer.get_vocab_size()
    if n_pieces > shape.n_pieces:
        raise DataError(
            f"{path} has {n_pieces:,} pieces, but config.json only {shape.n_pieces:,}; they are of "
            "two encoders"
        )
    return tokenizer
