"""The last real timestep as the query: the state of a recurrent layer that has read all."""

from regard.network.attention.queries import QUERIES, Query, Tensor


def last(keys: Tensor, mask: Tensor | None) -> Tensor:
    """Return the last real timestep of each text, `(batch, features)`.

    Example:
        keys [[[4], [8], [9]]], mask [[True, True, False]] -> [[8]]
    """
    from regard.network.layers.pooling import last_timestep

    return last_timestep(keys, mask)


QUERIES["last"] = Query(last)
