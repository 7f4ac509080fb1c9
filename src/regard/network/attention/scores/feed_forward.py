"""The feed-forward score: a dense layer of one unit, and tanh."""

from collections.abc import Mapping

from regard.network.attention.scores import SCORES, Score, Shapes, Sizes, Tensor


def shapes(sizes: Sizes) -> Shapes:
    """Return the shapes of `kernel` and, if asked for, of `bias`; of one head without its axis."""
    heads = () if sizes.heads == 1 else (sizes.heads,)
    found: Shapes = {"kernel": (sizes.features, *heads)}
    if sizes.timesteps is not None:
        found["bias"] = (sizes.timesteps, *heads)
    return found


def compute(keys: Tensor, query: Tensor | None, weights: Mapping[str, Tensor]) -> Tensor:
    """Return `tanh(keys . kernel + bias)`, between -1 and 1.

    The kernel is the query: the same for every text.

    Args:
        keys: `(batch, timesteps, features)` float32.
        query: None.
        weights: `kernel` `(features,)` or `(features, heads)`; `bias` `(max_timesteps,)` or
            `(max_timesteps, heads)` or none. Shorter batches use the first biases.

    Returns:
        `(batch, heads, timesteps)` float32.

    Example:
        keys [[[1, 0], [0, 1]]], kernel [1, -1] -> [[[tanh(1), tanh(-1)]]] = [[[0.76, -0.76]]]

    Reference:
        Raffel and Ellis (2015), Feed-Forward Networks with Attention Can Solve Some Long-Term
        Memory Problems, arXiv:1512.08756.
    """
    from keras import ops

    kernel = weights["kernel"]
    scores = ops.matmul(keys, kernel)
    if "bias" in weights:
        scores += weights["bias"][: ops.shape(keys)[1]]
    scores = ops.tanh(scores)
    return scores[:, None] if len(kernel.shape) == 1 else ops.swapaxes(scores, 1, 2)


SCORES["feed_forward"] = Score(shapes, compute, takes_query=False, has_bias=True)
