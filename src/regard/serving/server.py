"""Open a run and a port, and answer until the process is told to stop."""

import contextlib
import dataclasses
import errno
import logging
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import uvicorn

from regard.config import Config, ServeConfig
from regard.errors import ConfigError, shell_command
from regard.serving.app import build_app
from regard.serving.predictor import Predictor

if TYPE_CHECKING:
    from fastapi import FastAPI

_log = logging.getLogger(__name__)
_BACKLOG = 2048
_STOP_SECONDS = 30  # that requests have to end once the server stops


def serve_run(config: Config, name: str, *, host: str, port: str) -> None:
    """Serve a run; see `regard.serving.serve`."""
    from regard.pipeline.finished import open_run

    settings = _settings(config.serve, host, port)
    run = open_run(config, name)
    explained = _explained(settings, config.competition.name)
    # The port first: whether it is free is known at once, while models take seconds to load.
    with explained:
        listener = bind(settings)
    with listener, ThreadPoolExecutor(1, "model") as worker:
        _log.info("loading %s", run.name)
        predictor = worker.submit(Predictor, run).result()
        app = build_app(predictor, settings, worker)
        # From here on connections wait until the loop accepts them, so none is refused.
        listener.listen(_BACKLOG)
        _log.info("serving %s on %s; Ctrl+C stops", run.name, _address(listener))
        with _signals_ignored_afterwards():
            make_server(app).run([listener])
        _log.info("stopped; every request that was accepted is answered")


def make_server(app: "FastAPI") -> uvicorn.Server:
    """Return a server that ends once it has answered the requests it accepted."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
    )


@contextlib.contextmanager
def _signals_ignored_afterwards() -> Iterator[None]:
    """Make the end by a signal an ordinary one.

    uvicorn handles the signals itself, and raises them again once it has stopped.
    """
    handlers = {
        number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _settings(settings: ServeConfig, host: str, port: str) -> ServeConfig:
    """Return the settings with the address of the command line."""
    if port and not port.isdecimal():
        raise ConfigError(f"port={port} is not a port; give a whole number, such as 8000")
    return dataclasses.replace(
        settings, host=host or settings.host, port=int(port) if port else settings.port
    )


def bind(settings: ServeConfig) -> socket.socket:
    """Return a socket that is bound to the address and does not listen yet."""
    host, port = settings.host, settings.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ConfigError(
            f"serve.host={host} is not known ({error.strerror}); give 127.0.0.1, or 0.0.0.0 for "
            "other machines"
        ) from None
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # A port that another process left a moment ago is free, one that it listens on is not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def _explained(settings: ServeConfig, competition: str) -> Iterator[None]:
    """Explain in one line why an address cannot be used."""
    host, port = settings.host, settings.port
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = shell_command("serve", competition, port=str(port + 1))
            raise ConfigError(
                f"port {port} of {host} is in use; stop the other server, or take another port: "
                f"{other}"
            ) from None
        raise ConfigError(
            f"port {port} of {host} cannot be opened ({error.strerror}); give an address of this "
            "machine and a port above 1023"
        ) from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
