"""A run behind HTTP: a page to try texts on, and an endpoint that predicts rows.

`server` opens the run and the port; `app` puts the routes together; `batching` gathers concurrent
requests into batches for one thread, where `predictor` calls the run. `guard` refuses requests
before they are read: foreign host names, large bodies. `page/` holds the files of the page.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING

from regard.errors import ConfigError

if TYPE_CHECKING:
    from regard.config import Config

_PACKAGES = ("fastapi", "uvicorn", "prometheus_client")


def serve(config: "Config", run: str = "", host: str = "", port: str = "") -> None:
    """Serve a finished run until the process is told to stop.

    Args:
        config: the competition, and the settings of `serve`.
        run: the name of the run, or its beginning; empty: the latest.
        host: replaces `serve.host` unless it is empty.
        port: replaces `serve.port` unless it is empty.

    Raises:
        ConfigError: a package of the extra `serve` is missing, there is no such run, or the address
            cannot be used.
    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"serving needs {', '.join(missing)}: pip install 'regard[serve]' (in a clone, "
            "make serve installs it)"
        )
    from regard.serving.server import serve_run

    serve_run(config, run, host=host, port=port)
