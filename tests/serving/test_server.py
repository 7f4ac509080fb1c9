import socket

import pytest
from helpers.cases import serve_settings

from regard.errors import ConfigError
from regard.serving import server


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
