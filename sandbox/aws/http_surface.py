"""What stands before the emulator's own HTTP routes: other names of a path, and the limit of 4,096 bytes."""

from __future__ import annotations

from typing import Any, Final

from sandbox.aws.custom_resources import LONGEST_ANSWER, refuse_long_answer

ANSWERS: Final = "/_ministack/cfn-response/"
"""Where custom resources put their answers."""

SAME_AS_AUTHORIZE: Final = frozenset({"/authorize", "/login"})
"""Paths that a browser may GET for the same as /oauth2/authorize."""


class HttpSurface:
    """An ASGI application around the emulator's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection of the server."""
        if scope["type"] == "http":
            path, method = scope["path"], scope["method"]
            if method == "GET" and path in SAME_AS_AUTHORIZE:
                scope = {**scope, "path": "/oauth2/authorize", "raw_path": b"/oauth2/authorize"}
            elif method == "PUT" and path.startswith(ANSWERS):
                body = await _read(receive)
                if len(body) > LONGEST_ANSWER:
                    refuse_long_answer(path.removeprefix(ANSWERS))
                    await _send_empty(send)
                    return
                receive = _Replay(body, receive)
        await self._inner(scope, receive, send)


class _Replay:
    """The `receive` of a request whose body has been read already."""

    def __init__(self, body: bytes, receive: Any) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Any:
        if self._body is None:
            return await self._receive()
        message = {"type": "http.request", "body": self._body, "more_body": False}
        self._body = None
        return message


async def _read(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _send_empty(send: Any) -> None:
    """The store behind a ResponseURL takes whatever is put into it, so that much is well."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
