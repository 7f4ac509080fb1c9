"""A learned query, the same for every text."""

from regard.network.attention.queries import QUERIES, Query

QUERIES["learned"] = Query(None)
