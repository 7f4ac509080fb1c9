"""The mean of the real timesteps as the query."""

from regard.network.attention.queries import QUERIES, Query, Tensor


def mean(keys: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean of the real timesteps of each text, `(batch, features)`.

    Example:
        keys [[[4], [8], [9]]], mask [[True, True, False]] -> [[6]]
    """
    from regard.network.layers.pooling import mean_timestep

    return mean_timestep(keys, mask)


QUERIES["mean"] = Query(mean)
