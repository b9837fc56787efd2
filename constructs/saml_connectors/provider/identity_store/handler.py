"""The function's entry point: an event of CloudFormation in, one bounded answer out, before its time is up.

Not here: looking for the group (`search.py`), and the protocol around it (`protocol.py` says where it is).
"""

from __future__ import annotations

import time
from random import random

from . import contract
from .protocol import NOTHING_MADE, Alarm, Deadline, HttpsTransport, Outcome, exchange, reply
from .search import Search, wanted
from .store import open_client

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .protocol import Event, Journal, Transport
    from .store import Client

ALARM_SHARE = 0.25
"""Share of what is kept back of the function's time, after which a look that still hangs is interrupted."""


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
    return exchange.respond(
        raw, context, world, lambda event, lambda_id, left, journal: _answer(event, lambda_id, left, world, journal)
    )


def _answer(event: Event, lambda_id: str, seconds: float, world: World, journal: Journal) -> bytes:
    """Look, and put what came of it into an answer; no exception leaves here."""
    margin = exchange.margin_of(seconds)
    deadline = Deadline(seconds - margin, clock=world.clock)
    alarm = Alarm()
    try:
        with alarm:
            alarm.set(seconds - margin + margin * ALARM_SHARE)
            outcome = _perform(event, deadline, world, journal)
    except Exception as error:  # noqa: BLE001 - whatever it is, CloudFormation has to be answered
        reason = exchange.reason_for(error, event, lambda_id, journal)
    else:
        journal.note("INFO", "done", request_type=event.request_type, physical_id=outcome.physical_id)
        return reply.encode(event, reply.SUCCESS, outcome.physical_id, data=outcome.data)
    before = "" if event.request_type == exchange.CREATE else event.physical_id
    return reply.encode(event, reply.FAILED, before or f"{NOTHING_MADE}{event.request_id}", reason=reason)


def _perform(event: Event, deadline: Deadline, world: World, journal: Journal) -> Outcome:
    journal.note("INFO", "event", request_type=event.request_type, physical_id=event.physical_id)
    if event.request_type == exchange.DELETE:
        return Outcome(event.physical_id, "none")  # nothing was made, so nothing is taken away, and nobody is asked
    if event.request_type in {exchange.CREATE, exchange.UPDATE} and event.resource_type == contract.GROUP:
        group = wanted(event.properties, event.logical_id)
        client = world.open_client()
        search = Search(client, deadline, journal, sleep=world.sleep, chance=world.chance, clock=world.clock)
        return search.run(group)
    raise exchange.not_known(event, (contract.GROUP,), "function")
