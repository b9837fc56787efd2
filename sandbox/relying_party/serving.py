"""The demo portal, served in the background of this process for as long as a `with` block runs."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import uvicorn

from sandbox.relying_party.portal import Portal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.relying_party.settings import Settings

LONGEST_START = 10.0
"""Seconds until it has to listen."""


@contextmanager
def running(settings: Settings, port: int) -> Iterator[threading.Thread]:
    """Serve the portal on 127.0.0.1; gives the thread that serves, which ends when the server does.

    Raises:
        OSError: it does not listen, usually because another program has the port.
    """
    with httpx.Client(timeout=30, trust_env=False) as http:
        application = Portal(settings, http).application()
        server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, log_level="critical"))
        thread = threading.Thread(target=_serve, args=(server,), name="sandbox-application", daemon=True)
        thread.start()
        give_up = time.monotonic() + LONGEST_START
        while not server.started:
            if not thread.is_alive() or time.monotonic() > give_up:
                raise OSError(f"the application cannot listen on port {port}; end the program that has the port")
            time.sleep(0.02)
        try:
            yield thread
        finally:
            server.should_exit = True
            thread.join(5)


def _serve(server: uvicorn.Server) -> None:
    try:
        server.run()
    except SystemExit:
        return  # uvicorn's way of saying that the port is taken; `running` tells it
