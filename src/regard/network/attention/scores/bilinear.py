"""The bilinear score: the dot product of the key and a linear map of the query."""

from collections.abc import Mapping

from regard.network.attention.scores import SCORES, Score, Shapes, Sizes, Tensor


def shapes(sizes: Sizes) -> Shapes:
    """Return the shapes of `kernel`, a map for each head, and of `learned_query`."""
    of_query = sizes.features if sizes.query is None else sizes.query
    found: Shapes = {"kernel": (sizes.heads, of_query, sizes.features)}
    if sizes.query is None:
        found["learned_query"] = (sizes.heads, of_query)
    return found


def compute(keys: Tensor, query: Tensor | None, weights: Mapping[str, Tensor]) -> Tensor:
    """Return `query . W . key`.

    Args:
        keys: `(batch, timesteps, features)` float32.
        query: `(batch, query features)` float32, or None.
        weights: `kernel` W `(heads, query features, features)`; `learned_query` `(heads, query
            features)`, if it is learned.

    Returns:
        `(batch, heads, timesteps)` float32.

    Example:
        keys [[[1, 0], [1, 1]]], query [[2]], W [[[3, 4]]] -> [[[6, 14]]]

    Reference:
        Luong, Pham and Manning (2015), Effective Approaches to Attention-based Neural Machine
        Translation, EMNLP; there it is called general.
    """
    from keras import ops

    # One row for each head: (batch or 1, heads, 1, query features).
    rows = weights["learned_query"][None, :, None] if query is None else query[:, None, None]
    mapped = ops.squeeze(ops.matmul(rows, weights["kernel"]), axis=2)
    return ops.matmul(mapped, ops.swapaxes(keys, 1, 2))


SCORES["bilinear"] = Score(shapes, compute)
