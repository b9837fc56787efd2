"""The function's entry point: an event of CloudFormation in, one bounded answer out, before its time is up.

Not here: looking for the group (`search.py`), and the parts of the protocol itself (`protocol.py`).
"""

from __future__ import annotations

import time
from random import random

from . import contract
from .protocol import (
    NOTHING_MADE,
    Alarm,
    Deadline,
    Event,
    HttpsTransport,
    Journal,
    Outcome,
    PropertyError,
    ProviderError,
    Redactor,
    reply,
)
from .search import Search, wanted
from .store import open_client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .protocol import Transport
    from .store import Client

LONGEST_MARGIN_SECONDS = 20.0
"""What is kept back of the function's time for answering; never more than a third of it."""

ALARM_SHARE = 0.25
"""Share of that margin after which a look that still hangs is interrupted."""

ANSWER_SECONDS_KEPT = 0.5
UNKNOWN_SECONDS = 60.0
"""The time that is assumed where no Lambda context tells it."""

CREATE, UPDATE, DELETE = "Create", "Update", "Delete"


class World:
    """Everything outside the function that it touches; a test puts its own in."""

    def __init__(
        self,
        *,
        open_client: Callable[[], Client] = open_client,
        answer_transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[str], object] | None = None,
    ) -> None:
        self.open_client = open_client
        self.answer_transport = answer_transport or HttpsTransport(plain_http_anywhere=True)
        self.sleep = sleep
        self.chance = chance
        self.clock = clock
        self.write = write


def handle(event: Any, context: Any) -> None:
    """Lambda's entry point."""
    respond(event, context, World())


def respond(raw: Any, context: Any, world: World) -> bytes:
    """Do what the event asks for, and answer it; returns the answer.

    Raises:
        AnswerUndelivered: CloudFormation could not be reached: Lambda then runs the event again.
    """
    began = world.clock()
    tell = getattr(context, "get_remaining_time_in_millis", None)
    seconds = float(tell()) / 1000 if callable(tell) else UNKNOWN_SECONDS
    event = Event.read(raw)
    journal = Journal(Redactor(), world.write)
    journal.redactor.hide(event.response_url)
    lambda_id = str(getattr(context, "aws_request_id", "") or event.request_id)
    journal.about(request=lambda_id, stack=event.stack_id, resource=event.logical_id, type=event.resource_type)

    body = _answer(event, lambda_id, seconds, world, journal)
    if not event.response_url:
        journal.note("ERROR", "the event has no ResponseURL, so nobody waits for an answer")
        return body
    left = seconds - (world.clock() - began) - ANSWER_SECONDS_KEPT
    reply.deliver(
        body,
        event.response_url,
        world.answer_transport,
        Deadline(max(left, 1.0), clock=world.clock),
        journal,
        sleep=world.sleep,
        chance=world.chance,
    )
    return body


def _answer(event: Event, lambda_id: str, seconds: float, world: World, journal: Journal) -> bytes:
    """Look, and put what came of it into an answer; no exception leaves here."""
    margin = min(LONGEST_MARGIN_SECONDS, seconds / 3)
    deadline = Deadline(seconds - margin, clock=world.clock)
    alarm = Alarm()
    try:
        with alarm:
            alarm.set(seconds - margin + margin * ALARM_SHARE)
            outcome = _perform(event, deadline, world, journal)
    except ProviderError as error:
        reason = journal.redactor.clean(str(error))
        journal.note("ERROR", "failed", request_type=event.request_type, kind=type(error).__name__, reason=reason)
    except Exception as error:  # noqa: BLE001 - whatever it is, CloudFormation has to be answered
        reason = _unexpected(error, event, lambda_id, journal)
    else:
        journal.note("INFO", "done", request_type=event.request_type, physical_id=outcome.physical_id)
        return reply.encode(event, reply.SUCCESS, outcome.physical_id, data=outcome.data)
    before = "" if event.request_type == CREATE else event.physical_id
    return reply.encode(event, reply.FAILED, before or f"{NOTHING_MADE}{event.request_id}", reason=reason)


def _perform(event: Event, deadline: Deadline, world: World, journal: Journal) -> Outcome:
    journal.note("INFO", "event", request_type=event.request_type, physical_id=event.physical_id)
    if event.request_type == DELETE:
        return Outcome(event.physical_id, "none")  # nothing was made, so nothing is taken away, and nobody is asked
    if event.request_type in {CREATE, UPDATE} and event.resource_type == contract.GROUP:
        group = wanted(event.properties, event.logical_id)
        client = world.open_client()
        search = Search(client, deadline, journal, sleep=world.sleep, chance=world.chance, clock=world.clock)
        return search.run(group)
    raise PropertyError(
        f"reading the event for {event.logical_id!r}",
        f"its RequestType is {event.request_type!r} and its ResourceType {event.resource_type!r}",
        f"use Create, Update or Delete with {contract.GROUP}; a newer construct needs a newer function",
    )


def _unexpected(error: Exception, event: Event, lambda_id: str, journal: Journal) -> str:
    """Write the traceback to the log, and say where to look for it."""
    import traceback  # noqa: PLC0415 - only needed here

    trace = "".join(traceback.format_exception(error))
    journal.note("ERROR", "unexpected", request_type=event.request_type, traceback=journal.redactor.clean(trace))
    doing = f"{event.request_type or 'handling'} of {event.resource_type} {event.logical_id!r}"
    fix = f"look for {lambda_id} in the function's log, and report it as an issue of this library"
    return f"{doing}: unexpected {type(error).__name__}; {fix}"
