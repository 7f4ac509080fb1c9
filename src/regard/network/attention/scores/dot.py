"""The dot product of key and query."""

from collections.abc import Mapping

from regard.network.attention.scores import SCORES, Score, Shapes, Sizes, Tensor


def shapes(sizes: Sizes) -> Shapes:
    """Return the shape of `learned_query`; no weights if a query is given.

    Raises:
        ValueError: the query that is given has not the features of the keys.
    """
    if sizes.query is None:
        return {"learned_query": (sizes.features, sizes.heads)}
    if sizes.query != sizes.features:
        raise ValueError(
            f"dot products need a query of as many features as the keys, {sizes.features}, not "
            f"{sizes.query}; use the score bilinear or additive"
        )
    return {}


def compute(keys: Tensor, query: Tensor | None, weights: Mapping[str, Tensor]) -> Tensor:
    """Return `key . query`.

    Args:
        keys: `(batch, timesteps, features)` float32.
        query: `(batch, features)` float32, or None.
        weights: `learned_query` `(features, heads)`, if it is learned.

    Returns:
        `(batch, heads, timesteps)` float32.

    Example:
        keys [[[1, 0], [1, 1]]], query [[2, 3]] -> [[[2, 5]]]

    Reference:
        Luong, Pham and Manning (2015), Effective Approaches to Attention-based Neural Machine
        Translation, EMNLP.
    """
    from keras import ops

    queries = weights["learned_query"] if query is None else query[:, :, None]
    return ops.swapaxes(ops.matmul(keys, queries), 1, 2)


SCORES["dot"] = Score(shapes, compute, separates_heads=False)
