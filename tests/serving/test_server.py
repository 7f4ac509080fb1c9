import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from helpers.cases import compose_config, serve_settings

from regard.errors import ConfigError
from regard.serving import serve, server

HELPER = Path(__file__).resolve().parents[1] / "helpers" / "serve_fake.py"


@contextlib.contextmanager
def served_elsewhere(*words):
    """Serve a fake run in another process; yield the process and its address."""
    with subprocess.Popen(
        [sys.executable, str(HELPER), *words], stdout=subprocess.PIPE, text=True
    ) as process:
        lines = iter(process.stdout.readline, "")
        found = next(filter(None, (re.search(r"http://\S+:\d+", line) for line in lines)))
        try:
            yield process, found[0]
        finally:
            process.kill()


def test_a_socket_is_bound_but_does_not_listen_yet():
    with server.bind(serve_settings()) as listener:
        address = listener.getsockname()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=5).close()
        listener.listen()
        socket.create_connection(address, timeout=5).close()


def test_the_command_line_replaces_the_address():
    settings = serve_settings()
    assert server._settings(settings, "", "") == settings
    changed = server._settings(settings, "0.0.0.0", "80")
    assert (changed.host, changed.port) == ("0.0.0.0", 80)
    with pytest.raises(ConfigError, match="port=80x is not a port; give a whole number"):
        server._settings(settings, "", "80x")
    with pytest.raises(ConfigError, match=r"serve.port=99999 is out of range"):
        server._settings(settings, "", "99999")


def test_an_unknown_host_is_one_line():
    with pytest.raises(ConfigError, match=r"serve.host=no.such.host.invalid is not known"):
        server.bind(serve_settings(host="no.such.host.invalid"))


def test_an_address_of_ipv6_is_written_in_brackets():
    try:
        listener = server.bind(serve_settings(host="::1"))
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listener:
        port = listener.getsockname()[1]
        assert server._address(listener) == f"http://[::1]:{port}"


@pytest.mark.slow
def test_an_unknown_run_and_a_port_in_use_are_one_line(monkeypatch, tmp_path):
    config = compose_config("competition=bbc_news", f"output_dir={tmp_path}")
    with pytest.raises(ConfigError, match="has no finished run"):
        serve(config, port="0")
    monkeypatch.setattr("regard.pipeline.finished.open_run", lambda config, name: None)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            ConfigError, match=rf"^port {port} of 127.0.0.1 is in use; .* PORT=\"{port + 1}\"$"
        ):
            serve(config, port=str(port))
    with pytest.raises(ConfigError, match=r"^port 9 of 192.0.2.1 cannot be opened \("):
        serve(config, host="192.0.2.1", port="9")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_once_all_requests_are_answered(number):
    with served_elsewhere("0.5") as (process, address):
        clients = [HTTPConnection(address.removeprefix("http://"), timeout=30) for _ in range(8)]
        headers = {"Content-Type": "application/json"}
        for client in clients:
            client.request("POST", "/predict", b'{"text": "ship"}', headers)
        with httpx.Client(base_url=address, trust_env=False) as watcher:
            while n_arrived(watcher.get("/metrics").text) < 8:
                time.sleep(0.01)
        process.send_signal(number)
        answers = [client.getresponse() for client in clients]
        assert [answer.status for answer in answers] == [200] * 8
        assert all(b'"sea"' in answer.read() for answer in answers)
        for client in clients:
            client.close()
        assert "stopped" in process.stdout.read()
        assert process.wait(10) == 0
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/health", trust_env=False)


def n_arrived(metrics):
    """The number of rows that are predicted or wait for it."""
    found = re.findall(r"^regard_(?:rows_total|queue_rows) (\S+)$", metrics, re.MULTILINE)
    return sum(map(float, found))


@pytest.mark.slow
def test_a_half_sent_request_is_no_reason_to_lose_another():
    with served_elsewhere("0") as (_, address):
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(
                b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{"
            )
            answer = httpx.post(f"{address}/predict", json={"text": "ship"}, trust_env=False)
            assert answer.status_code == 200
