"""Calling the directory without a server, many thousand times: one event loop, no client between caller and app.

It is what `in_process` does at a fifth of the cost, for tests that play long histories.  Not here: faults, which come
out as `NoAnswer` and `ConnectionCut` there and here.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from sandbox.directory.app import create_app

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from starlette.types import Message, Scope

    from sandbox.directory.state import Directory

CLIENT = ("127.0.0.1", 50000)
"""The address that requests seem to come from."""


class Answered(NamedTuple):
    """What came back; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class AtOnce:
    """Answers requests to *directory* in the caller's own thread; ends with its `with` block.

    Args:
        directory: What is asked.
    """

    def __init__(self, directory: Directory) -> None:
        self._app = create_app(directory)
        self._loop = asyncio.new_event_loop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Answer nothing any more."""
        self._loop.close()

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answered:
        """Run one request to its end."""
        return self._loop.run_until_complete(self._answered(_scope(method, url, headers), body or b""))

    async def _answered(self, scope: Scope, body: bytes) -> Answered:
        sent: list[Message] = []
        unread = [body]

        async def receive() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            return await asyncio.Future()  # nothing more comes, and the caller does not go away

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Answered(sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:]))


def _scope(method: str, url: str, headers: Mapping[str, str]) -> Scope:
    parts = urlsplit(url)
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme,
        "path": unquote(parts.path),
        "raw_path": parts.path.encode("ascii"),
        "query_string": parts.query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "client": CLIENT,
        "server": (parts.hostname or "", parts.port or 80),
    }
