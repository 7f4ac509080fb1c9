import asyncio

import pytest

from regard.serving.guard import Guard, host_names

HOSTS = host_names(["Box.local", "::"])


async def echo(scope, receive, send):
    """An app that answers with the body."""
    message = await receive()
    if message["body"] == b"crash":
        raise KeyError("a bug")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


def ask(*parts, host="localhost:8000", headers=(), max_body=10):
    """Send a body in parts; return the status, the headers, the body and the counted requests."""
    sent, counted, waiting = [], [], list(parts) or [b""]

    async def receive():
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    given = [(b"host", host.encode("latin-1"))] if host is not None else []
    scope = {"type": "http", "method": "POST", "path": "/p", "headers": [*given, *headers]}
    guard = Guard(echo, HOSTS, max_body, lambda *request: counted.append(request))
    asyncio.run(guard(scope, receive, send))
    start, body = sent
    return start["status"], dict(start["headers"]), body["body"], counted, waiting


def test_a_request_passes_with_its_body_and_gets_the_headers():
    status, headers, body, counted, _ = ask(b"ab", b"cd")
    assert (status, body) == (200, b"abcd")
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert b"script-src 'self'" in headers[b"content-security-policy"]
    assert b"unsafe" not in headers[b"content-security-policy"]
    assert not any(b"access-control" in name for name in headers)
    ((path, status, seconds),) = counted
    assert (path, status) == ("/p", 200)
    assert seconds >= 0


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000", "box.local:80", "[::]"]
)
def test_names_of_this_server_pass(host):
    assert ask(host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "127.0.0.1.x",
        "[::2]",
    ],
)
def test_other_names_are_refused(host):
    status, headers, body, counted, _ = ask(host=host)
    assert status == 400
    assert b"serve.allowed_hosts" in body
    assert headers[b"x-frame-options"] == b"DENY"
    assert counted[0][1] == 400


def test_a_large_body_is_refused_while_it_is_read():
    status, headers, _, _, unread = ask(*[b"1234"] * 100)
    assert status == 413
    assert headers[b"connection"] == b"close"
    assert len(unread) == 97
    assert ask(b"1234567890")[0] == 200


@pytest.mark.parametrize("length", [b"11", b"9" * 5000])
def test_a_body_that_says_that_it_is_large_is_not_read(length):
    status, _, _, _, unread = ask(b"", headers=[(b"content-length", length)])
    assert (status, unread) == (413, [b""])


def test_a_bug_is_a_plain_500_and_logged(caplog):
    status, headers, body, counted, _ = ask(b"crash")
    assert (status, body) == (500, b'{"detail":"the server made a mistake; its log has more"}')
    assert b"content-security-policy" in headers
    assert counted[0][1] == 500
    assert "POST /p failed" in caplog.text
