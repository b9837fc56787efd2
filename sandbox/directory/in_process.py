"""Calling the directory without a server: a transport for httpx that runs the app in the caller's own thread.

Faults that leave a request without an answer come out as `NoAnswer` and `ConnectionCut`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import Message


class InProcess(httpx.BaseTransport):
    """Sends requests to *app*; use it as `httpx.Client(transport=InProcess(app), base_url=…)`."""

    client = ("127.0.0.1", 50000)
    """The address that requests seem to come from."""

    def __init__(self, app: Starlette) -> None:
        self.app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Run one request to its end."""
        body = request.read()
        url = request.url
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": self.client,
            "server": (url.host, url.port or 80),
        }
        sent: list[Message] = []

        unread = [body]

        async def receive() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            return await asyncio.Future()  # nothing more comes, and the caller does not go away

        async def send(message: Message) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))
        return httpx.Response(
            sent[0]["status"],
            headers=sent[0]["headers"],
            content=b"".join(message.get("body", b"") for message in sent[1:]),
            request=request,
        )


def in_process_client(app: Starlette, *, base_url: str = "http://127.0.0.1:8500") -> httpx.Client:
    """A client that keeps cookies and follows no redirects, talking to *app*."""
    return httpx.Client(transport=InProcess(app), base_url=base_url, follow_redirects=False)
