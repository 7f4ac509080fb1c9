"""The settings of serving: the address, and the limits of a request."""

from dataclasses import dataclass

from regard.config.checks import at_least, not_negative
from regard.errors import ConfigError

_MAX_PORT = 65535


@dataclass
class ServeConfig:
    """How a run is served over HTTP. No artefact depends on it."""

    host: str
    port: int
    allowed_hosts: list[str]
    window_ms: float
    max_rows: int
    max_characters: int
    max_body_kb: int
    queue_rows: int

    def __post_init__(self) -> None:
        if not self.host.strip():
            raise ConfigError("serve.host is empty; give an address, such as 127.0.0.1")
        if not 0 <= self.port <= _MAX_PORT:
            raise ConfigError(
                f"serve.port={self.port} is out of range; give a whole number from 0 to {_MAX_PORT}"
            )
        not_negative("serve.window_ms", self.window_ms)
        for key in ("max_rows", "max_characters", "max_body_kb"):
            at_least(f"serve.{key}", getattr(self, key), 1)
        if self.queue_rows < self.max_rows:
            raise ConfigError(
                f"serve.queue_rows={self.queue_rows} is less than serve.max_rows={self.max_rows}, "
                "so the largest request would always be refused; give at least as many"
            )
