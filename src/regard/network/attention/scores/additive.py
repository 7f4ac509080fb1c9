"""The additive score: a network with one hidden layer."""

from collections.abc import Mapping

from regard.network.attention.scores import SCORES, Score, Shapes, Sizes, Tensor


def shapes(sizes: Sizes) -> Shapes:
    """Return the shapes of `kernel`, `vector` and, if a query is given, `query_kernel`."""
    found: Shapes = {
        "kernel": (sizes.features, sizes.units),
        "vector": (sizes.units, sizes.heads),
    }
    if sizes.query is not None:
        found["query_kernel"] = (sizes.query, sizes.units)
    return found


def compute(keys: Tensor, query: Tensor | None, weights: Mapping[str, Tensor]) -> Tensor:
    """Return `v . tanh(W key + U query)`, or `v . tanh(W key)`.

    Without another query, the learned query is `v` itself, the same for every text.

    With several heads, each has its own `v`: the structured self-attention of Lin et al.

    Args:
        keys: `(batch, timesteps, features)` float32.
        query: `(batch, query features)` float32, or None.
        weights: `kernel` W `(features, units)`, `vector` v `(units, heads)`, and for a query
            `query_kernel` U `(query features, units)`.

    Returns:
        `(batch, heads, timesteps)` float32.

    Example:
        keys [[[1], [2]]], W [[1]], v [[3]] -> [[[3 tanh(1), 3 tanh(2)]]] = [[[2.28, 2.89]]]

    Reference:
        Bahdanau, Cho and Bengio (2015), Neural Machine Translation by Jointly Learning to Align and
        Translate, ICLR. Without a query: Yang et al. (2016), Hierarchical Attention Networks for
        Document Classification, NAACL. Several heads: Lin et al. (2017), A Structured
        Self-Attentive Sentence Embedding, ICLR.
    """
    from keras import ops

    hidden = ops.matmul(keys, weights["kernel"])
    if query is not None:
        hidden += ops.matmul(query, weights["query_kernel"])[:, None]
    scores = ops.matmul(ops.tanh(hidden), weights["vector"])
    if scores.shape[-1] == 1:
        # Not swapped: the export to ONNX merges that with other changes of shape, wrongly.
        return ops.squeeze(scores, -1)[:, None]
    return ops.swapaxes(scores, 1, 2)


SCORES["additive"] = Score(shapes, compute)
