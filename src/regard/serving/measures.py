"""Counters and histograms of the server, in the form that Prometheus reads."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Measures:
    """The measures of one server; each server has a registry of its own.

    Args:
        paths: the paths that are counted by name; all others are counted as "other", so that
            clients cannot make the list grow.
    """

    def __init__(self, paths: frozenset[str]) -> None:
        self._paths = paths
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "regard_requests", "Requests answered.", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "regard_request_seconds",
            "Time from a request to its answer.",
            ("path",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._rows = Counter("regard_rows", "Rows predicted.", registry=self._registry)
        self._batch_rows = Histogram(
            "regard_batch_rows", "Rows of a batch.", buckets=_ROWS, registry=self._registry
        )
        self._batch_seconds = Histogram(
            "regard_batch_seconds",
            "Time to predict a batch.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._queue = Gauge(
            "regard_queue_rows", "Rows accepted and not answered yet.", registry=self._registry
        )

    def on_request(self, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        path = path if path in self._paths else "other"
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def on_batch(self, n_rows: int, seconds: float) -> None:
        """Count a batch that was predicted."""
        self._rows.inc(n_rows)
        self._batch_rows.observe(n_rows)
        self._batch_seconds.observe(seconds)

    def watch_queue(self, length: Callable[[], float]) -> None:
        """Ask a function for the length of the queue whenever the measures are read."""
        self._queue.set_function(length)

    def text(self) -> bytes:
        """Return all measures in Prometheus's text form."""
        return generate_latest(self._registry)
