"""The other text of a pair as the query: the mean of its real timesteps."""

from regard.network.attention.queries import QUERIES, Query, Tensor


def other(keys: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean of the real timesteps of the other text of each pair, `(batch, features)`.

    The rows are all first texts of pairs before all second ones, as an encoder reads them.

    Example:
        keys [[[4], [8], [9]], [[2], [9], [9]]], mask [[True, True, False], [True, False, False]]
        -> [[2], [6]]
    """
    from regard.network.layers.alignment import other_texts
    from regard.network.layers.pooling import mean_timestep

    return other_texts(mean_timestep(keys, mask))


QUERIES["other"] = Query(other, of_pair=True)
