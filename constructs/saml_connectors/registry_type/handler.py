"""The registry type's entry point: a request of CloudFormation's registry in, what became of it out, within its time.

Not here: the work (`operations.py`).  It answers by what it returns, not by an address as a custom resource does, and
never says that it is still in progress: everything is done, or undone, in one run.
"""

from __future__ import annotations

import sys
from functools import partial

from saml_connectors.provider.jumpcloud import exchange, reply
from saml_connectors.provider.jumpcloud import handler as core
from saml_connectors.provider.jumpcloud.credentials import read_secret
from saml_connectors.provider.jumpcloud.invocation import Invocation
from saml_connectors.provider.jumpcloud.journal import Journal, Redactor
from saml_connectors.provider.jumpcloud.session import Event

from . import log, operations
from .problems import code_of
from .request import CREATE, DELETE, LIST, READ, UPDATE, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from .operations import Done

SUCCESS, FAILED = "SUCCESS", "FAILED"
LONGEST_SECONDS = 60.0
"""What the registry allows a handler that changes something, whatever its function has left."""

LONGEST_READ_SECONDS = 30.0
"""What it allows one that only reads."""

LONGEST_MESSAGE = 1024

_WORK = {
    CREATE: operations.create,
    READ: operations.read,
    UPDATE: operations.update,
    DELETE: operations.delete,
    LIST: operations.list_all,
}


class World(core.World):
    """Everything outside the function that it touches; a test puts its own in."""

    def __init__(self, *, open_logs: Callable[[Mapping[str, str]], Any] = log.open_logs, **more: Any) -> None:
        super().__init__(**more)
        self.open_logs = open_logs


def resource(event: Any, context: Any) -> dict[str, Any]:
    """Lambda's entry point: the secret is read with the rights of whoever deploys."""
    request = Request.read(event)
    return respond(request, context, World(read_secret=partial(read_secret, identity=request.caller)))


def respond(request: Request, context: Any, world: World) -> dict[str, Any]:
    """Do what the request asks for; returns the answer.  No exception leaves here."""
    lines: list[tuple[float, str]] = []
    write = world.write or sys.stdout.write

    def both(line: str) -> None:
        write(line)
        lines.append((world.now(), line.rstrip("\n")))

    journal = Journal(Redactor(), both)
    journal.redactor.hide(*request.secrets)
    request_id = str(getattr(context, "aws_request_id", "") or request.token)
    journal.about(request=request_id, stack=request.stack_id, resource=request.logical_id, type=request.resource_type)
    answer = _answer(request, request_id, context, world, journal)
    unwritten = log.deliver(lines, request, world.open_logs)
    if unwritten:
        journal.note("WARNING", "the log could not be delivered", cause=unwritten)
    return answer


def _answer(request: Request, request_id: str, context: Any, world: World, journal: Journal) -> dict[str, Any]:
    longest = LONGEST_READ_SECONDS if request.action in {READ, LIST} else LONGEST_SECONDS
    invocation = Invocation(world, min(longest, exchange.seconds_left(context)), journal)
    began = world.clock()
    journal.note("INFO", "event", action=request.action)
    try:
        request.check()
        with invocation as session:
            done = _WORK[request.action](request, session)
    except Exception as error:  # noqa: BLE001 - whatever it is, CloudFormation has to be answered
        reason = exchange.reason_for(error, _as_event(request), request_id, journal)
        return {"status": FAILED, "errorCode": code_of(error), "message": reply.shortened(reason, LONGEST_MESSAGE)} | (
            {"bearerToken": request.token} if request.token else {}
        )
    ms = round((world.clock() - began) * 1000)
    journal.note("INFO", "done", action=request.action, plan=done.plan, fields=list(done.fields), ms=ms)
    return _success(done, request)


def _success(done: Done, request: Request) -> dict[str, Any]:
    answer: dict[str, Any] = {"status": SUCCESS, "callbackDelaySeconds": 0}
    parts = {
        "resourceModel": done.model,
        "resourceModels": done.models,
        "nextToken": done.next_token,
        "bearerToken": request.token or None,
    }
    return answer | {name: value for name, value in parts.items() if value is not None}


def _as_event(request: Request) -> Event:
    """What the core's sentence for an unexpected error is made of."""
    return Event(
        request_type=request.action,
        resource_type=request.resource_type,
        stack_id=request.stack_id,
        logical_id=request.logical_id,
        request_id=request.token,
        physical_id="",
        properties={},
        old_properties={},
        response_url="",
    )
