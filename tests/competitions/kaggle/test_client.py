"""Kaggle's own client against a local server."""

import importlib.util
import sys

import pytest
from helpers.kaggle_server import SECRET, write_run

from regard.errors import ConfigError, DataError

pytestmark = [
    pytest.mark.slow,  # the client takes a second to start
    # `importorskip` would import the client, which then logs in at the real Kaggle.
    pytest.mark.skipif(
        importlib.util.find_spec("kaggle") is None, reason="the extra kaggle is not installed"
    ),
]


@pytest.mark.parametrize(
    ("refused", "error", "message"),
    [
        ({"PUT": 400}, DataError, "could not submit"),  # the client ends with status 0
        ({"StartSubmissionUpload": 403}, DataError, r"accept the rules on .*/c/tiny-slug/rules"),
        ({"StartSubmissionUpload": 404}, DataError, "no competition tiny-slug"),
        ({"StartSubmissionUpload": 401}, ConfigError, "credentials are missing or invalid"),
        ({"CreateSubmission": 429}, DataError, r"limit of Kaggle is reached \(.*daily limit\);"),
        ({"CreateSubmission": 400}, DataError, r"client failed: Something else, \*\*\*: \*\*\*$"),
    ],
)
def test_refusal_is_explained_in_one_line(refused, error, message, server, upload, tmp_path):
    run = write_run(tmp_path)
    server.refused = refused
    with pytest.raises(error, match=f"(?i){message}") as caught:
        upload()
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    assert not (run / "uploaded.json").exists()


def test_no_credentials(server, upload, tmp_path, monkeypatch):
    write_run(tmp_path)
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(ConfigError, match=r"create a token on https://www\.kaggle\.com/settings"):
        upload()


def test_no_network(server, upload, tmp_path, monkeypatch):
    write_run(tmp_path)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(DataError, match="Kaggle cannot be reached"):
        upload()


def test_no_client(server, upload, tmp_path, monkeypatch):
    write_run(tmp_path)
    monkeypatch.setitem(sys.modules, "kaggle", None)  # Python takes this for "not installed"
    with pytest.raises(ConfigError, match="client is not installed; run: pip install 'regard"):
        upload()
