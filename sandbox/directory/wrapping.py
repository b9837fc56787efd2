"""What lies around every request: the log of requests, and the faults that happen to them.

The sandbox's own controls under /_sandbox are neither logged nor disturbed.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Protocol

from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.directory.answers import json_answer
from sandbox.directory.faults import ConnectionCut, Fault, NoAnswer
from sandbox.directory.people import instant
from sandbox.directory.state import Directory, RequestRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTROLS = "/_sandbox/"
FAULT_PAGE = "<!doctype html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>"


class Connections(Protocol):
    """The server's open connections, where there is a server."""

    def cut(self, scope: Scope) -> bool:
        """Break the connection of a request at once; False where it is not known."""


class RequestLog:
    """Writes down every request with its status, in the directory and, as JSON lines, in a file."""

    def __init__(self, app: ASGIApp, directory: Directory, file: Path | None) -> None:
        self.app, self.directory, self.file = app, directory, file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or str(scope["path"]).startswith(CONTROLS):
            await self.app(scope, receive, send)
            return
        record = RequestRecord(method=scope["method"], path=scope["path"], status=None)
        with self.directory.lock:
            self.directory.requests.append(record)

        async def listen(message: Message) -> None:
            # Before it is sent, so that whoever has the answer finds it in the log.
            if message["type"] == "http.response.start":
                record.status = message["status"]
                self._write(record)
            await send(message)

        try:
            await self.app(scope, receive, listen)
        finally:
            if record.status is None:
                self._write(record)

    def _write(self, record: RequestRecord) -> None:
        if self.file is None:
            return
        line = {
            "time": instant(self.directory.clock()),
            "method": record.method,
            "path": record.path,
            "status": record.status,
        }
        with self.directory.lock, self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")


class FaultInjection:
    """Lets the directory's faults happen to the requests they are about."""

    def __init__(self, app: ASGIApp, directory: Directory, connections: Connections | None) -> None:
        self.app, self.directory, self.connections = app, directory, connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or spoil it."""
        if scope["type"] != "http" or str(scope["path"]).startswith(CONTROLS):
            await self.app(scope, receive, send)
            return
        fault = self.directory.faults.take(scope)
        if fault is None:
            await self.app(scope, receive, send)
            return
        body = bytearray()
        start: Message = {"type": "http.response.start", "status": 200, "headers": []}

        async def keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            else:
                body.extend(message.get("body", b""))

        if fault.takes_effect:
            await self.app(scope, receive, keep)
        answer = _SPOILT.get(fault.kind, _late)(fault, start, bytes(body))
        if answer is None:
            await self._break_off(fault, scope, receive)
            return
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        await answer(scope, receive, send)

    async def _break_off(self, fault: Fault, scope: Scope, receive: Receive) -> None:
        if self.connections is None:
            raise ConnectionCut(scope["path"]) if fault.kind == "cut" else NoAnswer(scope["path"])
        if fault.kind == "no-answer":
            await asyncio.sleep(fault.seconds)
        self.connections.cut(scope)
        while (await receive())["type"] != "http.disconnect":
            pass


def _status(fault: Fault, _start: Message, _body: bytes) -> Response:
    headers = {"retry-after": fault.retry_after} if fault.retry_after is not None else None
    return json_answer({"message": f"fault {fault.status}"}, status=fault.status, headers=headers)


def _html(fault: Fault, _start: Message, _body: bytes) -> Response:
    return HTMLResponse(FAULT_PAGE, status_code=fault.status)


def _redirect(fault: Fault, _start: Message, _body: bytes) -> Response:
    return RedirectResponse(fault.location, status_code=302)


def _truncated(_fault: Fault, start: Message, body: bytes) -> Response:
    return _again(start, body[: len(body) // 2])


def _late(_fault: Fault, start: Message, body: bytes) -> Response:
    return _again(start, body)


def _nothing(_fault: Fault, _start: Message, _body: bytes) -> None:
    return None


def _again(start: Message, body: bytes) -> Response:
    answer = Response(body, status_code=start["status"])
    kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
    length = [(name, value) for name, value in answer.raw_headers if name == b"content-length"]
    answer.raw_headers = kept + length
    return answer


_SPOILT: dict[str, Callable[[Fault, Message, bytes], Response | None]] = {
    "status": _status,
    "html": _html,
    "redirect": _redirect,
    "truncated": _truncated,
    "delay": _late,
    "cut": _nothing,
    "no-answer": _nothing,
}
