"""Fixtures: a local server in Kaggle's place, and an upload to it."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.cases import compose_config
from helpers.kaggle_server import SECRET, KaggleServer, kaggle_settings

from regard.competitions.kaggle import upload_run


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KaggleServer]:
    """Start a server that the client takes for Kaggle, and set credentials for it."""
    with KaggleServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        for name, value in {
            "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
            "http_proxy": f"http://127.0.0.1:{server.server_port}",
            "no_proxy": "",
            "KAGGLE_USERNAME": "somebody",
            "KAGGLE_KEY": SECRET,
            "HOME": str(tmp_path / "home"),
            "KAGGLE_CONFIG_DIR": str(tmp_path / "home"),
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("KAGGLE_API_TOKEN", "HTTP_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        (tmp_path / "home").mkdir()
        yield server
        server.shutdown()


@pytest.fixture
def upload(tmp_path: Path) -> Callable[..., None]:
    """Return a function that uploads the tiny competition's run."""
    return lambda **options: upload_run(
        compose_config(*kaggle_settings(tmp_path)),
        **{"run": "latest", "message": "a, 'b' = $c", "every": 0.01, **options},
    )
