"""What stands before the emulator's HTTP routes: AWS's sign-in site, Identity Center, the limit of 4,096 bytes.

What the sign-in site answers is `aws_sign_in.py`'s, what Identity Center does `identity_center/`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sandbox.aws import aws_sign_in
from sandbox.aws.custom_resources import LONGEST_ANSWER, refuse_long_answer
from sandbox.aws.identity_center import plug_in as identity_center
from sandbox.aws.identity_center.http_request import HttpRequest
from sandbox.aws.seams import concurrency

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWERS: Final = "/_ministack/cfn-response/"
"""Where custom resources put their answers."""

SAME_AS_AUTHORIZE: Final = frozenset({"/authorize", "/login"})
"""Paths that a browser may GET for the same as /oauth2/authorize."""

AS_IF_HTTPS: Final = (b"x-forwarded-proto", b"https")
"""On AWS every call comes over TLS, and policies ask for it; here it stays on this machine, without."""


class HttpSurface:
    """An ASGI application around the emulator's."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one connection of the server."""
        if scope["type"] == "http":
            path, method = scope["path"], scope["method"]
            scope = {**scope, "headers": [*scope["headers"], AS_IF_HTTPS]}
            if method == "GET" and path in SAME_AS_AUTHORIZE:
                scope = {**scope, "path": "/oauth2/authorize", "raw_path": b"/oauth2/authorize"}
            elif aws_sign_in.is_for_sign_in(method, path, dict(scope["headers"])):
                page = await concurrency.run_reentrant(aws_sign_in.answer, path, await _read(receive))
                await _send(send, *page)
                return
            elif identity_center.is_for_identity_center(method, path, dict(scope["headers"])):
                asked = _http_request(scope, await _read(receive))
                await _send(send, *await concurrency.run_reentrant(identity_center.answer, asked))
                return
            elif method == "PUT" and path.startswith(ANSWERS):
                body = await _read(receive)
                if len(body) > LONGEST_ANSWER:
                    refuse_long_answer(path.removeprefix(ANSWERS))
                    # The store behind a ResponseURL takes whatever is put into it, so that much is well.
                    await _send(send, 200, {}, b"")
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


def _http_request(scope: Mapping[str, Any], body: bytes) -> HttpRequest:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host, port = scope["server"]
    return HttpRequest(
        method=scope["method"],
        base_url=f"http://{host}:{port}",
        path=scope["path"],
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
    )


async def _read(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _send(send: Any, status: int, headers: Mapping[str, str], body: bytes) -> None:
    told = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    told.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
