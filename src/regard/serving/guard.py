"""The outermost layer: refuses foreign host names and large bodies, and counts every request."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
# The page's own files only: a text that became markup could neither run nor load anything.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def host_names(names: Iterable[str]) -> frozenset[str]:
    """Return the names that a Host header may have: those of this machine, and the given ones.

    Example:
        host_names(["Box.local", "::"]) -> {"localhost", "127.0.0.1", "[::1]", "box.local", "[::]"}
    """
    given = (name.lower().strip("[]") for name in names)
    return frozenset([*_LOOPBACK, *(f"[{name}]" if ":" in name else name for name in given)])


class Guard:
    """ASGI middleware around the whole app.

    A page of another site whose name was rebound to this machine's address sends that site's name
    in the Host header, and so gets status 400. Bodies are read here, up to the limit.

    Args:
        app: the app.
        hosts: the names of `host_names`.
        max_body: bytes of a body.
        on_request: called with the path, the status and the seconds of each request.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Collection[str],
        max_body: int,
        on_request: Callable[[str, int, float], None],
    ) -> None:
        self._app = app
        self._hosts = hosts
        self._max_body = max_body
        self._on_request = on_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        try:
            await self._answer(scope, receive, send_guarded)
        except Exception:
            _log.exception("%s %s failed", scope["method"], scope["path"])
            if not status:
                await _refuse(500, "the server made a mistake; its log has more")(
                    scope, receive, send_guarded
                )
        finally:
            self._on_request(scope["path"], status or 500, time.perf_counter() - start)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _without_port(host) not in self._hosts:
            name = host[:80] or "no host"
            detail = f"this server is not {name}; serve.allowed_hosts lists more names"
            await _refuse(400, detail)(scope, receive, send)
            return
        body = await self._read(headers.get("content-length", ""), receive)
        if body is None:
            detail = f"the body is larger than {self._max_body // 1024} KB; send fewer rows"
            await _refuse(413, detail)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    async def _read(self, length: str, receive: Receive) -> bytes | None:
        """Return the body; None as soon as it is larger than the limit."""
        # Sixteen digits are too many in any case, and Python refuses to read thousands of them.
        if length.isdecimal() and int(length[:16]) > self._max_body:
            return None
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_body:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)


def _without_port(host: str) -> str:
    """Return the name in a Host header.

    Example:
        "Localhost:8000" -> "localhost"; "[::1]:8000" -> "[::1]"
    """
    return re.sub(r":\d*$", "", host.lower())


def _refuse(status: int, detail: str) -> JSONResponse:
    # The rest of a body is left unread, so the connection can serve no other request.
    return JSONResponse({"detail": detail}, status, headers={"Connection": "close"})


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[dict[str, Any]]]:
    """Return a `receive` that gives a body that was read already, and then what follows it."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> dict[str, Any]:
        return messages.pop() if messages else dict(await receive())

    return replay
