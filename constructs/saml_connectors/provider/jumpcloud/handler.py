"""The function's entry point: which work an event of CloudFormation asks for, and what is answered of it.

An event of the watch, which EventBridge sends and nobody waits for an answer of, goes to `watching.py`.
Not here: the protocol around it (`exchange.py`), and the work (`lifecycle.py`, `launch.py`, `access.py`,
`group_attributes.py`, `lookup.py`, `signing_certificate.py`, `application_signing.py`).
"""

from __future__ import annotations

import time
from random import random

from . import (
    access,
    application_signing,
    contract,
    exchange,
    group_attributes,
    launch,
    lifecycle,
    lookup,
    reply,
    signing_certificate,
    watching,
)
from .credentials import read_secret
from .exchange import CREATE, DELETE, UPDATE, not_known, reason_for
from .invocation import Invocation
from .known_properties import unknown
from .measurements import AwsMeasurements
from .session import NOTHING_MADE, Outcome
from .transport import HttpsTransport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .deadline import Deadline
    from .journal import Journal
    from .key_store import KeyStore
    from .measurements import Measurements
    from .session import Event, Session
    from .transport import Transport

_WORK = {
    (contract.APPLICATION, CREATE): lifecycle.create,
    (contract.APPLICATION, UPDATE): lifecycle.update,
    (contract.APPLICATION, DELETE): lifecycle.delete,
    (contract.LAUNCH, CREATE): launch.apply,
    (contract.LAUNCH, UPDATE): launch.apply,
    (contract.LAUNCH, DELETE): launch.delete,
    (contract.ACCESS, CREATE): access.apply,
    (contract.ACCESS, UPDATE): access.apply,
    (contract.ACCESS, DELETE): access.delete,
    (contract.GROUP_ATTRIBUTES, CREATE): group_attributes.apply,
    (contract.GROUP_ATTRIBUTES, UPDATE): group_attributes.apply,
    (contract.GROUP_ATTRIBUTES, DELETE): group_attributes.delete,
    (contract.LOOKUP, CREATE): lookup.read,
    (contract.LOOKUP, UPDATE): lookup.read,
    (contract.LOOKUP, DELETE): lookup.delete,
    (contract.SIGNING_CERTIFICATE, CREATE): signing_certificate.apply,
    (contract.SIGNING_CERTIFICATE, UPDATE): signing_certificate.apply,
    (contract.SIGNING_CERTIFICATE, DELETE): signing_certificate.delete,
    (contract.APPLICATION_SIGNING, CREATE): application_signing.apply,
    (contract.APPLICATION_SIGNING, UPDATE): application_signing.apply,
    (contract.APPLICATION_SIGNING, DELETE): application_signing.delete,
}


ANSWER_CALL_SECONDS = 5.0
"""The longest that one try to deliver an answer may take: one that hangs must leave time for others."""


class World:
    """Everything outside the function that it touches; a test puts its own in."""

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        answer_transport: Transport | None = None,
        read_secret: Callable[[str, Deadline], str] = read_secret,
        keys: KeyStore | None = None,
        measurements: Measurements | None = None,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        write: Callable[[str], object] | None = None,
    ) -> None:
        self.transport = transport or HttpsTransport()
        self.answer_transport = answer_transport or HttpsTransport(
            plain_http_anywhere=True, call_seconds=ANSWER_CALL_SECONDS
        )
        self.read_secret = read_secret
        self.keys = keys
        self.measurements: Measurements = measurements or AwsMeasurements()
        self.sleep = sleep
        self.chance = chance
        self.now = now
        self.clock = clock
        self.write = write


def handle(event: Any, context: Any) -> None:
    """Lambda's entry point."""
    if watching.is_asked(event):
        watching.watch(event, context, World())
        return
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
    """Do the work, and put what came of it into an answer; no exception leaves here."""
    invocation = Invocation(world, seconds, journal)
    began = world.clock()
    try:
        with invocation as session:
            outcome = _perform(event, session)
    except Exception as error:  # noqa: BLE001 - whatever it is, CloudFormation has to be answered
        reason = reason_for(error, event, lambda_id, journal)
    else:
        ms = round((world.clock() - began) * 1000)
        journal.note(
            "INFO", "done", request_type=event.request_type, plan=outcome.plan, fields=list(outcome.fields), ms=ms
        )
        return reply.encode(event, reply.SUCCESS, outcome.physical_id, data=outcome.data)
    return reply.encode(event, reply.FAILED, _physical_id(event, invocation.session), reason=reason)


def _perform(event: Event, session: Session) -> Outcome:
    session.journal.note("INFO", "event", request_type=event.request_type, physical_id=event.physical_id)
    ignored = unknown(event.resource_type, event.properties)
    if ignored:
        why = "a newer construct needs a newer provider: deploy with both of the same version"
        session.journal.note("WARNING", "properties that are not known are ignored", properties=ignored[:20], why=why)
    work = _WORK.get((event.resource_type, event.request_type))
    if work is not None:
        return work(event, session)
    if event.request_type == DELETE:
        # A resource type that is not known here was refused on its create: there is nothing to delete.
        return Outcome(event.physical_id, "none")
    raise not_known(event, contract.TYPES, "provider")


def _physical_id(event: Event, session: Session) -> str:
    """What a failed answer names: what a create has left to delete, or nothing; else what it was before."""
    if event.request_type == CREATE or not event.physical_id:
        return session.made or f"{NOTHING_MADE}{event.request_id}"
    return event.physical_id
