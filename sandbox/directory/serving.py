"""Running the directory as a server on this machine: for the command, for the sandbox, and for tests.

Connections are known by their client's address, so that a fault can break one in the middle.
"""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.directory.app import create_app
from sandbox.directory.control import is_loopback

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from starlette.types import Scope

    from sandbox.directory.state import Directory

START_TIMEOUT = 30.0


class OpenConnections:
    """The open connections of one server, by the client's host and port."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def cut(self, scope: Scope) -> bool:
        """Break the connection that a request came by, at once and without a word."""
        transport = self._open.get(tuple(scope.get("client") or ("", 0)))
        if transport is None:
            return False
        transport.abort()
        return True

    def protocol(self) -> type[H11Protocol]:
        """Uvicorn's protocol, which tells this registry what comes and goes."""
        connections = self._open

        class Known(H11Protocol):
            """One connection."""

            def connection_made(self, transport: Any) -> None:
                """It is open."""
                self._peer = tuple(transport.get_extra_info("peername")[:2])
                connections[self._peer] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                """It is closed."""
                connections.pop(self._peer, None)
                super().connection_lost(exc)

        return Known


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on this machine; any other host is refused, because the passwords are known to everybody."""
    if not is_loopback(host):
        raise ValueError(
            f"cannot serve the sandbox's directory on {host!r}: only this machine may reach it; use 127.0.0.1"
        )
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


def server(
    directory: Directory,
    *,
    public_url: str,
    sso_url: str | None = None,
    routes: Sequence[tuple[str, str]] = (),
    log: Path | None = None,
) -> uvicorn.Server:
    """A server that is ready to run.  Default for *sso_url*: *public_url*, so that a browser finds it."""
    connections = OpenConnections()
    app = create_app(
        directory,
        public_url=public_url,
        sso_url=sso_url or public_url,
        routes=routes,
        log=log,
        connections=connections,
    )
    config = uvicorn.Config(
        app,
        http=connections.protocol(),
        ws="none",
        lifespan="off",
        log_level=logging.WARNING,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


@contextmanager
def running(
    directory: Directory,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    sso_url: str | None = None,
    routes: Sequence[tuple[str, str]] = (),
    log: Path | None = None,
) -> Iterator[str]:
    """The directory served in the background of this process; gives its address.  Default: a free port."""
    listening = listen(host, port)
    url = f"http://{host}:{listening.getsockname()[1]}"
    serving = server(directory, public_url=url, sso_url=sso_url, routes=routes, log=log)
    thread = threading.Thread(target=serving.run, args=([listening],), name="sandbox-directory", daemon=True)
    thread.start()
    try:
        _wait_until_started(serving, thread)
        yield url
    finally:
        serving.should_exit = True
        thread.join(START_TIMEOUT)
        listening.close()
        directory.close()


def _wait_until_started(serving: uvicorn.Server, thread: threading.Thread) -> None:
    pause = threading.Event()
    for _ in range(int(START_TIMEOUT / 0.02)):
        if serving.started:
            return
        if not thread.is_alive():
            break
        pause.wait(0.02)
    raise RuntimeError("cannot start the sandbox's directory: its server did not come up")
