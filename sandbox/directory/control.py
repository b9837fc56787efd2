"""The sandbox's own controls over HTTP: faults, the request log, and starting afresh.

Nothing of it exists in JumpCloud.  Only this machine may call, and only with JSON, so that no web page can.
"""

from __future__ import annotations

import ipaddress
from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from sandbox.directory.access import directory_of
from sandbox.directory.answers import BAD_REQUEST, FORBIDDEN, Refused, json_answer, json_body, refusal
from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

CREATED, NO_CONTENT = 201, 204


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine's own address, or its name `localhost`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint for this machine only."""

    async def endpoint(request: Request) -> Response:
        try:
            if request.client is None or not is_loopback(request.client.host):
                raise refusal(FORBIDDEN, "the sandbox's controls are for this machine only")
            if "origin" in request.headers:
                raise refusal(FORBIDDEN, "the sandbox's controls are not for web pages")
            return await handler(request)
        except Refused as refused:
            return refused.response()

    return endpoint


async def list_faults(request: Request) -> Response:
    """GET /_sandbox/faults: those that wait to happen."""
    return json_answer([asdict(fault) for fault in directory_of(request).faults.pending()])


async def add_fault(request: Request) -> Response:
    """POST /_sandbox/faults: let one happen."""
    try:
        fault = Fault.from_json(await json_body(request))
    except ValueError as error:
        raise refusal(BAD_REQUEST, str(error)) from error
    directory_of(request).faults.add(fault)
    return json_answer(asdict(fault), status=CREATED)


async def clear_faults(request: Request) -> Response:
    """DELETE /_sandbox/faults."""
    directory_of(request).faults.clear()
    return Response(status_code=NO_CONTENT)


async def list_requests(request: Request) -> Response:
    """GET /_sandbox/requests: what came in, oldest first."""
    directory = directory_of(request)
    with directory.lock:
        return json_answer([asdict(record) for record in directory.requests])


async def reset(request: Request) -> Response:
    """POST /_sandbox/reset: everything back to how it began."""
    directory_of(request).reset()
    return Response(status_code=NO_CONTENT)


async def ready(request: Request) -> Response:
    """GET /_sandbox/ready: says which organization this is."""
    return json_answer(directory_of(request).organization.document())


def routes() -> list[Route]:
    """Where the controls are."""
    return [
        Route("/_sandbox/faults", local(list_faults), methods=["GET"]),
        Route("/_sandbox/faults", local(add_fault), methods=["POST"]),
        Route("/_sandbox/faults", local(clear_faults), methods=["DELETE"]),
        Route("/_sandbox/requests", local(list_requests), methods=["GET"]),
        Route("/_sandbox/reset", local(reset), methods=["POST"]),
        Route("/_sandbox/ready", local(ready), methods=["GET"]),
    ]
