"""Texts as token ids, from lists and back."""

import numpy as np

from regard.text import RaggedTokens


def ragged(texts: list[list[int]]) -> RaggedTokens:
    """Build ragged tokens from lists of token ids."""
    offsets = np.concatenate([[0], np.cumsum([len(ids) for ids in texts])])
    token_ids = np.concatenate(texts) if texts else np.empty(0)
    return RaggedTokens(token_ids.astype(np.int32), offsets.astype(np.int64))


def as_lists(tokens: RaggedTokens) -> list[list[int]]:
    """Return the token ids of each text as a list."""
    return [tokens[row].tolist() for row in range(len(tokens))]
